# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Values of one column, from any response format -> one array of one dtype, and its mask.

Python objects (from JSON) and an Arrow array (from Parquet) of the same values give the same array. The
server writes numbers as text in rows of upper limits, and null, ``""``, ``"null"``, ``"nan"``, ``"None"``
for "no value"; all of that is resolved here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from decimal import Decimal
from itertools import compress, repeat
from typing import TYPE_CHECKING, Any

import numpy as np
from astroquery.exceptions import CorruptDataWarning

from ..messages import warn
from ..surveys.columns import ColumnFacts
from . import arrow
from .memory import MemoryLimit

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FILL", "MISSING_TEXTS", "ArrayAndMask", "exact_integer", "to_array", "to_cutouts", "to_pixels"]

ArrayAndMask = tuple[np.ndarray, np.ndarray]
# Values, their mask, and whether the mask may hide invalid values and not only missing ones.
_Converted = tuple[np.ndarray, np.ndarray, bool]

FILL: dict[str, Any] = {"f": np.nan, "i": 0, "b": False, "U": "", "O": None}  # under the mask, by dtype.kind
MISSING_TEXTS = ("", "null", "nan", "NaN", "None", "[]")
_BOOLS = {"t": True, "true": True, "1": True, "f": False, "false": False, "0": False}
_NONE = type(None)
_NUMBERS = {float, int, Decimal, _NONE}
_NUMBER_COLUMNS = ("float64", "int64", "bool")
_EXACT = 2**53  # integers below this are exact in a float
_WIDEST = 2**29  # bytes of a column
_CHARACTER = 4  # bytes
_CELL = 9  # bytes of a number and of its mask
_PIXEL = 5  # bytes of a pixel and of its mask
_LARGE, _HUGE = 2**20, 2**22  # bytes of an array
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?:inf|Infinity)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_INTEGER = re.compile("[+-]?[0-9]{1,25}")


def to_array(
    values: Sequence[Any] | np.ndarray | pa.Array,
    facts: ColumnFacts,
    memory: MemoryLimit | None = None,
    exact: Callable[[], Sequence[Any] | np.ndarray] | None = None,
) -> ArrayAndMask:
    """Array and mask of a column of numbers, bools or text; `FILL` is under the mask.

    A column without a known dtype gets that of its values. ``exact`` decodes the values again with exact
    integers; it is called if orjson may have made floats of long integers. Raises `ValueError` if the column
    is too large.
    """
    memory = memory or MemoryLimit()
    memory.take(len(values) * _CELL, facts.name)
    if hasattr(values, "to_pylist"):
        data, mask = _from_arrow(values, facts, memory)
    else:
        data, mask = _from_objects(values, facts, memory, exact)
    if facts.missing is not None and data.dtype.kind in "if":
        mask = mask | (data == facts.missing)
    if mask.any():
        data[mask] = FILL[data.dtype.kind]
    return data, mask


def _from_objects(
    values: Any, facts: ColumnFacts, memory: MemoryLimit, exact: Callable[[], Any] | None = None
) -> ArrayAndMask:
    # Iterating is faster over a list, but making floats is faster from an array.
    is_float = facts.dtype == "float64"
    if not is_float and isinstance(values, np.ndarray):
        values = values.tolist()
    kinds = set() if is_float else set(map(type, values))
    if exact and _may_be_rounded(values, kinds, facts.dtype):
        return _from_objects(exact(), facts, memory)
    dtype = facts.dtype or _guess_dtype(values, kinds)
    data, mask, has_invalid = _CONVERTERS[dtype](values, kinds, memory)
    if has_invalid:
        _warn_of_invalid(compress(values, mask), facts.name, dtype)
    return data, mask


def _may_be_rounded(cells: list[Any], kinds: set[type[Any]], dtype: str | None) -> bool:
    """Whether a float may have been a longer integer, where that makes a difference."""
    if dtype in _NUMBER_COLUMNS or not kinds & {float, list, dict}:
        return False
    return any(map(_is_beyond_integers, cells))


def _is_beyond_integers(value: Any) -> bool:
    """Whether a float, here or inside, is outside the range of 64-bit integers."""
    if isinstance(value, float):
        return value >= 2.0**64 or value <= -(2.0**63)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_is_beyond_integers, inner))


def _warn_of_invalid(masked: Iterable[Any], name: str, dtype: str) -> None:
    """Warn of masked values, except those that mean "no value"."""
    invalid = [value for value in masked if not _is_missing(value)]
    if invalid:
        warn(
            f"{name}: masked {len(invalid)} value(s) from the server that are not valid {dtype}: "
            + ", ".join(repr(value)[:40] for value in invalid[:3]),
            CorruptDataWarning,
        )


def _is_missing(value: Any) -> bool:
    return value is None or value in MISSING_TEXTS or value != value


