# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The columns of a Table as a file format can hold them, and what the format loses."""

import json
import re
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from astropy.table import Column, MaskedColumn, Table
from astropy.time import Time

from ..exceptions import FinkQueryError
from ..surveys.photometry import nan_masked

__all__ = ["Loss", "SHAPE", "storable"]

SHAPE = "shape"  # in the meta of a column of cutouts, where the format has a flat list of pixels
_WIDEST = 2**29  # bytes of a column of text
_CHARACTER = 4  # bytes


@dataclass(frozen=True)
class Loss:
    """Something that a format does not keep, and the suffixes of those that do."""

    words: str
    kept_by: tuple[str, ...]


_TIMES = Loss("writes times as text", (".ecsv", ".parquet", ".h5"))
_OBJECTS = Loss("writes lists as JSON text", (".ecsv",))
_EMPTY = Loss("has empty text read back as masked", (".parquet", ".h5"))
_ESCAPED = Loss("writes characters that it does not have as escapes", (".parquet", ".h5"))
_BLANKS = Loss("drops blanks around text", (".parquet", ".h5"))
_ANNOTATIONS = Loss("leaves out units, descriptions and meta", (".ecsv", ".fits", ".parquet", ".h5"))
_UNKNOWN_CHARACTERS = {
    "fits": re.compile(r"[^ -~]"),
    "votable": re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]"),
    "ascii.ecsv": re.compile(r"\r"),
    "ascii.csv": re.compile(r"\r"),
}
_DROPS_BLANKS = {"fits": str.rstrip, "ascii.csv": str.strip, "ascii.ecsv": str.strip}


class _Losses(defaultdict):
    """Names of columns by `Loss`."""

    def __init__(self):
        super().__init__(list)


def storable(table: Table, format: str, *, pad: bool = False) -> tuple[Table, dict[Loss, list[str]]]:
    """The same Table in columns that the format holds, and what is lost; the original is not changed."""
    losses = _Losses()
    whole = Table(table, copy=False)
    for name in whole.colnames:
        whole.replace_column(name, _column(whole[name], format, pad, losses))
    if format == "ascii.csv" and whole.meta:
        losses[_ANNOTATIONS].append("meta")
    if format == "ascii.ecsv":
        _refuse_comments(whole)
    return whole, losses


def _refuse_comments(table):
    """A row of ECSV that begins with # is a comment to its reader, and lost."""
    first = table.columns[0] if table.colnames else None
    if isinstance(first, Column) and any(str(text).startswith("#") for text in np.ma.getdata(first)[:]):
        raise FinkQueryError(
            f"{first.name}, the first column, has text that begins with #, where ECSV has comments: "
            "put another column first, or write to another format."
        )


def _column(column, format, pad, losses):
    if isinstance(column, Time):
        return column if format in ("ascii.ecsv", "parquet", "hdf5") else _time_text(column, losses)
    if not isinstance(column, Column):
        return column
    if format == "ascii.csv" and (column.unit or column.description):
        losses[_ANNOTATIONS].append(column.name)
    if column.dtype.kind == "O":
        column = _of_objects(column, format, pad, losses)
    if column.ndim > 1:
        column = _pixels(column, format)
    fit = {"U": _text, "S": _text, "b": _truths, "i": _integers, "u": _integers, "f": _floats}
    return fit.get(column.dtype.kind, lambda column, *_: column)(column, format, losses)


def _like(column, values, mask=None):
    """A column with other values, of the same name, unit and description."""
    about = {"name": column.name, "unit": column.unit, "description": column.description}
    about |= {"meta": dict(column.meta), "format": column.format, "copy": False}
    mask = np.ma.getmaskarray(column) if mask is None else mask
    return MaskedColumn(values, mask=mask, **about) if np.any(mask) else Column(values, **about)


def _time_text(column, losses):
    """Dates stay dates; all else is ISO 8601 to the nanosecond."""
    losses[_TIMES].append(column.info.name)
    times = column if column.format in ("iso", "isot") else Time(column, format="isot", precision=9)
    mask = np.asarray(np.ma.getmaskarray(column.mask) | column.mask)
    texts = np.where(mask, "", np.asarray(getattr(times.value, "unmasked", times.value), dtype=str))
    about = {"name": column.info.name, "description": column.info.description}
    return MaskedColumn(texts, mask=mask, **about) if mask.any() else Column(texts, **about)


def _of_objects(column, format, pad, losses):
    """Text, cutouts, or anything else."""
    mask = np.ma.getmaskarray(column)
    cells = np.ma.getdata(column)
    present = [cell for cell, lost in zip(cells, mask, strict=True) if not lost]
    if all(isinstance(cell, str) for cell in present):
        return _as_text(column, format, mask)
    if all(isinstance(cell, np.ndarray) and cell.ndim == 2 for cell in present):
        return _of_cutouts(column, format, pad, mask)
    if format == "ascii.ecsv":
        return column
    losses[_OBJECTS].append(column.name)
    texts = ["" if lost else _json(cell) for cell, lost in zip(cells, mask, strict=True)]
    return _like(column, np.array(texts, dtype=str))


