# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Arrow arrays -> Python or numpy values, whatever their type is."""

import numpy as np

from .memory import MemoryLimit

__all__ = ["Unreadable", "is_image_list", "lengths", "nulls", "python_values", "without_nulls"]

_OBJECT, _LIST, _STRUCT = 64, 96, 240  # bytes of Python's objects


class Unreadable:
    """A cell that Arrow holds and Python cannot, such as a time zone of another planet."""

    def __init__(self, why: Exception):
        self.why = why

    def __repr__(self):
        return f"<{self.why}>"


def python_values(values, memory: MemoryLimit) -> list:
    """Python's values, times and durations as text; cells that have none are `Unreadable`."""
    from pyarrow import types

    if types.is_temporal(values.type) and not types.is_interval(values.type):
        values = _as_text(values)
    memory.check(_python_size(values), "text and lists of Parquet")
    try:
        cells = values.to_pylist()
    except Exception:  # of whatever kind: the cells tell which of them are to blame
        cells = [_cell(value) for value in values]
    if types.is_decimal(values.type) and values.type.scale <= 0:
        cells = [None if cell is None else int(cell) for cell in cells]
    return cells


def _as_text(times):
    """Times in UTC without their zone, which may be unknown here."""
    import pyarrow as pa

    if pa.types.is_timestamp(times.type):
        times = times.cast(pa.timestamp(times.type.unit))
    if pa.types.is_duration(times.type):
        times = times.cast(pa.int64())
    return times.cast(pa.string())


def _cell(value):
    try:
        return value.as_py()
    except Exception as error:
        return Unreadable(error)


def _python_size(values):
    """Bytes that Python's objects take: a word that stands in each list once is copied for each."""
    from pyarrow import compute, types

    kind, cells = values.type, len(values)
    if types.is_dictionary(kind) and (_is_bytes(kind.value_type)):
        sizes = compute.binary_length(values.dictionary).take(values.indices)
        return _OBJECT * cells + (compute.sum(sizes).as_py() or 0)
    if types.is_map(kind):
        return _STRUCT * cells + _python_size(values.keys) + _python_size(values.items)
    if _is_list(kind):
        return _LIST * cells + _python_size(values.flatten())
    if types.is_struct(kind):
        return _STRUCT * cells + sum(_python_size(values.field(number)) for number in range(kind.num_fields))
    return _OBJECT * cells + values.nbytes


def _is_bytes(kind):
    from pyarrow import types

    text = types.is_string(kind) or types.is_large_string(kind)
    return text or types.is_binary(kind) or types.is_large_binary(kind)


def _is_list(kind):
    from pyarrow import types

    return types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)


def is_image_list(kind) -> bool:
    """Whether each cell is a list of lists of numbers."""
    from pyarrow import types

    if not (_is_list(kind) and _is_list(kind.value_type)):
        return False
    number = kind.value_type.value_type
    return types.is_floating(number) or types.is_integer(number)


def lengths(values) -> np.ndarray:
    """Of each list, zero where there is none."""
    from pyarrow import compute

    return without_nulls(compute.list_value_length(values), 0)


def nulls(values) -> np.ndarray:
    """True where there is no value."""
    return values.is_null().to_numpy(zero_copy_only=False)


def without_nulls(values, fill) -> np.ndarray:
    """Plain numbers, with another one where there is no value."""
    filled = values.fill_null(fill) if values.null_count else values
    return filled.to_numpy(zero_copy_only=False, writable=True)