def _guess_dtype(values: list[Any], kinds: set[type[Any]]) -> str:
    if not kinds <= {int, bool, _NONE}:
        kinds = {type(value) for value in values if not _is_missing(value)} or kinds & {str}
    kinds = {float if kind is Decimal else kind for kind in kinds} - {arrow.UnreadableCell, _NONE}
    for dtype, members in (("float64", set()), ("int64", {int}), ("float64", {int, float}), ("bool", {bool})):
        if kinds <= members:
            return dtype
    return "object" if kinds & {list, dict} else "str"


# The converters take the values, the set of their types (float64: empty, if unknown), and the memory.


def _floats(values: Any, kinds: set[type[Any]], memory: MemoryLimit) -> _Converted:
    data, has_invalid = _floats_of_numbers(values), False
    if data is None:
        has_invalid = not (kinds or set(map(type, values))) <= _NUMBERS
        if has_invalid:
            values = [value if type(value) in _NUMBERS else _float(value) for value in values]
        try:
            data = np.array(values, dtype=np.float64)
        except OverflowError:
            data, has_invalid = np.array(list(map(_float, values)), dtype=np.float64), True
    return data, ~np.isfinite(data), has_invalid or bool(np.isinf(data).any())


def _floats_of_numbers(values: Any) -> np.ndarray | None:
    """The array, or None if a cell may not be a number."""
    if not isinstance(values, np.ndarray):
        return None
    try:
        sum(filter(None, values.tolist()))  # fails if one is not a number; much faster than to check types
        data = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
    may_be_bools = values[(data == 0) | (data == 1)]
    return None if bool in set(map(type, may_be_bools.tolist())) else data


def _float(value: Any) -> float:
    """The number, also from ASCII text; NaN for anything else, bools included."""
    if isinstance(value, str):
        return float(value) if _DECIMAL.fullmatch(value) else np.nan
    with suppress(OverflowError):
        return float(value) if type(value) in _NUMBERS and value is not None else np.nan
    return np.nan


def _integers(values: list[Any], kinds: set[type[Any]], memory: MemoryLimit) -> _Converted:
    if kinds <= {int, _NONE}:
        with suppress(OverflowError):
            return *_filled(values, np.int64), False
    return *_filled(list(map(exact_integer, values)), np.int64), True


def exact_integer(value: Any) -> int | None:
    """The integer, or None if it is not exact: a float beyond 2**53 may be rounded."""
    kind = type(value)
    if kind is str:
        number = int(value) if _INTEGER.fullmatch(value) else None
    elif kind is float:
        number = int(value) if value.is_integer() and abs(value) < _EXACT else None
    elif kind is Decimal:
        number = int(value) if value == value.to_integral_value() else None
    else:
        number = value if kind is int else None
    return number if number is not None and -(2**63) <= number < 2**63 else None


def _bools(values: list[Any], kinds: set[type[Any]], memory: MemoryLimit) -> _Converted:
    plain = {str, int, bool}
    texts = (str(value) if type(value) in plain else None for value in values)
    bools = [text and _BOOLS.get(text.lower()) for text in texts]
    return *_filled(bools, np.bool_), not kinds <= {bool, _NONE}


def _filled(values: list[Any], dtype: type[Any]) -> ArrayAndMask:
    if None not in values:
        return np.array(values, dtype=dtype), np.zeros(len(values), dtype=bool)
    mask = np.array([value is None for value in values], dtype=bool)
    return np.array([value or 0 for value in values], dtype=dtype), mask


def _texts(values: list[Any], kinds: set[type[Any]], memory: MemoryLimit) -> _Converted:
    """Each distinct text is checked once."""
    has_others = not kinds <= {str, _NONE}
    if has_others:
        values = [value if type(value) is str else _text(value) for value in values]
    distinct = list(dict.fromkeys(values))
    numbers = {text: number for number, text in enumerate(distinct)}
    indices = np.fromiter(map(numbers.__getitem__, values), np.intp, len(values))
    texts, missing, has_invalid = _distinct_texts(distinct, kinds, memory)
    return *_repeat(texts, missing, indices, memory), has_others or has_invalid


def _distinct_texts(values: list[Any], kinds: set[type[Any]], memory: MemoryLimit) -> _Converted:
    """Like `_texts`, for values of which few are equal."""
    has_others = not kinds <= {str, _NONE}
    texts: list[Any] = values
    if has_others:
        texts = [value if type(value) is str else _text(value) for value in values]
    missing = [text is None or text in MISSING_TEXTS for text in texts]
    all_ascii = all(map(str.isascii, filter(None, texts)))
    has_surrogates = not all_ascii and not all(map(_is_storable, filter(None, texts)))
    if has_surrogates:
        missing = [masked or not _is_storable(text) for text, masked in zip(texts, missing, strict=True)]
    filled = ["" if masked else text for text, masked in zip(texts, missing, strict=True)]
    array = _text_array(filled, memory)
    return array, np.array(missing, dtype=bool), has_others or has_surrogates


