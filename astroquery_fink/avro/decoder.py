# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Avro messages of one schema -> rows of Arrow."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from ..exceptions import FinkQueryError
from .messages import PADDING, Messages
from .schema import record_of

__all__ = ["Decoder"]

_MOST = 1 << 30  # bytes, and rather less than the 2**31 that the offsets of an Arrow array can count


class Decoder:
    """
    Decodes messages in Avro's binary form, without a header, many at once.

    Parameters
    ----------
    schema : str or dict
        The Avro schema of the messages, a record.
    leave_out : collection of str, optional
        Fields of the record that are passed over. Names that the record does not have are ignored.

    Attributes
    ----------
    schema : `pyarrow.Schema`
        The columns: the fields of the record in their order. All of them may be null.

    Raises
    ------
    FinkQueryError
        The schema is not that of a record, or has more than 100 levels or 20,000 values.

    Notes
    -----
    Integers are exact, a float stays a float, and NaN keeps its bits. What Arrow cannot express becomes

    - a union of several types beside null: a struct of ``member0``, ``member1``, ..., of which one is not
      null, as Spark reads it;
    - a record that has itself inside: a text in JSON;
    - a decimal of more than 76 digits: its bytes;
    - a UUID: its text.

    A message is broken if the schema does not account for all its bytes. It is also broken if a value is not
    as Avro prescribes: a number in more bytes than it needs or out of its range, text that is not UTF-8
    (unless the field is left out), a time beyond the day, a decimal with more digits than its precision. Of
    items that take no bytes, such as nulls in an array, a message may have 1024 more than it has bytes.
    Records that are inside of themselves may have about 100 levels.

    Examples
    --------
    >>> from astroquery_fink.avro import Decoder
    >>> fields = [{"name": "candid", "type": "long"}, {"name": "magpsf", "type": ["float", "null"]}]
    >>> decoder = Decoder({"type": "record", "name": "alert", "fields": fields})
    >>> rows, decoded = decoder.decode([b"\\x02\\x00\\x00\\x00\\x90\\x41", b"\\x04\\x02", b"broken"])
    >>> rows.to_pylist()
    [{'candid': 1, 'magpsf': 18.0}, {'candid': 2, 'magpsf': None}]
    >>> decoded
    array([ True,  True, False])
    """

    def __init__(self, schema: str | dict[str, Any], leave_out: Collection[str] = ()) -> None:
        self._record = record_of(schema, leave_out)
        self.schema: pa.Schema = pa.schema(list(self._record.type))

    def decode(self, messages: Sequence[bytes]) -> tuple[pa.RecordBatch, np.ndarray]:
        """
        Decode messages; a broken one has no row, and does not change those of the others.

        Parameters
        ----------
        messages : sequence of bytes
            Any number of messages, at most 1 GiB together; a thousand or more are decoded fastest. The memory
            needed is as large as the messages, and up to three times as large as the fields not left out.

        Returns
        -------
        rows : `pyarrow.RecordBatch`
            A row for each message that could be decoded, in their order.
        decoded : `~numpy.ndarray` of bool
            Whether each message could be decoded: its bytes are the values of the schema, and no others.

        Raises
        ------
        FinkQueryError
            There is more than a GiB of messages.
        """
        decoded = np.ones(len(messages), dtype=bool)
        data, bounds = _joined(messages)
        rows = None
        while rows is None and decoded.any():
            numbers = decoded.nonzero()[0]
            found = Messages(data, bounds[numbers], bounds[numbers + 1])
            rows = self._rows(found)
            decoded[numbers[found.broken]] = False
        return pa.RecordBatch.from_pylist([], schema=self.schema) if rows is None else rows, decoded

    def _rows(self, messages: Messages) -> pa.RecordBatch | None:
        """The rows of all messages; None if some are broken."""
        position, ahead = self._record.locate(messages, messages.starts, 0)
        messages.broken |= position + ahead != messages.ends
        if messages.broken.any():
            return None
        array = self._record.build(messages, len(messages.starts), None)
        return None if messages.broken.any() else pa.RecordBatch.from_struct_array(array)


def _joined(messages: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """All messages and some zeros in one buffer, and where each begins and the last one ends."""
    bounds = np.cumsum([0, *map(len, messages)])
    size = int(bounds[-1])
    if size > _MOST:
        have = f"messages has {len(messages):,} messages of {size:,} bytes"
        raise FinkQueryError(f"{have}: decode at most {_MOST:,} bytes at once.")
    data = np.empty(size + PADDING, np.uint8)  # not joined by Python: NumPy has large pages of memory
    data[size:], view = 0, data.data
    for message, start, end in zip(messages, bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        view[start:end] = message
    return data, bounds
