# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Values of Arrow arrays of any type, as Python objects or numpy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .memory import MemoryLimit

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["UnreadableCell", "is_image_list", "list_lengths", "null_mask", "python_values", "without_nulls"]

_OBJECT, _LIST, _STRUCT = 64, 96, 240  # bytes of a Python object, an empty list, a small dict


class UnreadableCell:
    """A cell that Python cannot represent, such as a time in an unknown time zone."""

    def __init__(self, reason: Exception):
        self.reason = reason

    def __repr__(self) -> str:
        return f"<{self.reason}>"


def python_values(values: pa.Array, memory: MemoryLimit) -> list[Any]:
    """The values as a list of Python objects; times and durations as text."""
    from pyarrow import types

    if types.is_temporal(values.type) and not types.is_interval(values.type):
        values = _times_as_text(values)
    memory.check(_python_size(values), "text and lists of Parquet")
    try:
        cells = values.to_pylist()
    except Exception:  # of any kind; read one by one, only the unreadable cells are lost
        cells = [_cell(value) for value in values]
    if types.is_decimal(values.type) and values.type.scale <= 0:
        cells = [None if cell is None else int(cell) for cell in cells]
    return cells


def _times_as_text(times: pa.Array) -> pa.Array:
    """Times in UTC; their time zone is dropped, as it may be unknown here."""
    import pyarrow as pa

    if pa.types.is_timestamp(times.type):
        times = times.cast(pa.timestamp(times.type.unit))
    if pa.types.is_duration(times.type):
        times = times.cast(pa.int64())
    return times.cast(pa.string())


def _cell(value: pa.Scalar) -> Any:
    try:
        return value.as_py()
    except Exception as error:
        return UnreadableCell(error)


def _python_size(values: pa.Array) -> int:
    """Bytes of the Python objects; text in a dictionary is counted for each list."""
    from pyarrow import compute, types

    kind, cells = values.type, len(values)
    if types.is_dictionary(kind) and _is_bytes(kind.value_type):
        sizes = compute.binary_length(values.dictionary).take(values.indices)
        return _OBJECT * cells + (compute.sum(sizes).as_py() or 0)
    if types.is_map(kind):
        return _STRUCT * cells + _python_size(values.keys) + _python_size(values.items)
    if _is_list(kind):
        return _LIST * cells + _python_size(values.flatten())
    if types.is_struct(kind):
        return _STRUCT * cells + sum(_python_size(values.field(number)) for number in range(kind.num_fields))
    return _OBJECT * cells + values.nbytes


def _is_bytes(kind: pa.DataType) -> bool:
    from pyarrow import types

    text = types.is_string(kind) or types.is_large_string(kind)
    return text or types.is_binary(kind) or types.is_large_binary(kind)


def _is_list(kind: pa.DataType) -> bool:
    from pyarrow import types

    return types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)


def is_image_list(kind: pa.DataType) -> bool:
    """Whether each cell is a list of lists of numbers."""
    from pyarrow import types

    if not (_is_list(kind) and _is_list(kind.value_type)):
        return False
    number = kind.value_type.value_type
    return types.is_floating(number) or types.is_integer(number)


def list_lengths(values: pa.Array) -> np.ndarray:
    """Length of each list; 0 for null."""
    from pyarrow import compute

    return without_nulls(compute.list_value_length(values), 0)


def null_mask(values: pa.Array) -> np.ndarray:
    """True where the value is null."""
    return values.is_null().to_numpy(zero_copy_only=False)


def without_nulls(values: pa.Array, fill: float) -> np.ndarray:
    """Numbers, with ``fill`` in place of null."""
    filled = values.fill_null(fill) if values.null_count else values
    return filled.to_numpy(zero_copy_only=False, writable=True)
