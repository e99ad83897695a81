"""The alerts of many objects as one table."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np

from .tables import Answer, Columns

__all__ = ["Pool"]

Rows = Sequence[int] | np.ndarray


class Pool:
    """Concatenated tables, each with all columns, in no order."""

    def __init__(self, tables: list[Columns]):
        self._tables = tables

    def values(self, name: str) -> list:
        """All cells of a column."""
        return list(chain.from_iterable(table[name] for table in self._tables))

    def array(self, name: str, dtype: type | None = None) -> np.ndarray:
        """All cells of a column as an array."""
        return np.array(self.values(name), dtype=dtype)

    def pick(self, name: str, rows: Rows) -> list[Any]:
        """Some cells of a column."""
        cells = self.values(name)
        return [cells[row] for row in rows]

    def rows(self, rows: Rows, names: list[str], labels: list[str]) -> Answer:
        """Some rows of some columns, without empty ones; the joined labels are the index."""
        columns = {name: self.pick(name, rows) for name in names} if len(rows) else {}
        known = {name: cells for name, cells in columns.items() if any(cell is not None for cell in cells)}
        keys = zip(*(self.pick(name, rows) for name in labels), strict=True)
        return Answer(known, ["_".join(str(part) for part in key) for key in keys])

    def newest_of_each(self, rows: np.ndarray, key: str, time: str) -> np.ndarray:
        """The newest row of every value of a key, among these rows."""
        ids, times = self.array(key)[rows], self.array(time, float)[rows]
        order = np.lexsort((-times, ids))
        _, first = np.unique(ids[order], return_index=True)
        return rows[order[first]]

    def first_of_each(
        self, rows: np.ndarray, names: list[str], count: int, dtype: type | None = None
    ) -> np.ndarray:
        """The first `count` rows of every value of the last column, sorted by all of them."""
        rows = rows[np.lexsort([self.array(name, dtype)[rows] for name in names])]
        values = self.array(names[-1], int)[rows]
        return rows[np.arange(rows.size) - np.searchsorted(values, values) < count]
