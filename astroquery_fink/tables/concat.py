# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Concatenate Tables as they arrive; the rows are in memory once, not also in the Tables they came from."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from astropy.table import Column, MaskedColumn, Table

from .convert import FILL

__all__ = ["Concatenator", "merge"]


def merge(tables: Iterable[Table]) -> Table:
    """Concatenate at least one Table; a column is masked where a Table lacks it."""
    concatenator = Concatenator()
    for table in tables:
        concatenator.add(table)
    whole = concatenator.table()
    if whole is None:
        raise ValueError("no Tables to concatenate")
    return whole


class Concatenator:
    """Concatenates Tables row by row.

    The dtype of a column holds the values of all Tables; Tables without rows, or without a value in that
    column, do not count. Cutouts of different shapes become 2-d arrays in an object column.
    """

    def __init__(self):
        self._empty: Table | None = None  # the first Table without rows
        self._only: Table | None = None  # the first Table with rows, until there is a second one
        self._columns: dict[str, _Column] = {}
        self._length, self._meta = 0, {}

    def add(self, table: Table) -> None:
        """Append the rows of a Table."""
        if not len(table):
            self._empty = table if self._empty is None else self._empty
        elif self._only is None and not self._columns:
            self._only = table
        else:
            first, self._only = self._only, None
            if first is not None:
                self._append(first)
            self._append(table)

    def table(self) -> Table | None:
        """All rows in one Table, or None if there was no Table; call it once, at the end."""
        if not self._columns:
            return self._empty if self._only is None else self._only
        whole = Table(meta=self._meta)
        while self._columns:
            name = next(iter(self._columns))
            whole.add_column(self._columns.pop(name).column(), copy=False)
        return whole

    def _append(self, table: Table) -> None:
        for name in table.columns:
            if name not in self._columns:
                self._columns[name] = _Column(table[name])
                self._columns[name].append_masked(self._length)
        for name, column in self._columns.items():
            if name in table.columns:
                column.append(table[name])
            else:
                column.append_masked(len(table))
        self._length += len(table)
        self._meta |= table.meta


class _Column:
    """One column, in an array with spare cells at its end."""

    def __init__(self, column: Column):
        self._attributes = {name: getattr(column, name) for name in ("name", "unit", "description", "meta")}
        self._data = np.zeros((0, *column.shape[1:]), column.dtype)
        self._mask: np.ndarray | None = None
        self._length = 0
        self._has_values = False  # until then, the dtype is not final

    def append(self, column: Column) -> None:
        values, mask = np.asarray(column), np.ma.getmask(column)
        if values.shape[1:] != self._data.shape[1:]:
            values, mask = _as_objects(values, mask)
            self._data, self._mask = _as_objects(self._data, self._mask)
        if not np.all(mask):
            self._widen(values.dtype)
        elif values.dtype != self._data.dtype:
            self.append_masked(len(values))
            return
        self._write(values, mask, len(values))

    def append_masked(self, rows: int) -> None:
        self._write(FILL.get(self._data.dtype.kind, 0), True, rows)

    def column(self) -> Column:
        """The column without its spare cells."""
        self._resize(self._length)
        if self._mask is None:
            return Column(self._data, copy=False, **self._attributes)
        if self._data.dtype.kind == "f":  # the masked cells may have had another dtype before
            self._data[self._mask] = np.nan
        return MaskedColumn(self._data, mask=self._mask, copy=False, **self._attributes)

    def _widen(self, dtype: np.dtype) -> None:
        """Change the dtype so that it also holds values of this one."""
        if not self._has_values:
            fill = FILL.get(dtype.kind, 0)
            fits = self._data.dtype == dtype or not self._length
            self._data = self._data.astype(dtype) if fits else np.full(self._data.shape, fill, dtype)
            self._has_values = True
        elif dtype != self._data.dtype:
            self._data = self._data.astype(np.result_type(self._data.dtype, dtype), copy=False)

    def _write(self, values: Any, mask: Any, rows: int) -> None:
        if not rows:
            return
        start, self._length = self._length, self._length + rows
        if self._length > len(self._data):
            self._resize(max(self._length, len(self._data) * 9 // 8))
        if self._mask is None and np.any(mask):
            self._mask = np.zeros(self._data.shape, bool)
        self._data[start : self._length] = values
        if self._mask is not None:
            self._mask[start : self._length] = mask

    def _resize(self, rows: int) -> None:
        """Resize in place: a large array is neither copied nor in memory twice."""
        for array in (self._data, self._mask):
            if array is not None:
                array.resize((rows, *array.shape[1:]), refcheck=False)


def _as_objects(data: np.ndarray, mask: Any) -> tuple[np.ndarray, Any]:
    """Cutouts as 2-d arrays in an object array, and the mask per cutout."""
    if data.dtype == object:
        return data, mask
    cells = np.empty(len(data), dtype=object)
    cells[:] = list(data)
    return cells, mask if np.ndim(mask) < 3 else np.asarray(mask).all(axis=(1, 2))
