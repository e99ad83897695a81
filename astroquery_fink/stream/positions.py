# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Where a group begins or continues to read each partition of a topic."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Literal

from astropy.time import Time
from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaError, KafkaException, TopicPartition

from ..arguments.choices import choice
from ..arguments.times import parse_time
from ..arguments.types import TimeLike

__all__ = ["Partition", "Position", "Start", "beginnings", "newest_offsets", "positions", "start_of"]

_PATIENCE = 2.0  # seconds of one request: Ctrl-C is not heeded for as long
_PASSING = (
    KafkaError._TRANSPORT,
    KafkaError._TIMED_OUT,
    KafkaError._WAIT_COORD,
    KafkaError._ALL_BROKERS_DOWN,
)
Partition = tuple[str, int]  # topic and number
Start = Literal["oldest", "newest"] | Time


@dataclass(frozen=True)
class Position:
    """A position in a partition, and the one that the group had committed, or None.

    ``expired`` alerts after the committed one were deleted before they were read. ``is_new`` says that the
    committed position is beyond the end, because the topic was deleted and written anew.
    """

    offset: int
    committed: int | None = None
    expired: int = 0
    is_new: bool = False


def start_of(start: TimeLike) -> Start:
    """Check the argument ``start``."""
    if isinstance(start, str) and not start.strip()[:1].isdigit():
        return "newest" if choice(start, ("oldest", "newest"), "start") == "newest" else "oldest"
    return parse_time(start, "start")


def positions(
    consumer: Consumer, partitions: Iterable[Partition], start: Start, timeout: float
) -> dict[Partition, Position]:
    """The committed position of each partition, or else that of ``start``."""
    partitions = list(partitions)
    asked = [TopicPartition(*partition) for partition in partitions]
    answer = _answer(lambda seconds: consumer.committed(asked, timeout=seconds), timeout)
    committed = {partition: offset for partition, offset in answer.items() if offset >= 0}
    oldest = _offsets_at(consumer, committed, OFFSET_BEGINNING, timeout)
    newest = newest_offsets(consumer, committed, timeout)
    others = [partition for partition in partitions if partition not in committed]
    begun = beginnings(consumer, others, start, timeout)
    return {
        **{partition: Position(offset) for partition, offset in begun.items()},
        **{one: _continued(offset, oldest[one], newest[one]) for one, offset in committed.items()},
    }


def beginnings(
    consumer: Consumer, partitions: Iterable[Partition], start: Start, timeout: float
) -> dict[Partition, int]:
    """The offset of the first alert at or after ``start`` in each partition, or that of the next alert."""
    partitions = list(partitions)
    if isinstance(start, str):
        when = OFFSET_BEGINNING if start == "oldest" else OFFSET_END
        return _offsets_at(consumer, partitions, when, timeout)
    newest = newest_offsets(consumer, partitions, timeout)  # first: alerts may come at any time
    found = _offsets_at(consumer, partitions, round(start.unix * 1000), timeout)
    return {one: offset if offset >= 0 else newest[one] for one, offset in found.items()}


def newest_offsets(
    consumer: Consumer, partitions: Iterable[Partition], timeout: float
) -> dict[Partition, int]:
    """The offset that the next alert of each partition will have."""
    return _offsets_at(consumer, partitions, OFFSET_END, timeout)


def _offsets_at(
    consumer: Consumer, partitions: Iterable[Partition], when: int, timeout: float
) -> dict[Partition, int]:
    """Offsets by time in milliseconds, or the oldest or newest, in one request for all partitions."""
    asked = [TopicPartition(*partition, when) for partition in partitions]
    if not asked:
        return {}
    return _answer(lambda seconds: consumer.offsets_for_times(asked, timeout=seconds), timeout)


def _answer(request: Callable[[float], list[TopicPartition]], timeout: float) -> dict[Partition, int]:
    """The offsets in an answer of the broker, which is asked again until the timeout."""
    stop = monotonic() + timeout
    while True:
        try:
            found = request(max(0.01, min(_PATIENCE, stop - monotonic())))
            for one in found:
                if one.error is not None:
                    raise KafkaException(one.error)
            return {(one.topic, one.partition): one.offset for one in found}
        except KafkaException as error:
            failure = error.args[0]
            if monotonic() >= stop or not (failure.retriable() or failure.code() in _PASSING):
                raise


def _continued(committed: int, oldest: int, newest: int) -> Position:
    if committed > newest:
        return Position(oldest, committed, is_new=True)
    return Position(max(committed, oldest), committed, expired=max(0, oldest - committed))