def _is_storable(text: str) -> bool:
    """Whether a file can hold the text: half of a surrogate pair is not a character."""
    return not _SURROGATE.search(text)


def _text(value: Any) -> str | None:
    """Any value as text; None if it is missing or unreadable."""
    if isinstance(value, bytes):
        with suppress(UnicodeDecodeError):
            return value.decode()
        return None
    return None if isinstance(value, arrow.UnreadableCell) or _is_missing(value) else str(value)


def _text_array(texts: list[str], memory: MemoryLimit) -> np.ndarray:
    """A text array; of objects if it would be too wide or would lose a final NUL."""
    width = max(map(len, texts), default=0)
    too_wide = _CHARACTER * width * len(texts) > min(_WIDEST, memory.left)
    return np.array(texts, object if too_wide or any(map(str.endswith, texts, repeat("\0"))) else "U")


def _repeat(
    distinct: np.ndarray, missing: np.ndarray, indices: np.ndarray, memory: MemoryLimit
) -> ArrayAndMask:
    """A column from its distinct texts; of objects if a text array would be too wide."""
    if distinct.dtype.kind == "U" and distinct.itemsize * len(indices) > min(_WIDEST, memory.left):
        distinct = distinct.astype(object)
    data = _empty(len(indices), distinct.dtype)
    memory.take(max(data.nbytes - len(indices) * _CELL, 0), "text")
    return np.take(distinct, indices, out=data, mode="clip"), missing.take(indices)  # "raise" would copy it


