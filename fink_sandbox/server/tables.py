"""Rows on their way to the wire: a dict of lists, ``None`` for a missing cell, NaN for a stored one."""

from dataclasses import dataclass
from itertools import chain

__all__ = ["Answer", "stack"]


@dataclass(frozen=True)
class Answer:
    """
    What is sent as a table.

    Attributes
    ----------
    columns : dict of str to list
    index : list
        Row labels; of them only Parquet speaks.
    """

    columns: dict
    index: list

    def sorted_by_time(self, name="i:jd"):
        """Newest row first by the time in a column, rows without time last."""
        times = self.columns[name]
        order = sorted(range(len(times)), key=lambda row: (times[row] is None, -(times[row] or 0)))
        return self.pick(order)

    def pick(self, rows):
        """The rows of these numbers, in this order."""
        columns = {name: [values[row] for row in rows] for name, values in self.columns.items()}
        return Answer(columns, [self.index[row] for row in rows])


def stack(tables):
    """
    Tables below one another; cells of a column that a table does not have are None.

    Parameters
    ----------
    tables : list of dict of str to list

    Returns
    -------
    dict of str to list
    """
    lengths = [len(next(iter(table.values()), ())) for table in tables]
    names = dict.fromkeys(chain.from_iterable(tables))
    pairs = list(zip(tables, lengths, strict=True))
    return {
        name: list(chain.from_iterable(table.get(name, [None] * length) for table, length in pairs))
        for name in names
    }
