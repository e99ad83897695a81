# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Choose the alerts with which a group continues."""

from collections.abc import Iterable, Mapping
from typing import Any

from ..arguments.types import SurveyName, TimeLike
from .arguments import require_bulk, survey_of, topics_of

__all__ = ["rewind"]
__doctest_requires__: dict[str, list[str]] = {"rewind": ["confluent_kafka", "fastavro", "pyarrow", "yaml"]}


def rewind(
    topics: str | Iterable[str],
    start: TimeLike,
    *,
    survey: SurveyName | None = None,
    servers: str | None = None,
    group: str | None = None,
    timeout: float | None = None,
    config: Mapping[str, Any] | None = None,
) -> int:
    """Let a group receive alerts once more, or skip some.

    Parameters
    ----------
    topics : str or list of str
    start : str, `~astropy.time.Time`, or datetime
        ``"oldest"`` alert that the broker still has, ``"newest"`` to skip all that it has, or a time at which
        the broker received alerts, in UTC if it is text.
    survey, servers, group, timeout, config
        As in `astroquery_fink.stream.alerts`.

    Returns
    -------
    alerts : int
        The number of alerts that the broker has for the group now.

    Raises
    ------
    FinkQueryError
        An argument is invalid; the broker has no such topic; a consumer of the group is running.
    FinkServiceError
        The broker did not answer.

    Examples
    --------
    Skip all alerts up to now:

    >>> from astroquery_fink import stream
    >>> from fink_sandbox import Sandbox
    >>> with Sandbox(seed=1).stream_topic(n=20) as simulated:
    ...     stream.rewind(simulated.topic, "newest", servers=simulated.servers, group="my group")
    0
    """
    names = topics_of(topics)
    facts = survey_of(names, survey)
    require_bulk("stream.rewind")
    from .connection import settings_and_timeout
    from .group import move_group
    from .positions import start_of

    when = start_of(start)
    settings, limit = settings_and_timeout(facts, servers, group, timeout, config)
    return move_group(names, when, settings, limit)
