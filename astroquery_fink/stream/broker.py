# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Whether a broker has the topics that a user names."""

from collections.abc import Sequence
from difflib import get_close_matches

from ..arguments.choices import did_you_mean
from ..exceptions import FinkQueryError
from ..kafka.consumer import Connection
from ..kafka.topics import topic_names
from ..messages import shown
from .arguments import is_live

__all__ = ["check_topics"]


def check_topics(connection: Connection, topics: Sequence[str], timeout: float) -> None:
    """Refuse topics that the broker does not have, with the nearest names."""
    known = topic_names(connection, timeout)
    for topic in topics:
        if topic not in known:
            live = [name for name in known if is_live(name)]
            nearest = get_close_matches(topic, live, n=3, cutoff=0.5)
            hint = did_you_mean(nearest) if nearest else "stream.topics() lists those that it has."
            raise FinkQueryError(
                f"topics: the broker at {connection.servers} has no topic {shown(topic)}. {hint}"
            )
