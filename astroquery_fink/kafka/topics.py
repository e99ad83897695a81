# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Topics of a broker: their names, partitions and offsets."""

from difflib import get_close_matches

from confluent_kafka import KafkaError, TopicPartition

from ..exceptions import FinkQueryError
from ..messages import shown
from .consumer import Connection

__all__ = ["nearest_topics", "partitions_of", "topic_names", "watermarks", "watermarks_of"]

_UNKNOWN = {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC}


def topic_names(connection: Connection, timeout: float) -> list[str]:
    """All topics of the broker, but for those of Kafka itself."""
    found = connection.retried(lambda seconds: connection.consumer.list_topics(timeout=seconds), timeout)
    return sorted(name for name in found.topics if not name.startswith("__"))


def nearest_topics(connection: Connection, topic: str, timeout: float) -> list[str]:
    """Existing topics whose names differ by a letter or two; more differ in topics of other users."""
    return get_close_matches(topic, topic_names(connection, timeout), n=3, cutoff=0.95)


def partitions_of(connection: Connection, topic: str, timeout: float) -> list[int] | None:
    """The partitions of a topic; None if there is no such topic."""
    found = connection.retried(lambda seconds: connection.consumer.list_topics(topic, seconds), timeout)
    facts = found.topics.get(topic)
    if facts is None or (facts.error is not None and facts.error.code() in _UNKNOWN):
        return None
    if facts.error is not None and facts.error.code() == KafkaError.TOPIC_EXCEPTION:
        raise FinkQueryError(f"topic={shown(topic)} is not a valid name of a topic.")
    if facts.error is not None and not facts.partitions:
        raise connection.failure(facts.error, f"cannot say which partitions {topic} has")
    return sorted(facts.partitions)


def watermarks(connection: Connection, topic: str, timeout: float) -> dict[int, tuple[int, int]] | None:
    """The oldest offset and the next offset of each partition; None if there is no such topic."""
    numbers = partitions_of(connection, topic, timeout)
    if numbers is None:
        return None
    return {number: watermarks_of(connection, topic, number, timeout) for number in numbers}


def watermarks_of(connection: Connection, topic: str, number: int, timeout: float) -> tuple[int, int]:
    """The oldest offset and the next offset of one partition."""
    where = TopicPartition(topic, number)
    return connection.retried(
        lambda seconds: connection.consumer.get_watermark_offsets(where, timeout=seconds, cached=False),
        timeout,
    )
