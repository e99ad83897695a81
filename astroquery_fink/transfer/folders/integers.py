# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Exact 64-bit integers from an Arrow array of any type."""

from typing import Any

import numpy as np
import pyarrow as pa

from ...tables.convert import MISSING_TEXTS, exact_integer

__all__ = ["exact_bits", "exact_integers"]

_EXACT_BITS = {16: 11, 32: 24, 64: 53}  # of floats of 16, 32, 64 bits


def exact_integers(values: pa.Array) -> tuple[pa.Array, list[Any]]:
    """Int64 with null for missing and inexact values, and a list of the inexact ones."""
    kind = values.type
    if pa.types.is_null(kind) or (pa.types.is_integer(kind) and not pa.types.is_uint64(kind)):
        return values.cast(pa.int64()), []
    if pa.types.is_floating(kind):
        return _from_floats(values)
    cells = values.to_pylist()
    numbers = [exact_integer(cell) for cell in cells]
    pairs = zip(cells, numbers, strict=True)
    inexact = [cell for cell, number in pairs if number is None and not _is_missing(cell)]
    return pa.array(numbers, pa.int64()), inexact


def exact_bits(kind: pa.DataType) -> int:
    """Integers below 2 to the power of this are exact in a type of floats."""
    return _EXACT_BITS[kind.bit_width]


def _from_floats(values: pa.Array) -> tuple[pa.Array, list[Any]]:
    data = values.to_numpy(zero_copy_only=False).astype(np.float64)
    present = ~np.isnan(data)
    exact = present & (np.abs(data) < 2.0 ** exact_bits(values.type)) & (np.floor(data) == data)
    numbers = pa.array(np.where(exact, data, 0).astype(np.int64), mask=~exact)
    return numbers, values.filter(pa.array(present & ~exact)).to_pylist()


def _is_missing(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and cell in MISSING_TEXTS)
