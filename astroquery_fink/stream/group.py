# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The committed position of a group that is not running."""

from collections.abc import Mapping, Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from ..exceptions import FinkQueryError
from ..kafka.consumer import Connection, connected
from ..kafka.topics import partitions_of
from .broker import check_topics
from .positions import Partition, Start, beginnings, newest_offsets

__all__ = ["move_group"]

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
            _commit(connection, begun)
        except KafkaException as error:
            if error.args[0].code() in _RUNNING:
                group = settings["group.id"]
                raise FinkQueryError(f"group {group!r} is running: stop its consumers first.") from error
            raise connection.failure(error.args[0], "did not move the group") from error
    return sum(newest[partition] - offset for partition, offset in begun.items())


def _commit(connection: Connection, offsets: Mapping[Partition, int]) -> None:
    asked = [TopicPartition(*partition, offset) for partition, offset in offsets.items()]
    for one in connection.consumer.commit(offsets=asked, asynchronous=False):
        if one.error is not None:
            raise KafkaException(one.error)
