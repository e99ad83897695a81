# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Values of one column, however they travelled -> one array of one dtype, and its mask.

Python's objects (JSON) and an Arrow array (Parquet) of the same values give the same array. The server
writes numbers as text in rows of upper limits, and null, ``""``, ``"null"``, ``"nan"``, ``"None"``
for "no value"; all that ends here.
"""

import re
from contextlib import suppress
from decimal import Decimal
from itertools import compress, repeat

import numpy as np
from astroquery.exceptions import CorruptDataWarning

from ..messages import warn
from . import arrow
from .memory import MemoryLimit

__all__ = ["MISSING_TEXTS", "to_array", "to_pixels", "to_cutouts"]

MISSING_TEXTS = ("", "null", "nan", "NaN", "None", "[]")
_TRUTHS = {"t": True, "true": True, "1": True, "f": False, "false": False, "0": False}
_NOTHING = {"f": np.nan, "i": 0, "b": False, "U": "", "O": None}
_NONE = type(None)
_NUMBERS = {float, int, Decimal, _NONE}
_NUMBER_COLUMNS = ("float64", "int64", "bool")
_EXACT = 2**53
_WIDEST = 2**29  # bytes of a column
_TEXT = 4  # bytes of a character
_CELL = 9  # bytes of a number and of its mask
_PIXEL = 5  # the same of a pixel
_LARGE, _HUGE = 2**20, 2**22  # bytes of an array
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?:inf|Infinity)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WHOLE = re.compile("[+-]?[0-9]{1,25}")


def to_array(values, facts, memory=None, exact=None):
    """One column of numbers, truths or text.

    Parameters
    ----------
    values : sequence or `pyarrow.Array`
    facts : `~astroquery_fink.surveys.columns.ColumnFacts`
        Where it has no dtype, the values tell it.
    room : `~astroquery_fink.tables.memory.Room`, optional
        The memory that is left for it.
    exact : callable, optional
        Reads the values again, where orjson may have made floats of long integers.

    Returns
    -------
    data : `~numpy.ndarray`
        NaN, 0, False or ``""`` where there is no value.
    mask : `~numpy.ndarray` of bool
        True where there is no value.

    Raises
    ------
    ValueError
        There is no room for it.
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
        data[mask] = _NOTHING[data.dtype.kind]
    return data, mask


def _has_rounded(value):
    """64 bits hold integers from -2**63 to 2**64 - 1."""
    if isinstance(value, float):
        return value >= 2.0**64 or value <= -(2.0**63)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_has_rounded, inner))


def _from_objects(values, facts, memory, exact=None):
    """A list is quicker to go through, an array to make floats of."""
    if facts.dtype != "float64" and isinstance(values, np.ndarray):
        values = values.tolist()
    kinds = None if facts.dtype == "float64" else set(map(type, values))
    if exact and _may_be_rounded(values, kinds, facts.dtype):
        return _from_objects(exact(), facts, memory)
    dtype = facts.dtype or _guess(values, kinds)
    data, mask, doubtful = _READERS[dtype](values, kinds, memory)
    if doubtful:
        _report(compress(values, mask), facts.name, dtype)
    return data, mask


def _may_be_rounded(cells, kinds, dtype):
    """Whether a float may have been a longer integer, where that makes a difference."""
    return dtype not in _NUMBER_COLUMNS and kinds & {float, list, dict} and any(map(_has_rounded, cells))


def _report(masked, name, dtype):
    """Say what could not be read; that there is no value is no news."""
    lost = [value for value in masked if not _is_missing(value)]
    if lost:
        warn(
            f"{name}: masked {len(lost)} value(s) of the server that are no {dtype}: "
            + ", ".join(repr(value)[:40] for value in lost[:3]),
            CorruptDataWarning,
        )


def _is_missing(value):
    return value is None or value in MISSING_TEXTS or value != value


