# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Rows of a Table -> an Arrow table with one row per object, whose light curve is a struct of lists."""

from typing import Any

import numpy as np
import pyarrow as pa
from astropy.table import Table

from ..surveys import Survey
from ..surveys.photometry import plain
from ..tables.curves import CURVE, mean_positions

__all__ = ["object_rows"]


def object_rows(table: Table, survey: Survey, key: str, rows: np.ndarray) -> pa.Table:
    """One row per value of ``key``, in its order, with its rows among ``rows``, oldest first."""
    names, group = np.unique(plain(table[key]).data[rows], return_inverse=True)
    order = np.lexsort((plain(table[survey.columns.time]).data[rows], group))
    begins = np.searchsorted(group[order], np.arange(len(names)))
    columns = {name: _values(table[name], rows[order]) for name in table.colnames if name != key}
    offsets = pa.array(np.append(begins, len(rows)), pa.int32())
    lists = {
        name: pa.ListArray.from_arrays(offsets, _array(values))
        for name, values in columns.items()
        if values is not None
    }
    curves = pa.StructArray.from_arrays(list(lists.values()), names=list(lists))
    return pa.table({key: pa.array(names), **_summary(table, survey, rows[order], begins), CURVE: curves})


def _summary(table: Table, survey: Survey, rows: np.ndarray, begins: np.ndarray) -> dict[str, Any]:
    """Position, number of alerts, first and last time of each object."""
    columns = survey.columns
    needed = (columns.alert_id, columns.time, columns.ra, columns.dec)
    table = table[[name for name in needed if name in table.colnames]][rows]
    is_alert = np.ones(len(table), dtype=bool)
    if columns.alert_id in table.colnames:
        is_alert = ~np.ma.getmaskarray(plain(table[columns.alert_id]))
    times = np.where(is_alert, plain(table[columns.time]).data, np.nan)
    position = {}
    if {columns.ra, columns.dec} <= set(table.colnames):
        ra, dec = _floats(table[columns.ra]), _floats(table[columns.dec])
        means = mean_positions(np.where(is_alert, ra, np.nan), dec, begins)
        position = dict(zip(("ra", "dec"), map(_nullable, means), strict=True))
    return position | {
        "n_alerts": pa.array(np.add.reduceat(is_alert.astype(np.int64), begins)),
        "first": _nullable(np.fmin.reduceat(times, begins)),
        "last": _nullable(np.fmax.reduceat(times, begins)),
    }


def _values(column: Any, rows: np.ndarray) -> np.ma.MaskedArray | None:
    """One number or text per row, floats with 64 bits; None of a column that holds anything else."""
    values: Any = plain(column)
    if values.ndim != 1 or values.dtype.kind not in "biufUS":
        return None
    values = values[rows]
    return values.astype(np.float64) if values.dtype.kind == "f" else values


def _floats(column: Any) -> np.ndarray:
    return np.ma.filled(plain(column).astype(float), np.nan)


def _array(values: np.ma.MaskedArray) -> pa.Array:
    array = pa.array(values.data, mask=np.ma.getmaskarray(values), from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _nullable(values: np.ndarray) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))
