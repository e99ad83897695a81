# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A consumer of a group, whose position is committed when the alerts before it have been handled."""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from time import monotonic
from typing import Any, Self

from astropy.utils.exceptions import AstropyUserWarning
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from ..exceptions import FinkError, FinkServiceError, FinkTimeoutError
from ..kafka.consumer import connection_to
from ..messages import first_few, warn
from .broker import check_topics
from .positions import Partition, Position, Start, newest_offsets, positions
from .progress import Progress, offset_of, partition_of

__all__ = ["DEFAULTS", "FIXED", "GroupConsumer"]

_LONGEST_BODY = 3_600  # seconds
DEFAULTS = {"max.poll.interval.ms": 1_000 * _LONGEST_BODY}
"""dict : Settings for `GroupConsumer` that users may change: loop bodies may take long."""
FIXED: dict[str, Any] = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "earliest",  # if alerts expire before they are read
    "enable.partition.eof": True,
    "group.protocol": "classic",
    "partition.assignment.strategy": "range",
    "allow.auto.create.topics": False,
}
"""dict : The settings on which `GroupConsumer` relies."""
_LINGER = 0.5  # seconds that messages may wait for others
_CHECK = 2.0  # most seconds of one attempt to reach the broker
_LAST_ANSWERS = 1.0  # seconds to wait for the answers of the broker at the end
_PASSING = (
    KafkaError._TRANSPORT,
    KafkaError._TIMED_OUT,
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._MAX_POLL_EXCEEDED,
)
_UNKNOWN = (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION)