def _guess(values, kinds):
    if not kinds <= {int, bool, _NONE}:
        kinds = {type(value) for value in values if not _is_missing(value)} or kinds & {str}
    kinds = {float if kind is Decimal else kind for kind in kinds} - {arrow.Unreadable, _NONE}
    for dtype, members in (("float64", set()), ("int64", {int}), ("float64", {int, float}), ("bool", {bool})):
        if kinds <= members:
            return dtype
    return "object" if kinds & {list, dict} else "str"


# A reader gives data, mask, and whether something beside "no value" may have been masked.


def _floats(values, kinds, memory):
    data, strange = _all_floats(values), False
    if data is None:
        strange = not (kinds or set(map(type, values))) <= _NUMBERS
        if strange:
            values = [value if type(value) in _NUMBERS else _float(value) for value in values]
        try:
            data = np.array(values, dtype=np.float64)
        except OverflowError:
            data, strange = np.array(list(map(_float, values)), dtype=np.float64), True
    return data, ~np.isfinite(data), strange or bool(np.isinf(data).any())


def _all_floats(values):
    """The array, or None where a cell may be no number: `sum` refuses it, far quicker than types tell."""
    if not isinstance(values, np.ndarray):
        return None
    try:
        sum(filter(None, values.tolist()))
        data = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
    may_be_truths = values[(data == 0) | (data == 1)]
    return None if bool in set(map(type, may_be_truths.tolist())) else data


def _float(value):
    """The number meant, in ASCII if it is text; a truth is no number."""
    if isinstance(value, str):
        return float(value) if _DECIMAL.fullmatch(value) else np.nan
    with suppress(OverflowError):
        return float(value) if type(value) in _NUMBERS and value is not None else np.nan
    return np.nan


def _integers(values, kinds, memory):
    if kinds <= {int, _NONE}:
        with suppress(OverflowError):
            return *_filled(values, np.int64), False
    return *_filled(list(map(_integer, values)), np.int64), True


def _integer(value):
    """The integer meant, or None where it cannot be told exactly: a float beyond 2**53 is no id."""
    kind = type(value)
    if kind is str:
        number = int(value) if _WHOLE.fullmatch(value) else None
    elif kind is float:
        number = int(value) if value.is_integer() and abs(value) < _EXACT else None
    elif kind is Decimal:
        number = int(value) if value == value.to_integral_value() else None
    else:
        number = value if kind is int else None
    return number if number is not None and -(2**63) <= number < 2**63 else None


def _truths(values, kinds, memory):
    plain = {str, int, bool}
    texts = (str(value) if type(value) in plain else None for value in values)
    truths = [text and _TRUTHS.get(text.lower()) for text in texts]
    return *_filled(truths, np.bool_), not kinds <= {bool, _NONE}


def _filled(values, dtype):
    if None not in values:
        return np.array(values, dtype=dtype), np.zeros(len(values), dtype=bool)
    mask = np.array([value is None for value in values], dtype=bool)
    return np.array([value or 0 for value in values], dtype=dtype), mask


def _texts(values, kinds, memory):
    """Each text is looked at once, however many rows have it."""
    strange = not kinds <= {str, _NONE}
    if strange:
        values = [value if type(value) is str else _text(value) for value in values]
    distinct = list(dict.fromkeys(values))
    places = {text: place for place, text in enumerate(distinct)}
    rows = np.fromiter(map(places.__getitem__, values), np.intp, len(values))
    words, gone, broken = _words(distinct, kinds, memory)
    return *_spread(words, gone, rows, memory), strange or broken


def _words(words, kinds, memory):
    """Texts that are each looked at."""
    strange = not kinds <= {str, _NONE}
    texts = [word if type(word) is str else _text(word) for word in words] if strange else words
    gone = [text is None or text in MISSING_TEXTS for text in texts]
    ascii = all(map(str.isascii, filter(None, texts)))
    broken = not ascii and not all(map(_is_text, filter(None, texts)))
    if broken:
        gone = [lost or not _is_text(text) for text, lost in zip(texts, gone, strict=True)]
    array = _text_array(["" if lost else text for text, lost in zip(texts, gone, strict=True)], memory)
    return array, np.array(gone, dtype=bool), strange or broken


