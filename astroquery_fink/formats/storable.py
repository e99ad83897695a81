# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Columns of a Table in a form that a file format can hold, and what the format loses."""

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from astropy.table import Column, MaskedColumn, Table
from astropy.time import Time

from ..exceptions import FinkQueryError
from ..surveys.photometry import nan_masked

__all__ = ["SHAPE", "Loss", "storable", "with_values"]

SHAPE = "shape"  # key in the meta of a column of cutouts that the format holds as a flat list of pixels
_WIDEST = 2**29  # bytes of a column of text
_CHARACTER = 4  # bytes


@dataclass(frozen=True)
class Loss:
    """Something that a format cannot keep, in words, and the suffixes of the formats that can."""

    words: str
    kept_by: tuple[str, ...]


_Losses = dict[Loss, list[str]]  # names of columns

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


def storable(table: Table, format: str, *, pad: bool = False) -> tuple[Table, _Losses]:
    """A new Table with columns that the format can hold, and the losses."""
    losses: _Losses = defaultdict(list)
    result = Table(table, copy=False)
    for name in result.colnames:
        result.replace_column(name, _storable_column(result[name], format, pad, losses))
    if format == "ascii.csv" and result.meta:
        losses[_ANNOTATIONS].append("meta")
    if format == "ascii.ecsv":
        _refuse_comments(result)
    return result, losses


def _refuse_comments(table: Table) -> None:
    """A row of ECSV that begins with # would be read as a comment."""
    first: Any = table.columns[0] if table.colnames else None
    if isinstance(first, Column) and any(str(text).startswith("#") for text in np.ma.getdata(first)[:]):
        raise FinkQueryError(
            f"{first.name}, the first column, has text that begins with #, which ECSV reads as a comment: "
            "put another column first, or write to another format."
        )


def _storable_column(column: Any, format: str, pad: bool, losses: _Losses) -> Any:
    if isinstance(column, Time):
        return column if format in ("ascii.ecsv", "parquet", "hdf5") else _times_as_text(column, losses)
    if not isinstance(column, Column):
        return column
    if format == "ascii.csv" and (column.unit or column.description):
        losses[_ANNOTATIONS].append(column.name)
    if column.dtype.kind == "O":
        column = _of_objects(column, format, pad, losses)
    if column.ndim > 1:
        column = _of_pixels(column, format)
    convert = _BY_KIND.get(column.dtype.kind)
    return column if convert is None else convert(column, format, losses)


def with_values(column: Column, values: np.ndarray, mask: Any = None) -> Column:
    """A column with other values; everything else, and by default the mask, is kept."""
    attributes = {"name": column.name, "unit": column.unit, "description": column.description}
    attributes |= {"meta": dict(column.meta), "format": column.format, "copy": False}
    mask = np.ma.getmaskarray(column) if mask is None else mask
    return MaskedColumn(values, mask=mask, **attributes) if np.any(mask) else Column(values, **attributes)


def _times_as_text(column: Time, losses: _Losses) -> Column:
    """Text in ISO 8601, to the nanosecond unless the column has its own precision."""
    losses[_TIMES].append(column.info.name)
    times = column if column.format in ("iso", "isot") else Time(column, format="isot", precision=9)
    mask = np.asarray(np.ma.getmaskarray(column.mask) | column.mask)
    texts = np.where(mask, "", np.asarray(getattr(times.value, "unmasked", times.value), dtype=str))
    attributes = {"name": column.info.name, "description": column.info.description, "meta": column.info.meta}
    return MaskedColumn(texts, mask=mask, **attributes) if mask.any() else Column(texts, **attributes)


def _of_objects(column: Column, format: str, pad: bool, losses: _Losses) -> Column:
    """A column of text, cutouts, or any other objects."""
    mask = np.ma.getmaskarray(column)
    cells = [None if masked else cell for cell, masked in zip(np.ma.getdata(column), mask, strict=True)]
    present = [cell for cell, masked in zip(cells, mask, strict=True) if not masked]
    if all(isinstance(cell, str) for cell in present):
        return _of_text_objects(column, cells, format)
    if all(isinstance(cell, np.ndarray) and cell.ndim == 2 for cell in present):
        return _of_cutouts(column, cells, format, pad)
    if format == "ascii.ecsv":
        return column
    losses[_OBJECTS].append(column.name)
    texts = ["" if masked else _json(cell) for cell, masked in zip(cells, mask, strict=True)]
    return with_values(column, np.array(texts, dtype=str))


def _json(cell: Any) -> str:
    return json.dumps(cell, default=lambda value: value.tolist() if hasattr(value, "tolist") else str(value))