def _json(cell):
    return json.dumps(cell, default=lambda part: part.tolist() if hasattr(part, "tolist") else str(part))


def _as_text(column, format, mask):
    """Of one width, unless one long text would fill the memory."""
    texts = ["" if lost else cell for cell, lost in zip(np.ma.getdata(column), mask, strict=True)]
    width = max(map(len, texts), default=0)
    if format.startswith("ascii") and _CHARACTER * width * len(texts) > _WIDEST:
        return column
    if _CHARACTER * width * len(texts) > _WIDEST:
        raise FinkQueryError(
            f"{column.name} has text of up to {width} characters, too long for a column of {format}: "
            f"write to .ecsv, or leave the column out."
        )
    return _like(column, np.array(texts, dtype=str))


def _of_cutouts(column, format, pad, mask):
    """One array where the shapes agree or are made to; else only ECSV holds them."""
    cutouts = [None if lost else cell for cell, lost in zip(np.ma.getdata(column), mask, strict=True)]
    shapes = {cutout.shape for cutout in cutouts if cutout is not None}
    if format == "ascii.csv":
        raise _no_cutouts_in_csv(column.name)
    if len(shapes) > 1 and not pad:
        if format == "ascii.ecsv":
            return column
        raise FinkQueryError(
            f"{column.name} has cutouts of {len(shapes)} shapes, which {format} does not hold: give pad=True "
            "to fill them up with NaN to one shape, or write to .ecsv."
        )
    shape = np.max([*shapes, (0, 0)], axis=0)
    pixels = np.full((len(cutouts), *shape), np.nan, dtype=np.float32)
    for row, cutout in enumerate(cutouts):
        if cutout is not None:
            pixels[row, : cutout.shape[0], : cutout.shape[1]] = cutout
    return _like(column, pixels, np.broadcast_to(mask[:, None, None], pixels.shape).copy())


def _no_cutouts_in_csv(name):
    return FinkQueryError(
        f"{name} has cutouts, which CSV does not hold: write to .fits, .h5 or .ecsv, or leave the column out."
    )


def _pixels(column, format):
    """Parquet gets flat lists of pixels; so does ECSV, which cannot read the shape of no cutouts."""
    if format == "ascii.csv":
        raise _no_cutouts_in_csv(column.name)
    empty = format == "ascii.ecsv" and not len(column)
    if format != "parquet" and not empty:
        return column
    pixels = np.ma.getdata(column)
    noted = _like(column, pixels.reshape(-1), mask=False) if empty else _like(column, pixels)
    noted.meta[SHAPE] = list(column.shape[1:])
    return noted


def _text(column, format, losses):
    texts = np.ma.getdata(column)
    texts = np.char.decode(texts, "utf-8") if texts.dtype.kind == "S" else np.asarray(texts)
    mask = np.ma.getmaskarray(column)
    strip = _DROPS_BLANKS.get(format)
    if strip and any(strip(text) != text for text in texts[~mask].tolist()):
        losses[_BLANKS].append(column.name)
    if _loses_empty(format, mask) and np.any(texts[~mask] == ""):
        losses[_EMPTY].append(column.name)
    escaped = [_escaped(text, format) for text in texts.tolist()]
    if escaped != texts.tolist():
        losses[_ESCAPED].append(column.name)
        texts = np.array(escaped)
    fitting = _like(column, np.where(mask, "", texts) if mask.any() else texts)
    return _with_mask_beside(fitting, format)


def _escaped(text, format):
    unknown = _UNKNOWN_CHARACTERS.get(format)
    return unknown.sub(lambda one: one[0].encode("unicode_escape").decode(), text) if unknown else text


def _loses_empty(format, mask):
    return format in ("ascii.ecsv", "ascii.csv", "votable") or (format == "fits" and not mask.any())


def _truths(column, format, losses):
    return _with_mask_beside(_like(column, np.ma.filled(column, False)), format)


def _with_mask_beside(column, format):
    """FITS has no mask of truth values and takes empty text for masked: astropy puts the mask beside them."""
    if format == "fits" and isinstance(column, MaskedColumn):
        column.info.serialize_method["fits"] = "data_mask"
    return column


def _integers(column, format, losses):
    """Masked cells hold a number that no other cell has."""
    if not isinstance(column, MaskedColumn):
        return column
    values = np.ma.getdata(column)
    present = set(values[~np.ma.getmaskarray(column)].tolist())
    least = np.iinfo(values.dtype).min
    nothing = next(number for number in range(least, least + len(present) + 1) if number not in present)
    fitting = _like(column, np.where(np.ma.getmaskarray(column), nothing, values))
    if isinstance(fitting, MaskedColumn):
        fitting.fill_value = nothing
    return fitting


def _floats(column, format, losses):
    return _like(column, np.ma.getdata(nan_masked(column))) if isinstance(column, MaskedColumn) else column
