# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Many ids: split them, fetch the parts a few at a time, put the Tables together."""

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from astropy.table import Column, MaskedColumn, vstack
from astropy.utils.console import ProgressBar

__all__ = ["fetch_all", "merge", "split"]


def split(items, size):
    """Cut a list into parts of at most this size.

    Parameters
    ----------
    items : list
    size : int

    Returns
    -------
    parts : list of list
    """
    return [items[start : start + size] for start in range(0, len(items), size)]


def fetch_all(parts, fetch, *, connections, show_progress=None):
    """Fetch each part, a few at once.

    Parameters
    ----------
    parts : list
    fetch : callable
        Takes a part.
    connections : int
        Parts under way at once.
    show_progress : bool, optional
        None: where there is more than one part, on a terminal.

    Returns
    -------
    results : list
        In the order of the parts, whichever came first.
    """
    if show_progress is None:
        show_progress = len(parts) > 1 and sys.stderr.isatty()
    with ThreadPoolExecutor(min(connections, len(parts)) or 1) as pool:
        results = pool.map(fetch, parts)
        if not show_progress:
            return list(results)
        with ProgressBar(len(parts), file=sys.stderr) as bar:
            return [(result, bar.update())[0] for result in results]


def merge(tables):
    """One Table of several, in their order; the columns of any of them, masked where one lacks it.

    Parameters
    ----------
    tables : list of `~astropy.table.Table`

    Returns
    -------
    table : `~astropy.table.Table`
    """
    if len(tables) == 1:
        return tables[0]
    full = [table for table in tables if len(table)] or tables[:1]
    for name in full[0].colnames:
        columns = [table[name] for table in full if name in table.colnames]
        if len({column.shape[1:] for column in columns}) > 1:
            for table in full:
                table.replace_column(name, _as_objects(table[name]))
    return vstack(full, metadata_conflicts="silent")


def _as_objects(column):
    """A column of stamps whose cells are 2-d arrays, as they are where the shapes differ."""
    if column.dtype == object:
        return column
    data = np.empty(len(column), dtype=object)
    data[:] = list(np.asarray(column))
    about = {"name": column.name, "unit": column.unit, "description": column.description}
    if not isinstance(column, MaskedColumn):
        return Column(data, **about)
    return MaskedColumn(data, mask=np.ma.getmaskarray(column).all(axis=(1, 2)), **about)
