# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The schemas of a transfer: the keys of the messages in the topic ``<topic>_schema``."""

from .consumer import Connection
from .reading import Range, read_range
from .topics import watermarks

__all__ = ["schema_topic", "schemas_of"]


def schema_topic(topic: str) -> str:
    """The topic that holds the schemas of another."""
    return f"{topic}_schema"


def schemas_of(connection: Connection, topic: str, timeout: float) -> list[str]:
    """All different schemas of a topic, the oldest first; none if there are none yet."""
    name = schema_topic(topic)
    found: dict[bytes, None] = {}
    for partition, (low, high) in (watermarks(connection, name, timeout) or {}).items():
        for batch in read_range(connection, Range(name, partition, low, high), timeout):
            found |= dict.fromkeys(key for key in batch.keys if key)
    connection.consumer.unassign()
    return [key.decode("utf-8", "replace") for key in found]
