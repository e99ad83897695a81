# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""How far a group has come in each partition: what was handled, and what the broker knows of it."""

from collections.abc import Collection, Iterable, Mapping

from confluent_kafka import KafkaError, Message, TopicPartition

from .positions import Partition, Position

__all__ = ["Progress", "offset_of", "partition_of"]

_PASSING = (
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.UNKNOWN_MEMBER_ID,
    KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError._ASSIGNMENT_LOST,
    KafkaError._TRANSPORT,
    KafkaError._TIMED_OUT,
    KafkaError._WAIT_COORD,
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._NO_OFFSET,
)


class Progress:
    """The offset in each partition before which messages were handled, and what the broker was told.

    ``outstanding`` is the number of requests that the broker has not answered; ``failure`` is an error after
    which it makes no sense to try again.
    """

    def __init__(self) -> None:
        self._handled: dict[Partition, int] = {}
        self._sent: dict[Partition, int] = {}
        self._committed: dict[Partition, int] = {}
        self.outstanding: int = 0
        self.failure: KafkaError | None = None

    def begin(self, partition: Partition, position: Position) -> int:
        """The offset at which to begin: after all that the broker or this process knows to be handled."""
        handled = 0 if position.is_new else self._handled.get(partition, 0)
        offset = self._handled[partition] = max(position.offset, handled)
        self._sent.pop(partition, None)
        self._committed.pop(partition, None)
        if position.committed is not None:
            self._sent[partition] = self._committed[partition] = position.committed
        return offset

    def handled(self, ends: Mapping[Partition, int]) -> None:
        """Note that the messages before these offsets need not come again."""
        self._handled |= ends

    def to_send(self, assigned: Collection[Partition]) -> list[TopicPartition]:
        """What the broker should commit; it counts as sent."""
        news = {
            partition: offset
            for partition, offset in self._handled.items()
            if partition in assigned and self._sent.get(partition) != offset
        }
        self._sent |= news
        self.outstanding += bool(news)
        return [TopicPartition(*partition, offset) for partition, offset in news.items()]

    def answered(self, error: KafkaError | None, partitions: Iterable[TopicPartition]) -> None:
        """Note an answer of the broker; what it could not take now is sent again."""
        self.outstanding -= 1
        for one in partitions:
            partition, failure = (one.topic, one.partition), one.error or error
            if failure is None:
                self._committed[partition] = one.offset
                continue
            if self._sent.get(partition) == one.offset:
                self._sent.pop(partition)
            if not (failure.retriable() or failure.code() in _PASSING):
                self.failure = failure

    def uncommitted(self, partitions: Iterable[Partition]) -> int:
        """The number of messages of these partitions that were handled, but not committed."""
        return sum(
            self._handled[partition] - self._committed.get(partition, self._handled[partition])
            for partition in partitions
            if partition in self._handled
        )


def partition_of(message: Message) -> Partition:
    """The partition of a message."""
    return str(message.topic()), int(message.partition() or 0)


def offset_of(message: Message) -> int:
    """The offset of a message in its partition."""
    return int(message.offset() or 0)