class GroupConsumer:
    """Messages of topics, shared with the other consumers of a group.

    `messages` returns the next messages; `handled` tells the broker those that need not come again. The group
    moves partitions between its consumers in calls of `messages`, at no other time.
    """

    def __init__(
        self, topics: Sequence[str], settings: Mapping[str, Any], *, start: Start | None, timeout: float
    ):
        self._topics, self._group = list(topics), settings["group.id"]
        self._start, self._timeout = start, timeout
        self._progress = Progress()
        self._next: dict[Partition, int] = {}  # of the assigned partitions: offset of the next message
        self._revoked: set[Partition] = set()
        self._expired: Counter[str] = Counter()  # alerts by topic
        self._notices: list[str] = []
        self._has_begun = self._has_waited = self._is_closing = False
        self._assigned_at: float | None = None
        self._failed_at: float | None = None
        self._late_since: float | None = None
        self._connection = connection_to({**settings, "on_commit": self._progress.answered})
        self._consumer = self._connection.consumer

    def __enter__(self) -> Self:
        callbacks = {"on_assign": self._on_assign, "on_revoke": self._on_revoke, "on_lost": self._on_revoke}
        try:
            check_topics(self._connection, self._topics, self._timeout)
            self._consumer.subscribe(self._topics, **callbacks)
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        """Leave the group; without a word if the broker is away, since librdkafka would wait for it."""
        self._is_closing = True
        self._await_answers()
        self._commit()  # what the broker did not take before
        self._await_answers()
        repeats = self._progress.uncommitted(self._next)
        if not self._progress.outstanding:
            self._consumer.close()
        del self._consumer, self._connection
        if repeats > 0 and error is None:
            warn(
                f"{repeats:,} alerts that have been handled come again the next time: the broker did not "
                f"take the position of group {self._group!r}.",
                AstropyUserWarning,
            )

    def _await_answers(self) -> None:
        """Wait a little for answers to commits; messages that come meanwhile come again later."""
        stop = monotonic() + _LAST_ANSWERS
        while self._progress.outstanding and monotonic() < stop:
            self._connection.received(1, 0.05)

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
            is_over = max_wait is not None and now - max(begin, self._assigned_at) >= max_wait
            if is_over or KafkaError._ALL_BROKERS_DOWN in self._connection.reasons:
                at_end = self._is_at_end()
                if at_end and is_over:
                    return []
                self._check_progress(at_end)

    def handled(self, ends: Mapping[Partition, int]) -> None:
        """Commit that the messages before these offsets need not come again."""
        self._progress.handled(ends)
        self._commit()

    def _commit(self) -> None:
        """Let the broker commit what has been handled; what it cannot take is sent again the next time."""
        offsets = self._progress.to_send(self._next)
        if offsets:
            self._consumer.commit(offsets=offsets, asynchronous=True)

    def _received(self, most: int, linger: float) -> list[Message]:
        """Messages that come in a short time."""
        try:
            received = self._connection.received(most, linger)
        except KafkaException as error:
            raise self._connection.failure(error.args[0], "failed") from error
        if self._progress.failure is not None:
            raise self._failure(self._progress.failure, "does not keep the position of the group")
        self._commit()  # also the positions at which a new group begins
        found = [message for message in received if self._is_alert(message)]
        self._warn()
        if found:
            self._late_since = None
            self._note_answer()
        return found

    def _warn(self) -> None:
        """Warn of what was noted; not in callbacks of librdkafka, where an error would be lost."""
        for topic, alerts in self._expired.items():
            self._notices.append(
                f"{alerts:,} alerts of topic {topic!r} expired before group {self._group!r} read them: the "
                "broker keeps alerts for some days only."
            )
        self._expired.clear()
        notices, self._notices = self._notices, []
        for notice in notices:
            warn(notice, AstropyUserWarning)

    def _is_alert(self, message: Message) -> bool:
        """Whether it is the next message of an assigned partition; errors are raised."""
        error, partition = message.error(), partition_of(message)
        if error is None or error.code() == KafkaError._PARTITION_EOF:
            expected, offset = self._next.get(partition), offset_of(message)
            if expected is None or offset < expected:  # of an assignment that has ended
                return False
            self._note_gap(partition, expected, offset)
            self._next[partition] = offset + (error is None)
            return error is None
        if error.code() in _UNKNOWN or not (error.retriable() or error.code() in _PASSING):
            raise self._failure(error, f"failed in topic {message.topic()}")
        return False

    def _failure(self, error: KafkaError, what: str) -> FinkError:
        if error.code() not in _UNKNOWN:
            return self._connection.failure(error, what)
        where = f"the broker at {self._connection.servers}"
        return FinkServiceError(f"{first_few(self._topics)}: the topic has been deleted from {where}.")

    def _note_gap(self, partition: Partition, expected: int, offset: int) -> None:
        """Note alerts that expired between two messages."""
        if offset > expected:
            oldest, _ = self._consumer.get_watermark_offsets(TopicPartition(*partition), cached=True)
            self._note_expired(partition, min(oldest, offset) - expected)

    def _note_expired(self, partition: Partition, alerts: int) -> None:
        if alerts > 0:
            self._expired[partition[0]] += alerts

    def _is_at_end(self) -> bool | None:
        """Whether all messages of the assigned partitions have come; None: the broker does not answer."""
        seconds = min(_CHECK, self._timeout)
        try:
            self._consumer.list_topics(self._topics[0], timeout=seconds)
            ends = newest_offsets(self._consumer, self._next, seconds)
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
                f"The broker at {self._connection.servers} has more alerts of {first_few(self._topics)}, "
                f"but has sent none for {self._timeout:g} s: raise timeout=."
            )

    def _await_assignment(self, waited: float) -> None:
        """Say that the group gives no partition; raise an error if it takes too long."""
        is_down = KafkaError._ALL_BROKERS_DOWN in self._connection.reasons
        if waited < self._timeout and not is_down:
            return
        if self._is_at_end() is None or waited < self._timeout:
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
                f"Group {self._group!r} has given no partition of {first_few(self._topics)} for "
                f"{waited:,.0f} s: another of its consumers is busy. Stop that, or give another group=."
            )

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Continue at the committed position, or begin at ``start``."""
        if self._is_closing:
            return
        ours = [(one.topic, one.partition) for one in partitions]
        start = "oldest" if self._start is None else self._start
        found = positions(consumer, ours, start, self._timeout)
        self._note_start(found.values())
        self._next = {partition: self._begin(partition, one) for partition, one in found.items()}
        self._note_repeats()
        consumer.assign([TopicPartition(*partition, offset) for partition, offset in self._next.items()])
        self._assigned_at = monotonic()

    def _begin(self, partition: Partition, position: Position) -> int:
        topic, number = partition
        if position.is_new:
            self._notices.append(
                f"topic {topic!r} (partition {number}) was written anew, and is read from its beginning."
            )
        self._note_expired(partition, position.expired)
        return self._progress.begin(partition, position)

    def _note_start(self, found: Iterable[Position]) -> None:
        """Note that a group that has begun before does not heed ``start``."""
        has_begun, self._has_begun = self._has_begun, True
        if self._start is not None and not has_begun and any(one.committed is not None for one in found):
            self._notices.append(
                f"start={self._start} is not used: group {self._group!r} has read {first_few(self._topics)} "
                "before, and continues there. Leave start out, give another group=, or call stream.rewind."
            )

    def _note_repeats(self) -> None:
        """Note alerts that have been handled, but go to another consumer."""
        repeats = self._progress.uncommitted(self._revoked - self._next.keys())
        self._revoked.clear()
        if repeats > 0:
            self._notices.append(
                f"{repeats:,} alerts that have been handled go to another consumer of group {self._group!r} "
                "again: the group shared its alerts anew before their position was committed. Take fewer "
                "alerts at a time (max_rows=), or allow more time (config={'max.poll.interval.ms': ...})."
            )

    def _on_revoke(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Forget these partitions; other consumers get what was not committed."""
        self._revoked.update(self._next)
        self._next, self._assigned_at = {}, None
