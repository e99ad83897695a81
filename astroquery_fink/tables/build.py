# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Decoded columns of a response -> Table: dtypes, masks, units, descriptions, order of rows; and cutouts."""

import io
import math
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.table import Column, MaskedColumn, Table

from ..surveys import Survey
from ..surveys.columns import ColumnFacts
from .convert import (
    ArrayAndMask,
    to_array,
    to_cutouts,
    to_pixels,
)
from .decode import Columns, read_mapping
from .memory import MemoryLimit

__all__ = ["alerts", "column_values", "cutout_arrays", "decode_cutouts", "missing_ids", "objects", "rows"]

_CELL, _COLUMN = 9, 4096  # bytes of a cell with its mask, and of a column without cells
_PIXEL = 8  # bytes of a pixel of FITS


def alerts(
    columns: Columns,
    survey: Survey,
    *,
    names: Sequence[str] | None = None,
    extra: Collection[str] = (),
    endpoint: str | None = None,
) -> Table:
    """Table of alerts, newest first, each alert once.

    It has every column in ``names``, with its dtype, even if the server left it out. None: the columns of a
    full row, and what else the server sent. ``extra`` are columns that another argument adds: the tag of
    upper limits, cutouts.
    """
    names = [*(names or _full_row(columns, survey, extra, endpoint)), *extra]
    times, _ = column_values(columns, survey.columns.time, survey)
    order = _without_repeats(columns, survey, _newest_first(times))
    return rows(columns, survey, names, order=order, endpoint=endpoint)


def rows(
    columns: Columns,
    survey: Survey,
    names: Sequence[str] | None = None,
    *,
    default: Sequence[str] = (),
    order: np.ndarray | None = None,
    dtype: str | Mapping[str, str | None] | None = None,
    endpoint: str | None = None,
    memory: MemoryLimit | None = None,
) -> Table:
    """Table of rows of any kind; `ValueError` if it is too large or unreadable.

    Parameters
    ----------
    columns, survey
    names
        The columns of the Table, even if the server left them out. None: ``default``, and what else the
        server sent.
    default
        The columns that the response always has.
    order
        Indices of the rows in their order in the Table. None: as the server sent them.
    dtype
        Of unknown columns: one for all, or by name. None: derived from their values.
    endpoint
        Of the request; some columns have another dtype there.
    memory
        The memory that the Table may take. None: that of one response.
    """
    table, memory = Table(), memory or MemoryLimit()
    names = list(dict.fromkeys(names or [*default, *columns]))
    memory.check(len(names) * (len(columns) * _CELL + _COLUMN), f"{len(columns):,} rows")
    dtypes = dtype if isinstance(dtype, Mapping) else dict.fromkeys(names, dtype)
    for name in names:
        options = {"dtype": dtypes.get(name), "endpoint": endpoint, "memory": memory}
        values = column_values(columns, name, survey, **options)
        _append(table, name, values, order, survey.facts_of(name))
    return table


def _append(
    table: Table, name: str, values: ArrayAndMask, order: np.ndarray | None, facts: ColumnFacts
) -> None:
    """Like ``Table.add_column`` without its checks, which take 5 ms for 164 columns."""
    data, mask = values if order is None else (array[order] for array in values)
    attributes = facts.attributes | {"name": name, "copy": False}
    column = MaskedColumn(data, mask=mask, **attributes) if mask.any() else Column(data, **attributes)
    column.parent_table = table
    table.columns[name] = column


def _full_row(columns: Columns, survey: Survey, extra: Collection[str], endpoint: str | None) -> list[str]:
    known = survey.table(endpoint)
    unknown = [name for name in columns if name not in survey.facts]
    return [name for name in [*known, *unknown] if name not in extra]


def column_values(columns: Columns, name: str, survey: Survey, **options: Any) -> ArrayAndMask:
    """Values and mask of one column; `ValueError` if it cannot be read."""
    try:
        return _converted(columns, name, survey, **options)
    except (ValueError, Warning):
        raise
    except Exception as error:
        raise ValueError(f"unreadable in column {name!r}: {type(error).__name__} ({error})") from error


def _converted(
    columns: Columns,
    name: str,
    survey: Survey,
    *,
    dtype: str | None = None,
    endpoint: str | None = None,
    memory: MemoryLimit | None = None,
) -> ArrayAndMask:
    facts = survey.facts_of(name, dtype).in_table(endpoint)
    values = columns[name] if name in columns else [None] * len(columns)
    if name in survey.cutouts.columns.values():
        return to_cutouts(values, survey.cutouts.shape, memory)
    return to_array(values, facts, memory, partial(columns.exact, name))


def _newest_first(times: np.ndarray) -> np.ndarray | None:
    """Indices of the rows in this order, or None if they have it already."""
    order = np.argsort(-times, kind="stable")
    return None if np.array_equal(order, np.arange(len(order))) else order


