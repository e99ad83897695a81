# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Messages of a range of offsets, in batches of bounded size. Nothing is committed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Any

from confluent_kafka import KafkaError, Message, TopicPartition

from ..exceptions import FinkError
from .consumer import Connection

__all__ = ["READING", "READING_DEFAULTS", "Batch", "ExpiredOffsetsError", "Range", "read_range"]

READING: dict[str, Any] = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "error",
    "enable.partition.eof": True,
    "allow.auto.create.topics": False,
}
"""dict : The settings of a consumer that reads chosen offsets and leaves no trace at the broker."""
READING_DEFAULTS = {
    "fetch.wait.max.ms": 20,  # a request behind one that waits for messages waits, too
    "fetch.queue.backoff.ms": 20,
}
"""dict : Settings with which such a consumer is fast."""
BATCH = 32_000_000  # bytes of messages to hold at a time
MOST = 10_000  # messages of a batch
_FIRST = 100  # messages of the first batch, whose sizes are unknown
_LOOK = 1.0  # seconds between two looks at ``stopped``
_TRANSIENT = {  # librdkafka tries again
    KafkaError._TRANSPORT,
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._TIMED_OUT,
    KafkaError._MAX_POLL_EXCEEDED,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.REQUEST_TIMED_OUT,
}


class ExpiredOffsetsError(Exception):
    """The broker does not have these offsets (any more)."""


@dataclass(frozen=True)
class Range:
    """The offsets ``[begin, end)`` of a partition."""

    topic: str
    partition: int
    begin: int
    end: int


@dataclass(frozen=True)
class Batch:
    """Messages in the order of their offsets; ``position`` is the offset after this batch."""

    keys: list[bytes | None]
    values: list[bytes]
    offsets: list[int]
    position: int


def read_range(
    connection: Connection, wanted: Range, timeout: float, stopped: Callable[[], bool] = lambda: False
) -> Iterator[Batch]:
    """All messages of a range; an error if nothing comes for ``timeout`` seconds; ends early if stopped."""
    connection.consumer.assign([TopicPartition(wanted.topic, wanted.partition, wanted.begin)])
    position, size, heard = wanted.begin, min(_FIRST, MOST), monotonic()
    while position < wanted.end and not stopped():
        messages = connection.received(min(size, wanted.end - position), min(timeout, _LOOK))
        batch = _batch(connection, messages, wanted, position)
        if batch is None:
            if monotonic() - heard >= timeout:
                raise _silence(connection, wanted, position, timeout)
            continue
        position, heard = batch.position, monotonic()
        size = _next_size(batch.values, size)
        yield batch
        heard = monotonic()


def _batch(connection: Connection, messages: list[Message], wanted: Range, position: int) -> Batch | None:
    """The messages in the range, and the offset after them; None if there is no progress."""
    keys, values, offsets, end = [], [], [], position
    for message in messages:
        error, offset = message.error(), message.offset()
        if message.partition() != wanted.partition or message.topic() != wanted.topic:
            continue  # of the range before
        if error is not None:
            end = max(end, _offset_after(connection, message, wanted))
        elif offset is not None and end <= offset < wanted.end:
            keys.append(_bytes(message.key()))
            values.append(_bytes(message.value()) or b"")
            offsets.append(offset)
            end = offset + 1
        elif offset is not None and offset >= wanted.end:
            end = wanted.end
    return None if end == position else Batch(keys, values, offsets, min(end, wanted.end))


def _offset_after(connection: Connection, message: Message, wanted: Range) -> int:
    """The end of the partition; an error of the broker is raised, if librdkafka will not try again."""
    error, offset = message.error(), message.offset()
    assert error is not None
    if error.code() == KafkaError._PARTITION_EOF:
        return offset or 0
    if error.code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):
        raise ExpiredOffsetsError(wanted)
    if error.code() in _TRANSIENT:
        return 0
    raise connection.failure(error, f"failed while it sent partition {wanted.partition} of {wanted.topic}")


def _silence(connection: Connection, wanted: Range, position: int, timeout: float) -> FinkError:
    return connection.failure(
        None,
        f"sent nothing for {timeout:g} s in the middle of partition {wanted.partition} of {wanted.topic} "
        f"(offset {position:,} of {wanted.end:,})",
    )


def _next_size(values: list[bytes], size: int) -> int:
    """Messages to ask for, so that a batch has about as many bytes as allowed."""
    mean = sum(map(len, values)) / len(values) if values else BATCH / size
    return max(1, min(MOST, int(BATCH / max(mean, 1)), 10 * size))


def _bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
