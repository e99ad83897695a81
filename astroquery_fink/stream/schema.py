# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The columns of live topics, by the schemas of their newest alerts."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..kafka.consumer import Connection, connected
from ..kafka.reading import Range, read_range
from ..kafka.topics import watermarks
from ..surveys import Survey
from ..transfer.folders.layout import layout_of
from .broker import check_topics
from .decoders import schema_of

__all__ = ["columns_of"]


def columns_of(
    topics: Sequence[str], survey: Survey, settings: Mapping[str, Any], timeout: float
) -> list[str]:
    """The columns of the newest alerts of topics; nothing is committed, no group is joined."""
    with connected(settings) as connection:
        check_topics(connection, topics, timeout)
        found = [_newest_columns(connection, topic, survey, timeout) for topic in topics]
    return list(dict.fromkeys(name for names in found for name in names))


def _newest_columns(connection: Connection, topic: str, survey: Survey, timeout: float) -> list[str]:
    """The columns of the newest alert of the first partition that has one."""
    for partition, (low, high) in (watermarks(connection, topic, timeout) or {}).items():
        if high > low:
            wanted = Range(topic, partition, high - 1, high)
            for batch in read_range(connection, wanted, timeout):
                schema = schema_of(batch.keys[-1] or b"")
                return [] if schema is None else list(layout_of(schema, survey))
    return []