def _empty(rows: int, dtype: np.dtype) -> np.ndarray:
    """An uninitialized array, if large a view into an even larger one.

    From 4 MB on numpy asks for huge pages of memory. That saves half of the page faults of a large response
    with long texts: 4 of 21 ms.
    """
    large = rows * dtype.itemsize > _LARGE
    return np.empty(max(rows, _HUGE // dtype.itemsize + 1) if large else rows, dtype)[:rows]


def _objects(values: list[Any], kinds: set[type[Any]], memory: MemoryLimit) -> _Converted:
    cells = [None if isinstance(value, arrow.UnreadableCell) else value for value in values]
    data = np.fromiter(cells, dtype=object, count=len(cells))
    return data, np.array([cell is None for cell in cells], dtype=bool), arrow.UnreadableCell in kinds


def _numbers(values: list[Any], kinds: set[type[Any]], memory: MemoryLimit) -> _Converted:
    """Integers if all values are, else floats if all are, else text."""
    present = [value for value in values if not _is_missing(value)]
    if present and all(exact_integer(value) is not None for value in present):
        return _integers(values, kinds, memory)
    if all(np.isfinite(_float(value)) for value in present):
        return _floats(values, kinds, memory)
    return _texts(values, kinds, memory)


_CONVERTERS = {
    "float64": _floats,
    "int64": _integers,
    "bool": _bools,
    "str": _texts,
    "number": _numbers,
    "object": _objects,
}


def _from_arrow(values: pa.Array, facts: ColumnFacts, memory: MemoryLimit) -> ArrayAndMask:
    """Without a Python object per cell, if Arrow's type is the dtype of the column."""
    import pyarrow.types as types

    dtype, kind = facts.dtype, values.type
    if types.is_floating(kind) and dtype in ("float64", None):
        data = values.to_numpy(zero_copy_only=False, writable=True).astype(np.float64, copy=False)
        return data, ~np.isfinite(data)
    if types.is_integer(kind) and not types.is_uint64(kind) and dtype in ("int64", None):
        return arrow.without_nulls(values, 0).astype(np.int64, copy=False), arrow.null_mask(values)
    if types.is_boolean(kind) and dtype in ("bool", None):
        return arrow.without_nulls(values, False), arrow.null_mask(values)
    if types.is_dictionary(kind):
        distinct = [*arrow.python_values(values.dictionary, memory), None]
        return _from_dictionary(distinct, values.indices, facts, memory)
    return _from_objects(arrow.python_values(values, memory), facts, memory)


def _from_dictionary(
    distinct: list[Any], indices: pa.Array, facts: ColumnFacts, memory: MemoryLimit
) -> ArrayAndMask:
    """Each distinct value is converted once; the last one is None, for null."""
    kinds = set(map(type, distinct))
    dtype = facts.dtype or _guess_dtype(distinct, kinds)
    numbers = arrow.without_nulls(indices, len(distinct) - 1)
    convert = _distinct_texts if dtype == "str" else _CONVERTERS[dtype]
    data, mask, has_invalid = convert(distinct, kinds, memory)
    if has_invalid and not all(map(_is_missing, compress(distinct, mask))):
        _warn_of_invalid((distinct[number] for number in numbers.tolist() if mask[number]), facts.name, dtype)
    return _repeat(data, mask, numbers, memory)


def to_cutouts(
    values: Sequence[Any] | np.ndarray | pa.Array, shape: tuple[int, int], memory: MemoryLimit | None = None
) -> ArrayAndMask:
    """Array and mask of a column of cutouts, from one list of pixel rows per alert.

    The array is float32 of shape ``(rows, height, width)`` if all cutouts have one shape, else an object
    array of 2-d arrays. Missing pixels are NaN; only missing cutouts are masked. ``shape`` is used if there
    is no cutout at all. Raises `ValueError` if the column is too large.
    """
    split = _cutouts_from_arrow if hasattr(values, "to_pylist") else _cutouts_from_lists
    memory = memory or MemoryLimit()
    cutouts, broken = split(values, memory)
    if broken:
        warn(
            f"masked {broken} cutout(s) from the server that are not 2-d arrays of numbers",
            CorruptDataWarning,
        )
    return stack_cutouts(cutouts, shape, memory)


def stack_cutouts(
    cutouts: Sequence[np.ndarray | None], shape: tuple[int, int], memory: MemoryLimit | None = None
) -> ArrayAndMask:
    """Array and mask of a column of cutouts, as in `to_cutouts`, from one 2-d array or None per alert."""
    memory = memory or MemoryLimit.unlimited()
    missing = np.array([cutout is None for cutout in cutouts], dtype=bool)
    shapes = {cutout.shape for cutout in cutouts if cutout is not None} or {shape}
    if len(shapes) > 1:
        none = np.empty((0, 0), np.float32)
        cells = (none if cutout is None else cutout for cutout in cutouts)
        return np.fromiter(cells, object, len(cutouts)), missing
    height, width = shapes.pop()
    memory.take(len(cutouts) * height * width * _PIXEL, f"{len(cutouts):,} cutouts")
    data = np.full((len(cutouts), height, width), np.nan, dtype=np.float32)
    for row, cutout in enumerate(cutouts):
        if cutout is not None:
            data[row] = cutout
    return data, np.broadcast_to(missing[:, None, None], data.shape).copy()


def to_pixels(rows: Any) -> np.ndarray:
    """A 2-d float32 array, missing pixels NaN; `ValueError` if it is not an image."""
    try:
        others = set().union(*(map(type, row) for row in rows)) - _NUMBERS
        if others or isinstance(rows, dict):
            raise ValueError("it has other values")
        with np.errstate(over="ignore", invalid="ignore"):
            pixels = np.array(rows, dtype=np.float32)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"not a 2-d array of numbers ({error})") from error
    if pixels.ndim != 2 or not pixels.size:
        raise ValueError(f"not a 2-d array of numbers (shape {pixels.shape})")
    return pixels


def _cutouts_from_lists(values: Any, memory: MemoryLimit) -> tuple[list[np.ndarray | None], int]:
    """The cutouts, None if missing or broken, and the number of broken ones."""
    cutouts, broken = [], 0
    for rows in values:
        try:
            cutouts.append(None if rows == [] or _is_missing(rows) else to_pixels(rows))
        except ValueError:
            cutouts.append(None)
            broken += 1
    return cutouts, broken


def _cutouts_from_arrow(values: pa.Array, memory: MemoryLimit) -> tuple[list[np.ndarray | None], int]:
    """Like `_cutouts_from_lists`, as views of one array of all pixels."""
    if not arrow.is_image_list(values.type):
        return _cutouts_from_lists(arrow.python_values(values, memory), memory)
    pixel_rows = values.flatten()
    heights, widths = arrow.list_lengths(values), arrow.list_lengths(pixel_rows)
    with np.errstate(over="ignore", invalid="ignore"):
        pixels = pixel_rows.flatten().to_numpy(zero_copy_only=False).astype(np.float32)
    first_row = np.concatenate([[0], np.cumsum(heights)])
    first_pixel = np.concatenate([[0], np.cumsum(widths)])
    cutouts = [
        pixels[first_pixel[top] : first_pixel[bottom]].reshape(bottom - top, -1)
        if _is_rectangle(widths[top:bottom])
        else None
        for top, bottom in zip(first_row[:-1], first_row[1:], strict=True)
    ]
    missing = int(np.count_nonzero(heights == 0))
    return cutouts, sum(cutout is None for cutout in cutouts) - missing


def _is_rectangle(widths: np.ndarray) -> bool:
    return len(widths) > 0 and widths[0] > 0 and bool((widths == widths[0]).all())
