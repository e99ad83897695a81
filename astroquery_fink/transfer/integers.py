# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Whole numbers of 64 bits, whatever type a file has them in. What is not exactly one is lost, and named."""

import re
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from ..tables.convert import MISSING_TEXTS

__all__ = ["exact_bits", "exact_integers"]

_EXACT_BITS = {16: 11, 32: 24, 64: 53}  # of floats of 16, 32, 64 bits
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_LEAST, _MOST = -(2**63), 2**63


def exact_integers(values: pa.Array) -> tuple[pa.Array, list]:
    """int64, null where there is no value or none that is exact, and the latter as they stand in the file."""
    kind = values.type
    if pa.types.is_null(kind) or (pa.types.is_integer(kind) and not pa.types.is_uint64(kind)):
        return values.cast(pa.int64()), []
    if pa.types.is_floating(kind):
        return _of_floats(values)
    cells = values.to_pylist()
    numbers = [_whole(cell) for cell in cells]
    lost = [
        cell for cell, number in zip(cells, numbers, strict=True) if number is None and not _is_missing(cell)
    ]
    return pa.array(numbers, pa.int64()), lost


def exact_bits(kind: pa.DataType) -> int:
    """Integers below 2 to the power of this are exact in a type of floats."""
    return _EXACT_BITS[kind.bit_width]


def _of_floats(values: pa.Array) -> tuple[pa.Array, list]:
    data = values.to_numpy(zero_copy_only=False).astype(np.float64)
    present = ~np.isnan(data)
    whole = present & (np.abs(data) < 2.0 ** exact_bits(values.type)) & (np.floor(data) == data)
    numbers = pa.array(np.where(whole, data, 0).astype(np.int64), mask=~whole)
    return numbers, values.filter(pa.array(present & ~whole)).to_pylist()


def _whole(cell: Any) -> int | None:
    if isinstance(cell, str):
        number = int(cell) if len(cell) < 32 and _WHOLE.fullmatch(cell) else None
    elif isinstance(cell, Decimal):
        number = int(cell) if cell == cell.to_integral_value() else None
    else:
        number = cell if type(cell) is int else None
    return number if number is not None and _LEAST <= number < _MOST else None


def _is_missing(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and cell in MISSING_TEXTS)
