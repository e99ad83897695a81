# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Rows with the light curve of an object in lists -> a Table with a row per detection, or per object.

Lists of one row are combined only if they have the same length. It is not known which detections the values
of a longer or shorter list belong to: they are masked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from astropy.table import Column, MaskedColumn, Table
from astroquery.exceptions import CorruptDataWarning

from ..messages import first_few, warn
from ..surveys import Survey
from .arrow import list_lengths, null_mask
from .build import column_values, rows
from .decode import Columns
from .memory import MemoryLimit

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ENDPOINT", "curve_table"]

ENDPOINT = "ssobulk"


def curve_table(
    columns: Columns,
    survey: Survey,
    names: Sequence[str],
    *,
    lists: bool,
    memory: MemoryLimit | None = None,
) -> Table:
    """Table of these objects in their order; `ValueError` if it has others.

    It has one row per detection, newest first, or with ``lists`` one row per object, whose cells are arrays
    in the order of the server. ``memory`` is what it may take; None: what one response may take.
    """
    curves = _curves(columns, survey, names) if len(columns) else _no_curves(survey)
    table = rows(curves.detections, survey, endpoint=ENDPOINT, memory=memory)
    if lists:
        return _with_lists(table, curves, survey)
    times = -np.ma.filled(np.ma.asarray(table[survey.bulk.time]).astype(float), np.nan)
    return table[np.lexsort((times, curves.ranks))]


@dataclass(frozen=True)
class _Curves:
    """The light curves of a response.

    Parameters
    ----------
    detections : `~astroquery_fink.tables.decode.Columns`
        One row per detection, grouped by object.
    ranks : `numpy.ndarray`
        Number of the object of each detection.
    objects : `numpy.ndarray`
        Number of the object of each row of the response.
    single : dict
        The columns with one value per object -> their values in each row.
    unusable : dict
        The columns of lists -> whether the list of a row cannot be used.
    """

    detections: Columns
    ranks: np.ndarray
    objects: np.ndarray
    single: dict[str, Any]
    unusable: dict[str, np.ndarray]


def _no_curves(survey: Survey) -> _Curves:
    names, none = survey.table(ENDPOINT), np.array([], dtype=int)
    single = {name: [] for name in survey.bulk.single}
    unusable = {name: none.astype(bool) for name in names if name not in single}
    return _Curves(Columns(dict.fromkeys(names, []), 0), none, none, single, unusable)


def _curves(columns: Columns, survey: Survey, names: Sequence[str]) -> _Curves:
    arrays = {name: _arrow_array(values, name) for name, values in columns.items()}
    facts = survey.bulk
    for name in (facts.name, facts.time):
        if name not in arrays:
            raise ValueError(f"without the column {name!r}")
    if not _is_list(arrays[facts.time]):
        raise ValueError(f"without lists in the column {facts.time!r}")
    objects = _object_numbers(columns, survey, names)
    order = _sorted_rows(arrays, objects)
    arrays, objects = {name: values.take(order) for name, values in arrays.items()}, objects[order]
    counts = list_lengths(arrays[facts.time])
    unusable = {name: list_lengths(values) != counts for name, values in arrays.items() if _is_list(values)}
    numbers: list[int] = objects.tolist()
    _warn_of_lengths(arrays, unusable, survey, [names[number] for number in numbers])
    detections = {name: _per_detection(values, counts) for name, values in arrays.items()}
    single = {name: values for name, values in arrays.items() if name not in unusable}
    ranks = np.repeat(objects, counts)
    return _Curves(Columns(detections, len(ranks)), ranks, objects, single, unusable)


def _arrow_array(values: Any, name: str) -> pa.Array:
    """The values of a column; those from JSON are lists."""
    import pyarrow as pa

    if hasattr(values, "to_pylist"):
        return values
    try:
        return pa.array(list(values))
    except (pa.ArrowException, OverflowError) as error:
        raise ValueError(f"unreadable in column {name!r} ({error})") from error


def _is_list(values: pa.Array) -> bool:
    from pyarrow import types

    return types.is_list(values.type) or types.is_large_list(values.type)


