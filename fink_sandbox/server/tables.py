"""Rows before they are encoded: a dict of lists, with None for a missing cell and NaN for a stored one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

__all__ = ["Answer", "Columns", "concatenate", "picked", "short_float"]

Columns = dict[str, list]


@dataclass(frozen=True)
class Answer:
    """A table to send: its columns, and the row labels that only Parquet contains."""

    columns: Columns
    index: list[Any]

    def sorted_by_time(self, name: str = "i:jd") -> "Answer":
        """Newest row first by the time in a column, rows without time last."""
        times = self.columns[name]
        order = sorted(range(len(times)), key=lambda row: (times[row] is None, -(times[row] or 0)))
        return self.pick(order)

    def pick(self, rows: Iterable[int]) -> "Answer":
        """The rows of these numbers, in this order."""
        rows = list(rows)
        return Answer(picked(self.columns, rows), [self.index[row] for row in rows])


def short_float(value: float) -> float:
    """The shortest decimal of a number of four bytes, as the database has it."""
    return float(str(np.float32(value)))


def picked(columns: Mapping[str, list], rows: Iterable[int]) -> Columns:
    """Some rows of columns."""
    rows = list(rows)
    return {name: [cells[row] for row in rows] for name, cells in columns.items()}


def concatenate(tables: list[Columns]) -> Columns:
    """Concatenate tables; cells of a column that a table does not have are None."""
    lengths = [len(next(iter(table.values()), ())) for table in tables]
    names = dict.fromkeys(chain.from_iterable(tables))
    pairs = list(zip(tables, lengths, strict=True))
    return {
        name: list(chain.from_iterable(table.get(name, [None] * length) for table, length in pairs))
        for name in names
    }
