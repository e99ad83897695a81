"""A Kafka broker on this machine, whose messages live as long as it does."""

import weakref
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import cycle, repeat
from typing import Self

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from .cluster import Cluster

__all__ = ["PARTITIONS", "Broker"]

PARTITIONS = 10
SECONDS = 60
ROOM = 5_200_000  # bytes; a partition forgets what is older than its newest 5 MB
OVERHEAD = 90  # bytes of a message that is sent alone, at most
FILLER = 5_300_000  # bytes
SETTINGS = {
    "log_level": 0,
    "linger.ms": 20,
    "message.max.bytes": 100_000_000,
    "queue.buffering.max.messages": 10_000_000,
    "queue.buffering.max.kbytes": 2_000_000,
}

Row = tuple[bytes, bytes | None, int]  # message, key, partition


class Broker:
    """
    A Kafka broker on this machine, which clients of this and other processes can read.

    It is the mock cluster of librdkafka: it has topics, partitions, offsets and consumer groups, and keeps
    about 5 MB of messages a partition. When a consumer joins a group that others have left or are still in,
    it waits for their ``session.timeout.ms`` less one second: 44 s by default, 0.1 s with 1100.

    Attributes
    ----------
    servers : str
        Address, ``"127.0.0.1:<port>"``, for ``bootstrap.servers``.

    Examples
    --------
    >>> from confluent_kafka import Consumer, TopicPartition
    >>> from fink_sandbox.kafka import Broker
    >>> with Broker() as broker:
    ...     broker.produce("letters", [b"a", b"b", b"c"], partitions=0)
    ...     consumer = Consumer({"bootstrap.servers": broker.servers, "group.id": "readers"})
    ...     print(consumer.get_watermark_offsets(TopicPartition("letters", 0)))
    ...     consumer.close()
    (0, 3)
    """

    def __init__(self) -> None:
        self._cluster = Cluster()
        self._topics: dict[str, int] = {}
        self._sizes: Counter[tuple[str, int]] = Counter()
        self.servers = self._cluster.servers
        self._writer = _Writer(self.servers)
        self._end = weakref.finalize(self, _end, self._writer, self._cluster)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def topics(self) -> list[str]:
        """Names of the topics, in the order of their creation."""
        return list(self._topics)

    def create_topic(self, topic: str, partitions: int = PARTITIONS) -> None:
        """
        Create a topic without messages.

        Parameters
        ----------
        topic : str
        partitions : int, optional
            Number of partitions, by default 10.

        Raises
        ------
        ValueError
            If the topic exists.
        """
        self._cluster.create_topic(topic, partitions)
        self._topics[topic] = partitions

    def produce(
        self,
        topic: str,
        messages: Sequence[bytes],
        *,
        keys: bytes | Sequence[bytes] | None = None,
        partitions: int | Sequence[int] | None = None,
    ) -> None:
        """
        Write messages to a topic, which is created with ten partitions if it does not exist.

        Parameters
        ----------
        topic : str
        messages : sequence of bytes
        keys : bytes or sequence of bytes, optional
            One key for all messages, or one for each. By default they have none.
        partitions : int or sequence of int, optional
            Partition of all messages, or of each. By default all partitions in turn.

        Raises
        ------
        ValueError
            If the messages need more room than a partition has.
        `confluent_kafka.KafkaException`
            If the messages cannot be written, for example to a partition that the topic does not have.

        Examples
        --------
        >>> from fink_sandbox.kafka import Broker
        >>> with Broker() as broker:
        ...     broker.create_topic("letters", partitions=2)
        ...     broker.produce("letters", [b"a", b"b"], keys=b"key", partitions=[1, 0])
        """
        if topic not in self._topics:
            self.create_topic(topic)
        where = cycle(range(self._topics[topic])) if partitions is None else _each(partitions)
        rows = list(zip(messages, _each(keys), where, strict=False))
        self._fill(topic, rows)
        self._writer.write(topic, rows)

    def expire(self, topic: str) -> None:
        """
        Let all messages of a topic expire; those written later have the next offsets but two.

        Parameters
        ----------
        topic : str

        Examples
        --------
        >>> from confluent_kafka import Consumer, TopicPartition
        >>> from fink_sandbox.kafka import Broker
        >>> with Broker() as broker:
        ...     broker.produce("letters", [b"a", b"b", b"c"], partitions=0)
        ...     broker.expire("letters")
        ...     broker.produce("letters", [b"d", b"e"], partitions=0)
        ...     consumer = Consumer({"bootstrap.servers": broker.servers, "group.id": "readers"})
        ...     print(consumer.get_watermark_offsets(TopicPartition("letters", 0)))
        ...     consumer.close()
        (5, 7)
        """
        partitions = range(self._topics[topic])
        self._writer.write(topic, [(bytes(FILLER), None, partition) for partition in partitions])
        self._writer.write(topic, [(b"", None, partition) for partition in partitions])
        for partition in partitions:
            del self._sizes[topic, partition]

    def disconnect(self) -> None:
        """Break all connections and refuse new ones until `reconnect`; the messages are kept."""
        self._cluster.set_down()

    def reconnect(self) -> None:
        """Accept connections again, at the same address."""
        self._cluster.set_up()

    def close(self) -> None:
        """Break all connections for good; the messages are gone."""
        self._end()

    def _fill(self, topic: str, rows: list[Row]) -> None:
        """Note how full partitions become; `ValueError` if the messages need more room than there is."""
        sizes = self._sizes.copy()
        for message, key, partition in rows:
            sizes[topic, partition] += len(message) + len(key or b"") + OVERHEAD
        full = [partition for (name, partition), size in sizes.items() if name == topic and size > ROOM]
        if full:
            advice = "write fewer messages, or to more partitions"
            raise ValueError(f"partition {min(full)} of topic={topic!r} has room for 5 MB: {advice}")
        self._sizes = sizes


class _Writer:
    """A producer that raises if a message is not delivered."""

    def __init__(self, servers: str):
        self._producer: Producer | None = Producer(SETTINGS | {"bootstrap.servers": servers})

    def write(self, topic: str, rows: list[Row]) -> None:
        """Write messages with their keys and partitions, and wait until the broker has them."""
        assert self._producer is not None
        self._producer.list_topics(topic, timeout=SECONDS)  # else a new topic is known a second later
        for number, (message, key, partition) in enumerate(rows):
            self._producer.produce(topic, message, key=key, partition=partition, on_delivery=_check_delivery)
            if number % 1000 == 0:
                self._producer.poll(0)
        if self._producer.flush(SECONDS):
            raise TimeoutError(f"the broker took no messages for {SECONDS} s")

    def close(self) -> None:
        """End the connection."""
        self._producer = None


def _check_delivery(error: KafkaError | None, message: Message) -> None:
    if error is not None:
        raise KafkaException(error)


def _end(writer: _Writer, cluster: Cluster) -> None:
    writer.close()
    cluster.destroy()


def _each(values: bytes | int | Sequence | None) -> Iterable:
    """One value for each message."""
    return repeat(values) if values is None or isinstance(values, bytes | int) else values