def _is_text(text):
    """Whether a file can hold it: half of a pair of surrogates is no character."""
    return not _SURROGATE.search(text)


def _text(value):
    """What is no text as text; None where it says nothing, or cannot be read."""
    if isinstance(value, bytes):
        with suppress(UnicodeDecodeError):
            return value.decode()
        return None
    return None if isinstance(value, arrow.Unreadable) or _is_missing(value) else str(value)


def _text_array(texts, memory):
    """Of numpy's text, unless one among many would fill the memory, or ends in what numpy strips."""
    width = max(map(len, texts), default=0)
    wide = _TEXT * width * len(texts) > min(_WIDEST, memory.left)
    return np.array(texts, object if wide or any(map(str.endswith, texts, repeat("\0"))) else "U")


def _spread(distinct, gone, places, memory):
    """A column of its distinct values, under the same condition."""
    if distinct.dtype.kind == "U" and distinct.itemsize * len(places) > min(_WIDEST, memory.left):
        distinct = distinct.astype(object)
    data = _empty(len(places), distinct.dtype)
    memory.take(max(data.nbytes - len(places) * _CELL, 0), "text")
    return np.take(distinct, places, out=data, mode="clip"), gone.take(places)  # "raise" would copy it


def _empty(rows, dtype):
    """An array to be filled. From 4 MB on numpy asks for huge pages of memory, and so does a part of it:
    that spares half of the page faults of a large answer with long texts, 4 of 21 ms.
    """
    large = rows * dtype.itemsize > _LARGE
    return np.empty(max(rows, _HUGE // dtype.itemsize + 1) if large else rows, dtype)[:rows]


def _objects(values, kinds, memory):
    cells = [None if isinstance(value, arrow.Unreadable) else value for value in values]
    data = np.fromiter(cells, dtype=object, count=len(cells))
    return data, np.array([cell is None for cell in cells], dtype=bool), arrow.Unreadable in kinds


def _numbers(values, kinds, memory):
    """Integers if all are, else floats if all are, else text: the server sends some numbers as text."""
    present = [value for value in values if not _is_missing(value)]
    if present and all(_integer(value) is not None for value in present):
        return _integers(values, kinds, memory)
    if all(np.isfinite(_float(value)) for value in present):
        return _floats(values, kinds, memory)
    return _texts(values, kinds, memory)


_READERS = {
    "float64": _floats,
    "int64": _integers,
    "bool": _truths,
    "str": _texts,
    "number": _numbers,
    "object": _objects,
}


def _from_arrow(values, facts, memory):
    """Without a Python object for each cell, where Arrow's type is the one wanted."""
    import pyarrow.types as types

    wanted, kind = facts.dtype, values.type
    if types.is_floating(kind) and wanted in ("float64", None):
        data = values.to_numpy(zero_copy_only=False, writable=True).astype(np.float64, copy=False)
        return data, ~np.isfinite(data)
    if types.is_integer(kind) and not types.is_uint64(kind) and wanted in ("int64", None):
        return arrow.without_nulls(values, 0).astype(np.int64, copy=False), arrow.nulls(values)
    if types.is_boolean(kind) and wanted in ("bool", None):
        return arrow.without_nulls(values, False), arrow.nulls(values)
    if types.is_dictionary(kind):
        words = [*arrow.python_values(values.dictionary, memory), None]
        return _from_dictionary(words, values.indices, facts, memory)
    return _from_objects(arrow.python_values(values, memory), facts, memory)


def _from_dictionary(words, indices, facts, memory):
    """Each word is read once; the last of them is None, for cells without one."""
    kinds = set(map(type, words))
    dtype = facts.dtype or _guess(words, kinds)
    places = arrow.without_nulls(indices, len(words) - 1)
    read = _words if dtype == "str" else _READERS[dtype]
    data, gone, doubtful = read(words, kinds, memory)
    if doubtful and not all(map(_is_missing, compress(words, gone))):
        _report((words[place] for place in places.tolist() if gone[place]), facts.name, dtype)
    return _spread(data, gone, places, memory)


def to_cutouts(values, shape, memory=None):
    """One column of stamps.

    Parameters
    ----------
    values : sequence or `pyarrow.Array`
        A list of pixel rows for each alert; None or empty where there is no stamp.
    shape : tuple of int
        Of an ordinary stamp, used where there is none to tell.
    room : `~astroquery_fink.tables.memory.Room`, optional
        The memory that is left for them.

    Returns
    -------
    data : `~numpy.ndarray`
        float32 of shape ``(rows, height, width)`` where all stamps have one shape, else an object
        array of 2-d arrays. Missing pixels are NaN.
    mask : `~numpy.ndarray` of bool
        Of the shape of ``data``, True where there is no stamp.

    Raises
    ------
    ValueError
        There is no room for them.
    """
    cut = _cut_arrow if hasattr(values, "to_pylist") else _cut_list
    memory = memory or MemoryLimit()
    cutouts, broken = cut(values, memory)
    if broken:
        warn(f"masked {broken} stamp(s) of the server that are no rows of pixels", CorruptDataWarning)
    gone = np.array([cutout is None for cutout in cutouts], dtype=bool)
    shapes = {cutout.shape for cutout in cutouts if cutout is not None} or {shape}
    if len(shapes) > 1:
        none = np.empty((0, 0), np.float32)
        return np.fromiter(
            (none if cutout is None else cutout for cutout in cutouts), object, len(cutouts)
        ), gone
    height, width = shapes.pop()
    memory.take(len(cutouts) * height * width * _PIXEL, f"{len(cutouts):,} cutouts")
    data = np.full((len(cutouts), height, width), np.nan, dtype=np.float32)
    for row, cutout in enumerate(cutouts):
        if cutout is not None:
            data[row] = cutout
    return data, np.broadcast_to(gone[:, None, None], data.shape).copy()


def to_pixels(rows):
    """One stamp.

    Parameters
    ----------
    rows : list of list of float or None

    Returns
    -------
    pixels : `~numpy.ndarray`
        float32, 2-d; missing pixels are NaN.

    Raises
    ------
    ValueError
        The rows are no image.
    """
    try:
        strange = set().union(*(map(type, row) for row in rows)) - _NUMBERS
        if strange or isinstance(rows, dict):
            raise ValueError("they hold more than numbers")
        with np.errstate(over="ignore", invalid="ignore"):
            pixels = np.array(rows, dtype=np.float32)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"no rows of pixels ({error})") from error
    if pixels.ndim != 2 or not pixels.size:
        raise ValueError(f"no rows of pixels (shape {pixels.shape})")
    return pixels


def _cut_list(values, memory=None):
    """The stamps, None where there is none, and how many are no rows of pixels."""
    cutouts, broken = [], 0
    for rows in values:
        try:
            cutouts.append(None if rows == [] or _is_missing(rows) else to_pixels(rows))
        except ValueError:
            cutouts.append(None)
            broken += 1
    return cutouts, broken


def _cut_arrow(values, memory):
    """The same: slices of one long run of pixels; no Python object for each."""
    if not arrow.is_image_list(values.type):
        return _cut_list(arrow.python_values(values, memory))
    pixel_rows = values.flatten()
    heights, widths = arrow.lengths(values), arrow.lengths(pixel_rows)
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
    return cutouts, sum(cutout is None for cutout in cutouts) - np.count_nonzero(heights == 0)


def _is_rectangle(widths):
    return len(widths) > 0 and widths[0] > 0 and bool((widths == widths[0]).all())