def _of_text_objects(column: Column, cells: Sequence[str | None], format: str) -> Column:
    """Text of one width, unless one long text would fill the memory."""
    texts = [cell or "" for cell in cells]
    width = max(map(len, texts), default=0)
    if _CHARACTER * width * len(texts) <= _WIDEST:
        return with_values(column, np.array(texts, dtype=str))
    if format.startswith("ascii"):
        return column
    raise FinkQueryError(
        f"{column.name} has text of up to {width} characters, too long for a column of {format}: "
        f"write to .ecsv, or leave the column out."
    )


def _of_cutouts(column: Column, cutouts: Sequence[np.ndarray | None], format: str, pad: bool) -> Column:
    """One array if the shapes agree or are padded; else only ECSV can hold them."""
    shapes = {cutout.shape for cutout in cutouts if cutout is not None}
    if format == "ascii.csv":
        raise _no_cutouts_in_csv(column.name)
    if len(shapes) > 1 and not pad:
        if format == "ascii.ecsv":
            return column
        raise FinkQueryError(
            f"{column.name} has cutouts of {len(shapes)} shapes, which {format} cannot hold: give pad=True "
            "to fill them with NaN to one shape, or write to .ecsv."
        )
    shape = np.max([*shapes, (0, 0)], axis=0)
    pixels = np.full((len(cutouts), *shape), np.nan, dtype=np.float32)
    for row, cutout in enumerate(cutouts):
        if cutout is not None:
            pixels[row, : cutout.shape[0], : cutout.shape[1]] = cutout
    mask = np.ma.getmaskarray(column)[:, None, None]
    return with_values(column, pixels, np.broadcast_to(mask, pixels.shape).copy())


def _no_cutouts_in_csv(name: str) -> FinkQueryError:
    return FinkQueryError(
        f"{name} has cutouts, which CSV cannot hold: write to .fits, .h5 or .ecsv, or leave the column out."
    )


def _of_pixels(column: Column, format: str) -> Column:
    """Flat lists of pixels for Parquet and empty ECSV; the shape goes to ``meta``."""
    if format == "ascii.csv":
        raise _no_cutouts_in_csv(column.name)
    empty = format == "ascii.ecsv" and not len(column)
    if format != "parquet" and not empty:
        return column
    pixels = np.ma.getdata(column)
    flat = with_values(column, pixels.reshape(-1), mask=False) if empty else with_values(column, pixels)
    flat.meta[SHAPE] = list(column.shape[1:])
    return flat


def _of_text(column: Column, format: str, losses: _Losses) -> Column:
    texts = np.ma.getdata(column)
    texts = np.char.decode(texts, "utf-8") if texts.dtype.kind == "S" else np.asarray(texts)
    mask = np.ma.getmaskarray(column)
    strip = _DROPS_BLANKS.get(format)
    if strip and any(strip(text) != text for text in texts[~mask].tolist()):
        losses[_BLANKS].append(column.name)
    if _loses_empty_text(format, mask) and np.any(texts[~mask] == ""):
        losses[_EMPTY].append(column.name)
    escaped = [_escaped(text, format) for text in texts.tolist()]
    if escaped != texts.tolist():
        losses[_ESCAPED].append(column.name)
        texts = np.array(escaped)
    result = with_values(column, np.where(mask, "", texts) if mask.any() else texts)
    return _with_separate_mask(result, format)


def _escaped(text: str, format: str) -> str:
    unknown = _UNKNOWN_CHARACTERS.get(format)
    return unknown.sub(lambda one: one[0].encode("unicode_escape").decode(), text) if unknown else text


def _loses_empty_text(format: str, mask: np.ndarray) -> bool:
    return format in ("ascii.ecsv", "ascii.csv", "votable") or (format == "fits" and not mask.any())


def _of_bools(column: Column, format: str, losses: _Losses) -> Column:
    return _with_separate_mask(with_values(column, np.ma.filled(column, False)), format)


def _with_separate_mask(column: Column, format: str) -> Column:
    """Let astropy write the mask of bools and text as another column of FITS."""
    if format == "fits" and isinstance(column, MaskedColumn):
        column.info.serialize_method["fits"] = "data_mask"
    return column


def _of_integers(column: Column, format: str, losses: _Losses) -> Column:
    """Masked cells hold a number that no other cell has."""
    if not isinstance(column, MaskedColumn):
        return column
    values = np.ma.getdata(column)
    present = set(values[~np.ma.getmaskarray(column)].tolist())
    least = np.iinfo(values.dtype).min
    unused = next(number for number in range(least, least + len(present) + 1) if number not in present)
    result = with_values(column, np.where(np.ma.getmaskarray(column), unused, values))
    if isinstance(result, MaskedColumn):
        result.fill_value = unused
    return result


def _of_floats(column: Column, format: str, losses: _Losses) -> Column:
    return (
        with_values(column, np.ma.getdata(nan_masked(column))) if isinstance(column, MaskedColumn) else column
    )


_BY_KIND = {
    "U": _of_text,
    "S": _of_text,
    "b": _of_bools,
    "i": _of_integers,
    "u": _of_integers,
    "f": _of_floats,
}
