# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Divide a stream of rows into portions of equal length, or of equal size as Tables."""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from pyarrow import compute

__all__ = ["of_length", "of_size"]

_CELL, _CHARACTER = 9, 4  # bytes in a Table: of a number with its mask, of a character of text
_PYTHON = 8  # size of lists and dicts, compared with Arrow
_SIZE, _MOST_ROWS = 6 * 10**7, 200_000  # bytes and rows of a Table of `of_size`
_STEP = 2**12  # rows


def of_length(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[list[pa.RecordBatch]]:
    """The rows of all batches in order, in portions with this number of rows; the last may have less."""
    waiting, length = [], 0
    for batch in batches:
        begin = 0
        while length + len(batch) - begin >= rows:
            end = begin + rows - length
            waiting.append(batch.slice(begin, end - begin))
            yield _taken(waiting)
            length, begin = 0, end
        waiting.append(batch.slice(begin))
        length += len(batch) - begin
    if length:
        yield _taken(waiting)


def of_size(batches: Iterable[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """The rows of all batches in order, in portions whose Tables take some 60 MB."""
    waiting, length, widths = [], 0, np.array(0)
    for batch in batches:
        for begin in range(0, len(batch), _STEP):
            step = batch.slice(begin, _STEP)
            widths = np.maximum(widths, _widths(step))
            total = length + len(step)
            if waiting and (total > _MOST_ROWS or total * widths.sum() > _SIZE):
                yield _taken(waiting)
                length, widths = 0, _widths(step)
            waiting.append(step)
            length += len(step)
    if waiting:
        yield _taken(waiting)


def _taken(batches: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
    """The batches, of which nothing is left in the list."""
    taken = batches[:]
    batches.clear()
    return taken


def _widths(batch: pa.RecordBatch) -> np.ndarray:
    """Bytes of a cell of each column in a Table: text is as wide as the longest text of its column."""
    return np.array([_width(column) for column in batch.columns])


def _width(values: pa.Array) -> int:
    if pa.types.is_string(values.type):
        return _CELL + _CHARACTER * (compute.max(compute.binary_length(values)).as_py() or 0)
    size = values.nbytes // max(1, len(values))
    return max(_CELL, size * (_PYTHON if pa.types.is_nested(values.type) else 1))
