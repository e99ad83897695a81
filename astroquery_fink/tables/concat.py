# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tables -> one Table, as they come: what has come is held once, not in parts beside the whole."""

import numpy as np
from astropy.table import Column, MaskedColumn, Table

__all__ = ["Concatenator", "merge"]

_NOTHING = {"f": np.nan, "U": "", "O": None}  # where there is no value; 0 and False else


def merge(tables):
    """One Table of several, in their order; the columns of any of them, masked where one lacks it.

    Parameters
    ----------
    tables : list of `~astropy.table.Table`
        At least one.

    Returns
    -------
    table : `~astropy.table.Table`
    """
    stack = Concatenator()
    for table in tables:
        stack.add(table)
    return stack.table()


class Concatenator:
    """Tables below each other.

    A column has a dtype that can hold the values of all; a Table in which it has no value does not count
    for that, nor does one without rows. Stamps of different shapes become 2-d arrays in cells.
    """

    def __init__(self):
        self._empty = self._only = None
        self._columns, self._length, self._meta = {}, 0, {}

    def add(self, table):
        """Put a Table below the others.

        Parameters
        ----------
        table : `~astropy.table.Table`
        """
        if not len(table):
            self._empty = table if self._empty is None else self._empty
        elif self._only is None and not self._columns:
            self._only = table
        else:
            first, self._only = self._only, None
            for one in (first, table):
                self._append(one)

    def table(self):
        """All of them, as one; the stack is used up.

        Returns
        -------
        table : `~astropy.table.Table`
            None where there was none.
        """
        if not self._columns:
            return self._empty if self._only is None else self._only
        whole = Table(meta=self._meta)
        while self._columns:
            name = next(iter(self._columns))
            whole.add_column(self._columns.pop(name).column(), copy=False)
        return whole

    def _append(self, table):
        if table is None:
            return
        for name in table.columns:
            if name not in self._columns:
                self._columns[name] = _Column(table[name])
                self._columns[name].append_nothing(self._length)
        for name, column in self._columns.items():
            if name in table.columns:
                column.append(table[name])
            else:
                column.append_nothing(len(table))
        self._length += len(table)
        self._meta |= table.meta


class _Column:
    """One column, in an array with some room at its end."""

    def __init__(self, column):
        self._about = {"name": column.name, "unit": column.unit, "description": column.description}
        self._data = np.zeros((0, *column.shape[1:]), column.dtype)
        self._mask, self._length, self._told = None, 0, False

    def append(self, column):
        """Put values below the others."""
        values, mask = np.asarray(column), np.ma.getmask(column)
        if values.shape[1:] != self._data.shape[1:]:
            values, mask = _as_objects(values, mask)
            self._data, self._mask = _as_objects(self._data, self._mask)
        if not np.all(mask):
            self._fit(values.dtype)
        elif values.dtype != self._data.dtype:
            self.append_nothing(len(values))
            return
        self._put(values, mask, len(values))

    def append_nothing(self, rows):
        """Put so many masked cells below the others."""
        self._put(_NOTHING.get(self._data.dtype.kind, 0), True, rows)

    def column(self):
        """What has come."""
        self._resize(self._length)
        if self._mask is not None and self._data.dtype.kind == "f":  # it may have been another number's dtype
            self._data[self._mask] = np.nan
        if self._mask is None:
            return Column(self._data, copy=False, **self._about)
        return MaskedColumn(self._data, mask=self._mask, copy=False, **self._about)

    def _fit(self, dtype):
        """Make an array that can hold these values, too."""
        if not self._told:
            nothing = _NOTHING.get(dtype.kind, 0)
            fits = self._data.dtype == dtype or not self._length
            self._data = self._data.astype(dtype) if fits else np.full(self._data.shape, nothing, dtype)
            self._told = True
        elif dtype != self._data.dtype:
            self._data = self._data.astype(np.result_type(self._data.dtype, dtype), copy=False)

    def _put(self, values, mask, rows):
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

    def _resize(self, rows):
        """In place: a large array is not copied, nor held twice."""
        for array in (self._data, self._mask):
            if array is not None:
                array.resize((rows, *array.shape[1:]), refcheck=False)


def _as_objects(data, mask):
    """Stamps as cells that hold 2-d arrays, as they are where the shapes differ."""
    if data.dtype == object:
        return data, mask
    cells = np.empty(len(data), dtype=object)
    cells[:] = list(data)
    return cells, mask if np.ndim(mask) < 3 else np.asarray(mask).all(axis=(1, 2))
