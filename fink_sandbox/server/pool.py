"""The alerts of many objects, looked at as one table."""

from itertools import chain

import numpy as np

from .tables import Answer

__all__ = ["Pool"]


class Pool:
    """
    Alerts below one another, in no order.

    Parameters
    ----------
    tables : list of dict of str to list
        Each with all columns.
    """

    def __init__(self, tables):
        self._tables = tables

    def values(self, name):
        """All cells of a column."""
        return list(chain.from_iterable(table[name] for table in self._tables))

    def array(self, name, dtype=None):
        """The same as an array."""
        return np.array(self.values(name), dtype=dtype)

    def rows(self, indices, names, labels):
        """
        Some rows and columns.

        Parameters
        ----------
        indices : array of int
        names : list of str
            A column without any value among these rows is left out.
        labels : list of str
            Columns whose values, joined by underscores, are the row labels.

        Returns
        -------
        `~fink_sandbox.server.tables.Answer`
        """
        columns = {name: self.pick(name, indices) for name in names} if len(indices) else {}
        known = {name: cells for name, cells in columns.items() if any(cell is not None for cell in cells)}
        keys = zip(*(self.pick(name, indices) for name in labels), strict=True)
        return Answer(known, ["_".join(str(part) for part in key) for key in keys])

    def newest_of_each(self, rows, key, time):
        """
        The newest alert of every object.

        Parameters
        ----------
        rows : array of int
            Those to choose from.
        key, time : str
            Columns with the numbers of objects and the times of alerts.

        Returns
        -------
        array of int
        """
        ids, times = self.array(key)[rows], self.array(time, float)[rows]
        order = np.lexsort((-times, ids))
        _, first = np.unique(ids[order], return_index=True)
        return rows[order[first]]

    def pick(self, name, indices):
        """Some cells of a column."""
        cells = self.values(name)
        return [cells[index] for index in indices]
