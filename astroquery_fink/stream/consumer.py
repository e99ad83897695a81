# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A consumer of a group, whose position is committed when the alerts before it have been handled."""

from collections.abc import Collection, Iterable, Sequence
from time import monotonic

from astropy.utils.exceptions import AstropyUserWarning
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from ..exceptions import FinkServiceError, FinkTimeoutError
from ..kafka.consumer import Connection
from ..messages import warn
from .positions import Partition, Position, Start, newest_offsets, positions

__all__ = ["DEFAULTS", "FIXED", "GroupConsumer"]

_LONGEST_BODY = 3_600  # seconds
DEFAULTS = {"max.poll.interval.ms": 1_000 * _LONGEST_BODY}
"""dict : Settings for `GroupConsumer` that users may change: loop bodies may take long."""
FIXED = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "earliest",  # if alerts expire before they are read
    "enable.partition.eof": True,
    "partition.assignment.strategy": "range",
    "allow.auto.create.topics": False,
}
"""dict : The settings on which `GroupConsumer` relies."""
_LINGER = 0.5  # seconds that messages may wait for others
_CHECK = 2.0  # seconds of one attempt to reach the broker
_TAKEN_AWAY = (
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.UNKNOWN_MEMBER_ID,
    KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError._ASSIGNMENT_LOST,
)
_PASSING = (
    KafkaError._TRANSPORT,
    KafkaError._TIMED_OUT,
    KafkaError._WAIT_COORD,
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._MAX_POLL_EXCEEDED,
)
_UNKNOWN = (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION)


