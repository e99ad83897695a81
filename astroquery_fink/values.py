# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Values of one column, however they travelled -> one array of one dtype, and its mask.

Python's objects (JSON) and an Arrow array (Parquet) of the same values give the same array. The server
writes numbers as text in rows of upper limits, and null, ``""``, ``"null"``, ``"nan"``, ``"None"``
for "no value"; all that ends here.
"""

from contextlib import suppress
from itertools import compress

import numpy as np
from astroquery.exceptions import CorruptDataWarning

from .warn import warn

__all__ = ["MISSING_TEXTS", "to_array", "to_pixels", "to_stamps"]

MISSING_TEXTS = ("", "null", "nan", "NaN", "None")
_TRUTHS = {"t": True, "true": True, "1": True, "f": False, "false": False, "0": False}
_NOTHING = {"f": np.nan, "i": 0, "b": False, "U": "", "O": None}
_EXACT = 2**53
_WIDEST = 2**29  # bytes of a column
_TEXT = 4  # bytes of a character
_LARGE, _HUGE = 2**20, 2**22  # bytes of an array


def to_array(values, facts):
    """One column of numbers, truths or text.

    Parameters
    ----------
    values : sequence or `pyarrow.Array`
    facts : `~astroquery_fink.columns.ColumnFacts`
        Where it has no dtype, the values tell it.

    Returns
    -------
    data : `~numpy.ndarray`
        NaN, 0, False or ``""`` where there is no value.
    mask : `~numpy.ndarray` of bool
        True where there is no value.
    """
    read = _from_arrow if hasattr(values, "to_pylist") else _from_objects
    data, mask = read(values, facts)
    if facts.missing is not None:
        mask = mask | (data == facts.missing)
    if mask.any():
        data[mask] = _NOTHING[data.dtype.kind]
    return data, mask


def _from_objects(values, facts):
    dtype = facts.dtype or _guess(values)
    data, mask = _read(values, dtype)
    if dtype != "str" and mask.any():
        _report(compress(values, mask), facts.name, dtype)
    return data, mask


def _read(values, dtype):
    """Lists are the quicker ones to go through, arrays to make floats of."""
    if dtype != "float64" and isinstance(values, np.ndarray):
        values = values.tolist()
    return _READERS[dtype](values)


def _report(masked, name, dtype):
    """Say what could not be read; that there is no value is no news."""
    lost = [value for value in masked if value is not None and not _is_missing(value)]
    if lost:
        warn(
            f"{name}: masked {len(lost)} value(s) of the server that are no {dtype}: "
            + ", ".join(repr(value)[:40] for value in lost[:3]),
            CorruptDataWarning,
        )


def _is_missing(value):
    return value is None or value in MISSING_TEXTS or value != value


def _guess(values):
    kinds = {type(value) for value in values if not _is_missing(value)} or set(map(type, values)) & {str}
    for dtype, members in (("float64", set()), ("int64", {int}), ("float64", {int, float}), ("bool", {bool})):
        if kinds <= members:
            return dtype
    return "object" if kinds & {list, dict} else "str"


def _floats(values):
    try:
        data = np.array(values, dtype=np.float64)
    except (ValueError, TypeError, OverflowError):
        data = np.array([_float(value) for value in values], dtype=np.float64)
    return data, ~np.isfinite(data)


def _float(value):
    try:
        return np.nan if _is_missing(value) else float(value)
    except (ValueError, TypeError, OverflowError):
        return np.nan


def _integers(values):
    if set(map(type, values)) <= {int, type(None)}:
        with suppress(OverflowError):
            return _filled(values, np.int64)
    return _filled([_integer(value) for value in values], np.int64)


def _integer(value):
    """The integer meant, or None where it cannot be told exactly: a float beyond 2**53 is no id."""
    try:
        number = int(value)
    except (ValueError, TypeError, OverflowError):
        return None
    if isinstance(value, float):
        return number if number == value and abs(number) < _EXACT else None
    return number if -(2**63) <= number < 2**63 else None


def _truths(values):
    return _filled([_TRUTHS.get(str(value).lower()) for value in values], np.bool_)


def _filled(values, dtype):
    if None not in values:
        return np.array(values, dtype=dtype), np.zeros(len(values), dtype=bool)
    mask = np.array([value is None for value in values], dtype=bool)
    return np.array([value or 0 for value in values], dtype=dtype), mask


def _texts(values):
    """Each text is looked at once, however many rows have it."""
    values, distinct = _with_distinct(values)
    places = {text: place for place, text in enumerate(distinct)}
    rows = np.fromiter(map(places.__getitem__, values), np.intp, len(values))
    return _spread(*_words(list(distinct)), rows)


def _words(texts):
    """Texts that are each looked at."""
    gone = np.array([text is None or text in MISSING_TEXTS for text in texts], dtype=bool)
    return _text_array(["" if lost else text for text, lost in zip(texts, gone, strict=True)]), gone


def _with_distinct(values):
    """The values, those that are no text written as text, and each of them once."""
    with suppress(TypeError):
        distinct = dict.fromkeys(values)
        if set(map(type, distinct)) <= {str, type(None)}:
            return values, distinct
    values = [None if _is_missing(value) else str(value) for value in values]
    return values, dict.fromkeys(values)


def _text_array(texts):
    """Of numpy's text, unless one long text among many would fill the memory."""
    width = max(map(len, texts), default=0)
    return np.array(texts, object if _TEXT * width * len(texts) > _WIDEST else "U")