def _object_numbers(columns: Columns, survey: Survey, names: Sequence[str]) -> np.ndarray:
    """The number of the object of each row; `ValueError` if a row belongs to no object of the request."""
    found, mask = column_values(columns, survey.bulk.name, survey, endpoint=ENDPOINT)
    numbers = {name: number for number, name in enumerate(names)}
    foreign = set(found[~mask].tolist()) - numbers.keys()
    if foreign or mask.any():
        some = first_few(sorted(foreign), 3) or "objects without a name"
        raise ValueError(f"for another request: it has rows of {some}")
    return np.array([numbers[name] for name in found.tolist()], dtype=int)


def _sorted_rows(arrays: dict[str, pa.Array], objects: np.ndarray) -> np.ndarray:
    """Indices of the rows by object; a row that the server repeats is left out."""
    order = np.argsort(objects, kind="stable")
    if len(np.unique(objects)) == len(objects):
        return order
    contents = [repr([values[row].as_py() for values in arrays.values()]) for row in order.tolist()]
    first = {content: number for number, content in reversed(list(enumerate(contents)))}
    return order[sorted(first.values())]


def _warn_of_lengths(
    arrays: dict[str, pa.Array], unusable: dict[str, np.ndarray], survey: Survey, names: Sequence[str]
) -> None:
    """Name the objects, and the columns whose lists have another length than the times; null has none."""
    wrong = {name: mask & ~null_mask(arrays[name]) for name, mask in unusable.items()}
    texts = []
    for row in np.flatnonzero(np.any([*wrong.values()], axis=0)).tolist():
        lengths = {name: len(arrays[name][row]) for name, mask in wrong.items() if mask[row]}
        found = ", ".join(f"{name} {length}" for name, length in lengths.items())
        texts.append(f"{names[row]} ({found}; {_length(arrays[survey.bulk.time], row)} times)")
    if texts:
        time = survey.bulk.time
        message = f"masked lists that do not have one value for each {time}, in the light curves of "
        warn(message + first_few(texts), CorruptDataWarning)


def _length(values: pa.Array, row: int) -> int:
    return len(values[row]) if values[row].is_valid else 0


def _per_detection(values: pa.Array, counts: np.ndarray) -> pa.Array:
    """One value per detection: of lists their values, null if the length is another; else repeated."""
    import pyarrow as pa

    if not _is_list(values):
        return values.take(pa.array(np.repeat(np.arange(len(values)), counts)))
    lengths = list_lengths(values)
    shifts = np.cumsum(lengths) - lengths - (np.cumsum(counts) - counts)
    indices = np.arange(counts.sum()) + np.repeat(shifts, counts)
    return values.flatten().take(pa.array(indices, mask=np.repeat(lengths != counts, counts)))


def _with_lists(detections: Table, curves: _Curves, survey: Survey) -> Table:
    """One row per object, with the detections of each in arrays."""
    objects, first = np.unique(curves.objects, return_index=True)
    single = Columns({name: _taken(values, first) for name, values in curves.single.items()}, len(objects))
    table = rows(single, survey, endpoint=ENDPOINT)
    begins, ends = (np.searchsorted(curves.ranks, objects, side) for side in ("left", "right"))
    for name, unusable in curves.unusable.items():
        missing = [bool(unusable[curves.objects == number].all()) for number in objects]
        cells = (
            None if masked else _cell(detections[name][begin:end])
            for masked, begin, end in zip(missing, begins, ends, strict=True)
        )
        data = np.fromiter(cells, dtype=object, count=len(objects))
        attributes = {"name": name} | survey.facts_of(name).attributes
        kind = MaskedColumn(data, mask=missing, **attributes) if any(missing) else Column(data, **attributes)
        table.add_column(kind)
    return table


def _taken(values: Any, numbers: np.ndarray) -> Any:
    return values.take(numbers) if len(numbers) else []


def _cell(values: Column) -> np.ndarray:
    """The values of one object; missing numbers are NaN, other missing values are masked."""
    masked = isinstance(values, MaskedColumn) and bool(np.any(values.mask))
    if masked and values.dtype.kind != "f":
        return np.ma.MaskedArray(values.data.data, mask=values.mask)
    return np.asarray(values)