class GroupConsumer:
    """Messages of topics, shared with the other consumers of a group.

    `messages` returns the next messages, `handled` notes those that need not come again, and `commit` tells
    the broker. The group may move partitions between its consumers in `messages`, at no other time.
    """

    def __init__(
        self,
        connection: Connection,
        topics: Sequence[str],
        *,
        group: str,
        start: Start | None,
        timeout: float,
    ):
        self._connection, self._consumer = connection, connection.consumer
        self._topics, self._group = list(topics), group
        self._start, self._timeout = start, timeout
        self._next: dict[Partition, int] = {}  # of the assigned partitions: offset of the next message
        self._handled: dict[Partition, int] = {}  # offset after the last message that was handled
        self._committed: dict[Partition, int] = {}
        self._late: dict[Partition, int] = {}  # of revoked partitions: handled, but not committed
        self._notices: list[str] = []
        self._has_begun = self._has_waited = False
        self._assigned_at: float | None = None
        self._failed_at: float | None = None
        self._late_since: float | None = None

    def subscribe(self) -> None:
        """Join the group; partitions are assigned in `messages`."""
        callbacks = {"on_assign": self._on_assign, "on_revoke": self._on_revoke, "on_lost": self._on_revoke}
        self._consumer.subscribe(self._topics, **callbacks)

    def messages(self, most: int, max_wait: float | None) -> list[Message]:
        """The next messages; none if nothing has come for ``max_wait`` seconds."""
        begin, linger = monotonic(), min(_LINGER, max_wait or _LINGER)
        while True:
            found = self._received(most, linger)
            if found:
                return found
            now = monotonic()
            if self._assigned_at is None:
                self._await_assignment(now - begin)
                continue
            quiet = now - max(begin, self._assigned_at)
            is_over = max_wait is not None and quiet >= max_wait
            if is_over or KafkaError._ALL_BROKERS_DOWN in self._connection.reasons:
                at_end = self._is_at_end()
                if at_end and is_over:
                    return []
                self._check_progress(at_end)

    def handled(self, messages: Iterable[Message]) -> None:
        """Note that these messages, and those before them in their partitions, need not come again."""
        for message in messages:
            self._handled[_partition(message)] = _offset(message) + 1

    def commit(self) -> None:
        """Commit what has been handled; what the broker cannot take now is committed with the next."""
        offsets = [TopicPartition(*partition, offset) for partition, offset in self._uncommitted().items()]
        try:
            for one in self._consumer.commit(offsets=offsets, asynchronous=False) if offsets else []:
                if one.error is not None:
                    raise KafkaException(one.error)
                self._committed[one.topic, one.partition] = one.offset
        except KafkaException as error:
            failure = error.args[0]
            if not (failure.retriable() or failure.code() in (*_TAKEN_AWAY, *_PASSING)):
                raise self._connection.failure(failure, "does not keep the position of the group") from error

    def _uncommitted(self) -> dict[Partition, int]:
        return {
            partition: offset
            for partition, offset in self._handled.items()
            if partition in self._next and self._committed.get(partition) != offset
        }

    def _received(self, most: int, linger: float) -> list[Message]:
        """Messages that come in a short time."""
        try:
            received = self._consumer.consume(most, timeout=linger)
        except KafkaException as error:
            raise self._connection.failure(error.args[0], "failed") from error
        self.commit()  # the positions at which a new group begins
        found = [message for message in received if self._is_alert(message)]
        for notice in self._notices:
            warn(notice, AstropyUserWarning)
        self._notices.clear()
        if found:
            self._late_since = None
            self._note_answer()
        return found

    def _is_alert(self, message: Message) -> bool:
        """Whether it is a message of a topic, not of librdkafka; errors are raised."""
        error, partition = message.error(), _partition(message)
        if error is None:
            self._note_gap(partition, _offset(message))
            self._next[partition] = _offset(message) + 1
        elif error.code() == KafkaError._PARTITION_EOF:
            self._next[partition] = max(self._next.get(partition, 0), _offset(message))
        elif error.code() in _UNKNOWN:
            where = f"the broker at {self._connection.servers}"
            raise FinkServiceError(f"topic {message.topic()!r} has been deleted from {where}.")
        elif not (error.retriable() or error.code() in _PASSING):
            raise self._connection.failure(error, f"failed in topic {message.topic()}")
        return error is None

    def _note_gap(self, partition: Partition, offset: int) -> None:
        """Note alerts that expired between two messages."""
        expected = self._next.get(partition, offset)
        if offset > expected:
            low, _ = self._consumer.get_watermark_offsets(TopicPartition(*partition), cached=True)
            self._note_expired(partition, min(low, offset) - expected)

    def _note_expired(self, partition: Partition, alerts: int) -> None:
        topic, number = partition
        if alerts > 0:
            self._notices.append(
                f"{alerts:,} alerts of topic {topic!r} (partition {number}) expired before group "
                f"{self._group!r} read them: the broker keeps alerts for some days only."
            )

    def _is_at_end(self) -> bool | None:
        """Whether all messages of the assigned partitions have come; None: the broker does not answer."""
        try:
            self._consumer.list_topics(self._topics[0], timeout=_CHECK)
            ends = newest_offsets(self._consumer, self._next, _CHECK)
        except KafkaException as error:
            self._failed_at = self._failed_at or monotonic()
            if monotonic() - self._failed_at >= self._timeout:
                raise self._connection.failure(
                    error.args[0], f"has not answered for {self._timeout:g} s"
                ) from error
            return None
        self._note_answer()
        return all(self._next[partition] >= end for partition, end in ends.items())

    def _note_answer(self) -> None:
        self._failed_at = None
        self._connection.reasons.clear()

    def _check_progress(self, at_end: bool | None) -> None:
        """Raise an error if the broker has had more messages for too long."""
        if at_end is not None:
            self._late_since = None if at_end else self._late_since or monotonic()
        if self._late_since is not None and monotonic() - self._late_since >= self._timeout:
            raise FinkTimeoutError(
                f"The broker at {self._connection.servers} has more alerts of {', '.join(self._topics)}, "
                f"but has sent none for {self._timeout:g} s: raise timeout=."
            )

    def _await_assignment(self, waited: float) -> None:
        """Say that the group gives no partition; raise an error if it takes too long."""
        if waited < self._timeout or self._is_at_end() is None:
            return
        if not self._has_waited:
            self._has_waited = True
            warn(
                f"Waiting for group {self._group!r}: its other consumers must finish their Tables before "
                "alerts can be shared anew. Another group= has all alerts for itself.",
                AstropyUserWarning,
            )
        if waited >= self._timeout + _LONGEST_BODY:
            raise FinkTimeoutError(
                f"Group {self._group!r} has given no partition of {', '.join(self._topics)} for "
                f"{waited:,.0f} s: another of its consumers is busy. Stop that, or give another group=."
            )

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Continue at the committed position, or begin at ``start``."""
        start = "oldest" if self._start is None else self._start
        ours = [(one.topic, one.partition) for one in partitions]
        found = positions(consumer, ours, start, self._timeout)
        self._note_start(found.values())
        self._note_late(found)
        self._next = {partition: self._begin(partition, one) for partition, one in found.items()}
        consumer.assign([TopicPartition(*partition, offset) for partition, offset in self._next.items()])
        self._assigned_at = monotonic()

    def _note_start(self, found: Iterable[Position]) -> None:
        """Note that a group that has begun before does not heed ``start``."""
        has_begun, self._has_begun = self._has_begun, True
        if self._start is not None and not has_begun and any(one.committed is not None for one in found):
            self._notices.append(
                f"start={self._start} is not used: group {self._group!r} has read {', '.join(self._topics)} "
                "before, and continues there. Leave start out, give another group=, or call stream.rewind."
            )

    def _note_late(self, ours: Collection[Partition]) -> None:
        """Note alerts that have been handled, but are given to another consumer."""
        late = sum(
            offset - self._committed.get(partition, offset)
            for partition, offset in self._late.items()
            if partition not in ours
        )
        self._late.clear()
        if late > 0:
            self._notices.append(
                f"{late:,} alerts that have been handled go to another consumer of group {self._group!r} "
                "again: the group shared its alerts anew before their position was committed. If this "
                "happens often, take fewer alerts at a time (max_rows=)."
            )

    def _begin(self, partition: Partition, position: Position) -> int:
        """The offset at which to begin, after all that is known to have been handled."""
        offset = position.offset
        if position.is_new:
            topic, number = partition
            self._notices.append(
                f"topic {topic!r} (partition {number}) was written anew, and is read from its beginning."
            )
        else:
            offset = max(offset, self._handled.get(partition, 0))
        self._note_expired(partition, position.expired)
        self._handled[partition] = offset
        if position.committed is None:
            self._committed.pop(partition, None)
        else:
            self._committed[partition] = position.committed
        return offset

    def _on_revoke(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Forget these partitions; other consumers get what was not committed."""
        self._late |= self._uncommitted()
        self._next = {}
        self._assigned_at = None


def _partition(message: Message) -> Partition:
    return str(message.topic()), int(message.partition() or 0)


def _offset(message: Message) -> int:
    return int(message.offset() or 0)
