# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Arrow arrays of what NumPy has found out."""

from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import types

__all__ = ["array_of", "bits", "expanded", "gathered"]


def gathered(chunks: list[np.ndarray], order: np.ndarray | None, dtype: Any = np.int64) -> np.ndarray:
    """One array of several, in the given order."""
    joined = chunks[0] if len(chunks) == 1 else np.concatenate(chunks) if chunks else np.empty(0, dtype)
    return joined if order is None else joined[order]


def bits(valid: np.ndarray) -> "pa.Buffer | None":
    """The validity bitmap of an Arrow array; None if all values are valid."""
    return None if valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little"))


def array_of(kind: pa.DataType, values: np.ndarray, valid: np.ndarray | None = None) -> pa.Array:
    """The array of values of a fixed number of bytes."""
    null = None if valid is None else bits(valid)
    return pa.Array.from_buffers(kind, len(values), [null, pa.py_buffer(values.view(np.uint8))])


def expanded(array: pa.Array, valid: np.ndarray) -> pa.Array:
    """The values of an array without nulls where ``valid`` is true, nulls elsewhere."""
    kind, size = array.type, len(valid)
    if len(array) == size:
        return array
    if not len(array):
        return pa.nulls(size, kind)
    if types.is_string(kind) or types.is_binary(kind):
        return pa.Array.from_buffers(kind, size, [bits(valid), _offsets(array, valid), array.buffers()[2]])
    if types.is_list(kind) or types.is_map(kind):
        return pa.Array.from_buffers(
            kind, size, [bits(valid), _offsets(array, valid)], children=[array.values]
        )
    if types.is_integer(kind) or types.is_temporal(kind):
        values = np.zeros(size, f"i{kind.bit_width // 8}")
        np.place(values, valid, np.frombuffer(array.buffers()[1], values.dtype, len(array)))
        return array_of(kind, values, valid)
    return array.take(pa.array(np.cumsum(valid) - 1, mask=~valid))


def _offsets(array: pa.Array, valid: np.ndarray) -> pa.Buffer:
    """The offsets of texts or lists that stay where ``valid`` is true, and are empty elsewhere."""
    offsets = np.frombuffer(array.buffers()[1], np.int32, len(array) + 1)
    return pa.py_buffer(offsets.take(np.append(0, np.cumsum(valid))))