def _without_repeats(columns: Columns, survey: Survey, order: np.ndarray | None) -> np.ndarray | None:
    """Indices of rows, each alert once; rows without an alert id all stay."""
    if survey.columns.alert_id not in columns:
        return order
    ids, mask = column_values(columns, survey.columns.alert_id, survey)
    known = np.flatnonzero(~mask)
    _, first = np.unique(ids[known], return_index=True)
    if len(first) == len(known):
        return order
    selected = mask.copy()
    selected[known[first]] = True
    order = np.arange(len(ids)) if order is None else order
    return order[selected[order]]


def objects(
    columns: Columns,
    survey: Survey,
    ids: Sequence[str | int],
    *,
    names: Sequence[str] | None = None,
    extra: Collection[str] = (),
    endpoint: str | None = None,
) -> Table:
    """Table of alerts of these objects; `ValueError` if it has other objects.

    ``meta["missing"]`` lists the ids without a row, ``meta["cut"]`` those of which the server may have left
    out alerts. The other parameters are those of `alerts`.
    """
    found = _rows_per_object(columns, survey)
    foreign = found.keys() - set(ids)
    if foreign:
        some = ", ".join(map(repr, foreign))[:80]
        raise ValueError(f"for another request: it has rows of {some}")
    table = alerts(columns, survey, names=names, extra=extra, endpoint=endpoint)
    table.meta["missing"] = [one for one in ids if one not in found]
    table.meta["cut"] = [one for one, rows in found.items() if rows >= survey.service.scan_limit]
    return table


def _rows_per_object(columns: Columns, survey: Survey) -> dict[Any, int]:
    """The number of rows of each object id; None stands for rows without an id."""
    if not len(columns):
        return {}
    ids, mask = column_values(columns, survey.columns.object_id, survey)
    found, counts = np.unique(ids[~mask], return_counts=True)
    rows = dict(zip(found.tolist(), counts.tolist(), strict=True))
    return rows | {None: int(mask.sum())} if mask.any() else rows


def missing_ids(columns: Columns, survey: Survey, ids: Sequence[str | int]) -> list[str | int]:
    """The ids of objects that have no row."""
    found = set(column_values(columns, survey.columns.object_id, survey)[0].tolist())
    return [one for one in ids if one not in found]


def cutout_arrays(mapping: Mapping[str, list[Any] | None], survey: Survey) -> dict[str, np.ndarray]:
    """The cutouts of one alert by kind, from lists of pixel rows by column name."""
    received = {kind: mapping.get(name) for kind, name in survey.cutouts.columns.items()}
    return {kind: to_pixels(rows) for kind, rows in received.items() if rows}


def decode_cutouts(body: bytes, kind: str, survey: Survey) -> dict[str, Any]:
    """Decode a response with cutouts into arrays or HDUs by kind.

    ``kind`` is that of the request. The result, which is empty if the server has no cutouts, is what
    `astroquery_fink.tables.cutouts.images` takes.
    """
    return _CUTOUT_DECODERS[survey.cutouts.format](body, kind, survey)


def _decode_arrays(body: bytes, kind: str, survey: Survey) -> dict[str, np.ndarray]:
    return cutout_arrays(read_mapping(body, list), survey)


def _decode_fits(body: bytes, kind: str, survey: Survey) -> dict[str, fits.HDUList]:
    """The server sends an empty body or an HTML page if it has no cutout."""
    if not body:
        return {}
    if not body.startswith(b"SIMPLE"):
        raise ValueError("not a FITS file")
    try:
        return {kind: _read_images(body)}
    except Exception as error:  # astropy raises many kinds, and warnings that the user turned into errors
        raise ValueError(f"broken FITS ({error})") from error


def _read_images(body: bytes) -> fits.HDUList:
    """Read all images of a FITS file, without warning filters: threads share them."""
    hdus, memory = _open_hdus(body), MemoryLimit()
    if not all(hdu.is_image and len(hdu.shape) == 2 for hdu in hdus):
        raise ValueError("an HDU is not a 2-d image")
    for hdu in hdus:
        memory.take(math.prod(hdu.shape) * _PIXEL, "the images")
        for card in hdu.header.cards:  # else astropy fails later, when the value is read or written
            card.verify("exception")
            card.value = card.value
    if not all(np.ndim(hdu.data) == 2 for hdu in hdus):
        raise ValueError("an HDU is not a 2-d image")
    return hdus


def _open_hdus(body: bytes) -> fits.HDUList:
    """Open HDU by HDU; astropy alone would loop forever over a negative size."""
    hdus = fits.open(io.BytesIO(body), memmap=False, lazy_load_hdus=True, disable_image_compression=True)
    number = end = 0
    while end < len(body):
        info = hdus[number].fileinfo()
        if info["hdrLoc"] != end or info["datSpan"] < 0:
            break
        number, end = number + 1, info["datLoc"] + info["datSpan"]
    if end != len(body):
        raise ValueError(f"{len(body)} bytes do not match the sizes in the headers")
    return hdus


_CUTOUT_DECODERS = {"array": _decode_arrays, "FITS": _decode_fits}
