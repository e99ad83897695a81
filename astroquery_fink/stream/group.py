# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The committed position of a group that is not running."""

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from ..exceptions import FinkQueryError
from ..kafka.consumer import connected, connection_to
from ..kafka.topics import partitions_of
from .broker import check_topics
from .positions import Partition, Start, beginnings, newest_offsets

__all__ = ["move_group"]

_PATIENCE = 0.1  # seconds
_RUNNING = (KafkaError.UNKNOWN_MEMBER_ID, KafkaError.ILLEGAL_GENERATION, KafkaError.REBALANCE_IN_PROGRESS)


def move_group(topics: Sequence[str], start: Start, settings: Mapping[str, Any], timeout: float) -> int:
    """Commit the position of ``start``; returns the number of alerts after it."""
    with connected(settings) as connection:
        check_topics(connection, topics, timeout)
        partitions = [
            (topic, number) for topic in topics for number in partitions_of(connection, topic, timeout) or []
        ]
        try:
            begun = beginnings(connection.consumer, partitions, start, timeout)
            newest = newest_offsets(connection.consumer, partitions, timeout)
        except KafkaException as error:
            raise connection.failure(error.args[0], "did not move the group") from error
    _commit(begun, settings, timeout)
    return sum(newest[partition] - offset for partition, offset in begun.items())


def _commit(offsets: Mapping[Partition, int], settings: Mapping[str, Any], timeout: float) -> None:
    """Commit; unlike librdkafka when it waits for the answer, this ends if the broker goes away."""
    answers: list[KafkaError | None] = []

    def note(error: KafkaError | None, partitions: list[TopicPartition]) -> None:
        answers.append(error or next((one.error for one in partitions if one.error), None))

    connection = connection_to({**settings, "on_commit": note})
    asked = [TopicPartition(*partition, offset) for partition, offset in offsets.items()]
    connection.consumer.commit(offsets=asked, asynchronous=True)
    stop = monotonic() + timeout
    while not answers and monotonic() < stop:
        connection.consumer.poll(_PATIENCE)
    if not answers:  # closing the consumer would wait for the answer, too
        raise connection.failure(None, f"did not respond within {timeout:g} s")
    connection.consumer.close()
    error = answers[0]
    if error is not None and error.code() in _RUNNING:
        raise FinkQueryError(f"group {settings['group.id']!r} is running: stop its consumers first.")
    if error is not None:
        raise connection.failure(error, "did not move the group")