def _spread(distinct, gone, places):
    """A column of its distinct values, under the same condition."""
    if distinct.dtype.kind == "U" and distinct.itemsize * len(places) > _WIDEST:
        distinct = distinct.astype(object)
    data = _room(len(places), distinct.dtype)
    return np.take(distinct, places, out=data, mode="clip"), gone.take(places)  # "raise" would copy it


def _room(rows, dtype):
    """An array to be filled. From 4 MB on numpy asks for huge pages of memory, and so does a part of it:
    that spares half of the page faults of a large answer with long texts, 4 of 21 ms.
    """
    large = rows * dtype.itemsize > _LARGE
    return np.empty(max(rows, _HUGE // dtype.itemsize + 1) if large else rows, dtype)[:rows]


def _objects(values):
    data = np.empty(len(values), dtype=object)
    data[:] = values
    return data, np.array([value is None for value in values], dtype=bool)


def _numbers(values):
    """Integers if all are, else floats if all are, else text: the server sends some numbers as text."""
    present = [value for value in values if not _is_missing(value)]
    if present and all(_integer(value) is not None for value in present):
        return _integers(values)
    if all(np.isfinite(_float(value)) for value in present):
        return _floats(values)
    return _texts(values)


_READERS = {
    "float64": _floats,
    "int64": _integers,
    "bool": _truths,
    "str": _texts,
    "number": _numbers,
    "object": _objects,
}


def _from_arrow(values, facts):
    """Without a Python object for each cell, where Arrow's type is the one wanted."""
    import pyarrow.types as arrow

    wanted = facts.dtype
    if arrow.is_floating(values.type) and wanted in ("float64", None):
        data = values.to_numpy(zero_copy_only=False, writable=True).astype(np.float64, copy=False)
        return data, ~np.isfinite(data)
    if arrow.is_integer(values.type) and not arrow.is_uint64(values.type) and wanted in ("int64", None):
        return _without_nulls(values, 0).astype(np.int64, copy=False), _nulls(values)
    if arrow.is_boolean(values.type) and wanted in ("bool", None):
        return _without_nulls(values, False), _nulls(values)
    if arrow.is_dictionary(values.type):
        return _from_dictionary([*values.dictionary.to_pylist(), None], values.indices, facts)
    return _from_objects(values.to_pylist(), facts)


def _from_dictionary(words, indices, facts):
    """Each word is read once; the last of them is None, for cells without one."""
    dtype = facts.dtype or _guess(words)
    places = _without_nulls(indices, len(words) - 1)
    read = _words if dtype == "str" else _READERS[dtype]
    data, mask = _spread(*read(words), places)
    if dtype != "str":
        _report(map(words.__getitem__, places[mask]), facts.name, dtype)
    return data, mask


def _nulls(values):
    return values.is_null().to_numpy(zero_copy_only=False)


def _without_nulls(values, fill):
    filled = values.fill_null(fill) if values.null_count else values
    return filled.to_numpy(zero_copy_only=False, writable=True)


def to_stamps(values, shape):
    """One column of stamps.

    Parameters
    ----------
    values : sequence or `pyarrow.Array`
        A list of pixel rows for each alert; None or empty where there is no stamp.
    shape : tuple of int
        Of an ordinary stamp, used where there is none to tell.

    Returns
    -------
    data : `~numpy.ndarray`
        float32 of shape ``(rows, height, width)`` where all stamps have one shape, else an object
        array of 2-d arrays. Missing pixels are NaN.
    mask : `~numpy.ndarray` of bool
        Of the shape of ``data``, True where there is no stamp.
    """
    cut = _cut_arrow if hasattr(values, "to_pylist") else _cut_list
    stamps = cut(values)
    gone = np.array([stamp is None for stamp in stamps], dtype=bool)
    shapes = {stamp.shape for stamp in stamps if stamp is not None} or {shape}
    if len(shapes) > 1:
        data = np.empty(len(stamps), dtype=object)
        data[:] = [np.empty((0, 0), np.float32) if stamp is None else stamp for stamp in stamps]
        return data, gone
    data = np.full((len(stamps), *shapes.pop()), np.nan, dtype=np.float32)
    for row, stamp in enumerate(stamps):
        data[row] = np.nan if stamp is None else stamp
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
        pixels = np.array(rows, dtype=np.float32)
    except (ValueError, TypeError) as error:
        raise ValueError(f"no rows of pixels ({error})") from error
    if pixels.ndim != 2 or not pixels.size:
        raise ValueError(f"no rows of pixels (shape {pixels.shape})")
    return pixels


def _cut_list(values):
    stamps, broken = [], 0
    for rows in values:
        try:
            stamps.append(to_pixels(rows) if rows else None)
        except ValueError:
            stamps.append(None)
            broken += 1
    if broken:
        warn(f"masked {broken} stamp(s) of the server that are no rows of pixels", CorruptDataWarning)
    return stamps


def _cut_arrow(values):
    """Slices of one long run of pixels; no Python object for each."""
    pixel_rows = values.flatten() if hasattr(values, "flatten") else values
    if not hasattr(pixel_rows, "value_lengths"):
        return [None] * len(values)
    heights = _without_nulls(values.value_lengths(), 0)
    widths = _without_nulls(pixel_rows.value_lengths(), 0)
    pixels = pixel_rows.flatten().to_numpy(zero_copy_only=False).astype(np.float32)
    first_row = np.concatenate([[0], np.cumsum(heights)])
    first_pixel = np.concatenate([[0], np.cumsum(widths)])
    return [
        pixels[first_pixel[top] : first_pixel[bottom]].reshape(bottom - top, -1) if bottom > top else None
        for top, bottom in zip(first_row[:-1], first_row[1:], strict=True)
    ]
