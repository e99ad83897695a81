"""The topics that Fink writes: Data Transfer, each topic with one of its schema, and the live stream."""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, islice
from typing import Any, Self

import numpy as np

from ..avro.copies import Template, copied
from ..avro.encode import encoder
from ..avro.fields import Content
from ..avro.source import Source, Words
from .broker import PARTITIONS, Broker

__all__ = ["Topic", "live_topic", "transfer_topic"]

BATCH = 20_000  # messages
ROOM = 3_500_000  # bytes that surely fit into a partition
SCHEMAS = 20  # messages in the topic of a schema
SCHEMA_NAME = "new_schema_simulated.avsc"


@dataclass(frozen=True)
class Topic:
    """
    A topic of a simulated broker; as a context manager it closes the broker, if it has started it.

    Attributes
    ----------
    topic : str
        Its name.
    alerts : int
        Number of alerts that were written.
    schema : dict
        Avro schema of the alerts.
    broker : `~fink_sandbox.kafka.Broker`

    Examples
    --------
    >>> from fink_sandbox import Sandbox
    >>> with Sandbox(seed=1).transfer_topic(["ZTF99simrrly"], content="light") as topic:
    ...     print(topic.topic, topic.alerts)  # doctest: +ELLIPSIS
    ftransfer_ztf_... 391
    """

    topic: str
    alerts: int
    schema: dict[str, Any] = field(repr=False)
    broker: Broker = field(repr=False)
    closes: bool = field(default=True, repr=False)

    @property
    def servers(self) -> str:
        """Address of the broker, ``"127.0.0.1:<port>"``."""
        return self.broker.servers

    def close(self) -> None:
        """Close the broker, unless it was given."""
        if self.closes:
            self.broker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


@dataclass(frozen=True)
class Selection:
    """Which alerts a topic has, and what of them."""

    source: Source
    objects: str | Iterable[str] | None
    content: Words
    n: int | None
    seed: int

    def messages(self, content: Content) -> tuple[Iterator[bytes], int, int]:
        """Packets in random order, copies among them if needed; their number, and about how many bytes."""
        encode = encoder(content.schema)
        packets = self.source.packets(self.objects, self.content, content, self.n, self.seed)
        found = [(encode(packet), packet) for packet in packets]
        found = [
            found[number] for number in np.random.default_rng(self.seed).permutation(len(found)).tolist()
        ]
        size = sum(len(message) for message, _ in found)
        if self.n is None or not found or self.n <= len(found):
            return (message for message, _ in found), len(found), size
        identity = self.source.identity
        templates = [Template(message, packet, identity) for message, packet in found]
        times = math.ceil(self.n / len(found)) - 1
        return islice(copied(templates, identity, times), self.n), self.n, size * (times + 1)


def transfer_topic(
    selection: Selection, topic: str | None, broker: Broker | None, partitions: int | None
) -> Topic:
    """Write a topic of Data Transfer and the topic of its schema; both have a name by default."""
    content = selection.source.content_of(selection.content, False)
    name = topic or _free_name(selection, broker)
    written = _written(selection, content, name, broker, partitions, key=name)
    dummy = encoder({"type": "string"})(SCHEMA_NAME)
    written.broker.produce(f"{name}_schema", [dummy] * SCHEMAS, keys=json.dumps(written.schema).encode())
    return written


def _free_name(selection: Selection, broker: Broker | None) -> str:
    """A name with the date and, for the microsecond at which a job was sent, a number."""
    number = int(np.random.default_rng(selection.seed).integers(900_000))
    start = f"ftransfer_{selection.source.name}_{datetime.now(UTC):%Y-%m-%d}_"
    taken = [] if broker is None else broker.topics
    return next(name for i in count(number) if (name := f"{start}{i}") not in taken)


def live_topic(selection: Selection, topic: str, broker: Broker | None, partitions: int | None) -> Topic:
    """Write alerts of the live stream: the key of each is its schema."""
    content = selection.source.content_of(selection.content, True)
    return _written(selection, content, topic, broker, partitions, key=json.dumps(content.schema))


def _written(
    selection: Selection,
    content: Content,
    topic: str,
    broker: Broker | None,
    partitions: int | None,
    *,
    key: str,
) -> Topic:
    messages, n, size = selection.messages(content)
    opened = Broker() if broker is None else broker
    try:
        if topic not in opened.topics:
            size += n * len(key)
            opened.create_topic(topic, partitions or max(PARTITIONS, math.ceil(size / ROOM)))
        while batch := list(islice(messages, BATCH)):
            opened.produce(topic, batch, keys=key.encode())
    except BaseException:
        if broker is None:
            opened.close()
        raise
    return Topic(topic, n, content.schema, opened, closes=broker is None)
