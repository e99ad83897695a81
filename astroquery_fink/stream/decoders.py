# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Decode the messages of a live topic, each with the schema that is its key."""

from collections import OrderedDict, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from confluent_kafka import Message

from ..avro import Decoder
from ..surveys import Survey
from ..transfer.folders.layout import layout_of

__all__ = ["Decoded", "Decoders", "schema_of"]

_SCHEMAS = 8  # decoders that are kept
_BYTES = 32_000_000  # of messages that are decoded at once


@dataclass(frozen=True)
class Decoded:
    """The alerts of some messages, the positions of their messages, and the messages without an alert."""

    survey: Survey
    batches: list[pa.RecordBatch]
    positions: np.ndarray
    broken: list[Message]

    @property
    def names(self) -> set[str]:
        """The columns that some batch has."""
        return {name for batch in self.batches for name in layout_of(batch.schema, self.survey)}

    @property
    def order(self) -> np.ndarray:
        """Indices that bring the rows of all batches into the order of their messages."""
        return np.argsort(self.positions, kind="stable")


class Decoders:
    """Decoders by schema, with the fields that the columns need; the last few are kept.

    ``columns=None`` stands for all columns, without cutouts and history. ``fields`` are further fields.
    """

    def __init__(self, survey: Survey, columns: Sequence[str] | None, fields: Collection[str] = ()):
        self._survey = survey
        self._columns = columns
        self._fields = fields
        self._known: OrderedDict[bytes, Decoder | None] = OrderedDict()

    def decode(self, messages: Sequence[Message]) -> Decoded:
        """The alerts of these messages."""
        batches: list[pa.RecordBatch] = []
        decoded = np.zeros(len(messages), dtype=bool)
        positions: list[np.ndarray] = [np.zeros(0, dtype=int)]
        for decoder, chosen in self._groups(messages):
            batch, valid = decoder.decode([messages[number].value() or b"" for number in chosen])
            batches.append(batch)
            positions.append(np.array(chosen)[valid])
            decoded[positions[-1]] = True
        broken = [message for message, valid in zip(messages, decoded, strict=True) if not valid]
        return Decoded(self._survey, batches, np.concatenate(positions), broken)

    def _groups(self, messages: Sequence[Message]) -> Iterator[tuple[Decoder, list[int]]]:
        """Decoders, and the positions of messages of bounded size that each decodes."""
        groups: dict[bytes, list[int]] = defaultdict(list)
        for number, message in enumerate(messages):
            groups[_key(message)].append(number)
        for key, numbers in groups.items():
            decoder = self._decoder(key)
            if decoder is None:
                continue
            ends = np.cumsum([len(messages[number].value() or b"") for number in numbers])
            parts = ends // _BYTES
            for part in np.unique(parts):
                yield decoder, [numbers[index] for index in np.flatnonzero(parts == part)]

    def _decoder(self, key: bytes) -> Decoder | None:
        """The decoder for a key, or None if the key is not a schema of alerts."""
        if key not in self._known:
            self._known[key] = self._new(key)
            if len(self._known) > _SCHEMAS:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return self._known[key]

    def _new(self, key: bytes) -> Decoder | None:
        schema = schema_of(key)
        return None if schema is None else Decoder(key.decode(), leave_out=self._unused_fields(schema))

    def _unused_fields(self, schema: pa.Schema) -> set[str]:
        layout = layout_of(schema, self._survey)
        names = layout if self._columns is None else [*self._columns, *self._survey.columns.keys]
        used = {layout[name].field for name in names if name in layout} or set(schema.names[:1])
        return set(schema.names) - used - set(self._fields)


def schema_of(key: bytes) -> pa.Schema | None:
    """The fields of alerts with this key, or None if it is not a schema of alerts."""
    try:
        schema = Decoder(key.decode()).schema
    except Exception:  # of json, of fastavro, of pyarrow: the key may have any bytes
        return None
    return schema if len(schema) else None


def _key(message: Message) -> bytes:
    key = message.key()
    return key.encode() if isinstance(key, str) else key or b""
