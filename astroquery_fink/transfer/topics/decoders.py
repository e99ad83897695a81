# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Decode the messages of a topic, whose schema may have changed while it was written."""

from collections.abc import Collection, Sequence

import numpy as np
import pyarrow as pa

from ...avro import Decoder
from ...exceptions import FinkServiceError
from .unify import conformed, unified

__all__ = ["TopicDecoder"]


class TopicDecoder:
    """
    Messages of one topic -> rows with the columns of all its schemas.

    A message does not say which schema it has: it has the one that decodes it to its last byte. If several
    do, and differ in the values, the message counts as not decoded.
    """

    def __init__(self, schemas: Sequence[str], leave_out: Collection[str] = ()):
        try:
            decoders = [Decoder(schema, leave_out=leave_out) for schema in schemas]
        except (ValueError, TypeError, KeyError) as error:
            reason = str(error).removesuffix(".")
            raise FinkServiceError(f"The schema of the topic is not valid Avro ({reason}).") from error
        self._decoders = decoders
        self.schema: pa.Schema = unified([decoder.schema for decoder in decoders])

    def decode(self, messages: Sequence[bytes]) -> tuple[pa.RecordBatch, np.ndarray]:
        """The rows of the messages that could be decoded, and whether each could."""
        if len(self._decoders) == 1:
            return self._decoders[0].decode(messages)
        decoded = [decoder.decode(messages) for decoder in self._decoders]
        tables = [pa.Table.from_batches([conformed(batch, self.schema)]) for batch, _ in decoded]
        masks = np.array([mask for _, mask in decoded])
        row_of = np.cumsum(masks, axis=1) - 1  # of a message among the rows of each schema
        first = masks.argmax(axis=0)
        known = np.asarray(masks.any(axis=0))
        for message in np.flatnonzero(masks.sum(axis=0) > 1):
            known[message] = _all_equal(
                [tables[one].slice(row_of[one, message], 1) for one in np.flatnonzero(masks[:, message])]
            )
        starts = np.cumsum([0, *map(len, tables)])
        chosen = np.flatnonzero(known)
        indices = starts[first[chosen]] + row_of[first[chosen], chosen]
        rows = pa.concat_tables(tables).take(pa.array(indices, pa.int64())).combine_chunks()
        return _one_batch(rows), known


def _all_equal(rows: list[pa.Table]) -> bool:
    """Whether rows have equal values; unlike in Arrow, NaN equals NaN."""
    return len({repr(row.to_pylist()) for row in rows}) == 1


def _one_batch(rows: pa.Table) -> pa.RecordBatch:
    batches = rows.to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], rows.schema)
