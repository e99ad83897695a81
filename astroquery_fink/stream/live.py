# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Read live topics with a consumer of a group, Table by Table."""

from collections import defaultdict
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from astropy.table import Table
from astropy.time import Time
from astroquery.exceptions import CorruptDataWarning, NoResultsWarning
from confluent_kafka import Message

from ..messages import first_few, warn
from ..surveys import Survey
from ..transfer.folders.packets import packets_table
from .consumer import GroupConsumer
from .cutouts import add_cutouts
from .decoders import Decoders
from .positions import Partition, Start
from .progress import offset_of, partition_of
from .selection import Where, selected

__all__ = ["Subscription", "tables"]


@dataclass(frozen=True)
class Subscription:
    """Which alerts a user wants, and how they are handed out."""

    topics: list[str]
    survey: Survey
    columns: list[str] | None
    withcutouts: bool
    where: Where | None
    start: Start | None
    max_rows: int
    max_wait: float | None
    timeout: float
    settings: dict[str, Any]


def tables(wanted: Subscription) -> Generator[Table, None, None]:
    """Tables of one topic each; the position is committed when the next Table is asked for."""
    reader = _Reader(wanted)
    with GroupConsumer(
        wanted.topics, wanted.settings, start=wanted.start, timeout=wanted.timeout
    ) as consumer:
        while found := _by_topic(consumer.messages(wanted.max_rows, wanted.max_wait)):
            while found:  # each is gone before the loop body begins: messages may be large
                table, ends = reader.table(*found.popitem())
                if len(table):
                    yield table
                consumer.handled(ends)


def _by_topic(messages: Iterable[Message]) -> dict[str, list[Message]]:
    """Messages by topic."""
    found: dict[str, list[Message]] = defaultdict(list)
    for message in messages:
        found[str(message.topic())].append(message)
    return found


class _Reader:
    """Makes Tables of messages, with one set of columns if the user names them."""

    def __init__(self, wanted: Subscription):
        self._wanted = wanted
        cutouts = wanted.survey.packet.cutouts if wanted.withcutouts else ()
        self._decoders = Decoders(wanted.survey, wanted.columns, cutouts)
        self._absent: set[tuple[str, str]] = set()  # topics and columns of which the user knows

    def table(self, topic: str, messages: Sequence[Message]) -> tuple[Table, dict[Partition, int]]:
        """The selected alerts of messages of one topic, in their order, and the offsets after them."""
        wanted = self._wanted
        decoded = self._decoders.decode(messages)
        table = packets_table(decoded.batches, wanted.survey, wanted.columns, order=decoded.order)
        if wanted.withcutouts:
            add_cutouts(table, decoded.batches, decoded.order, wanted.survey)
        table.meta.update(
            survey=wanted.survey.name,
            topic=topic,
            servers=wanted.settings["bootstrap.servers"],
            columns=table.colnames,
            received=Time.now().iso,
            undecoded=len(decoded.broken),
        )
        self._warn_of_broken(topic, decoded.broken)
        if decoded.batches:
            self._warn_of_absent(topic, [name for name in wanted.columns or () if name not in decoded.names])
        ends = {partition_of(message): offset_of(message) + 1 for message in messages}
        return table if wanted.where is None else selected(table, wanted.where), ends

    def _warn_of_broken(self, topic: str, broken: Sequence[Message]) -> None:
        if broken:
            where = [f"{message.partition()}:{message.offset()}" for message in broken]
            warn(
                f"topic {topic!r}: {len(broken)} message(s) cannot be decoded with the schema in their keys "
                f"and are left out (partition:offset {first_few(where)}).",
                CorruptDataWarning,
            )

    def _warn_of_absent(self, topic: str, names: Sequence[str]) -> None:
        """Warn once of requested columns that a topic lacks."""
        new = [name for name in names if (topic, name) not in self._absent]
        self._absent.update((topic, name) for name in new)
        if new:
            warn(f"topic {topic!r} has no column {first_few(new)}; masked.", NoResultsWarning)
