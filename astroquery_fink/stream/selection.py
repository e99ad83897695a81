# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Select rows of a Table with a function of the user."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from astropy.table import Table

from ..exceptions import FinkQueryError
from ..messages import shown

__all__ = ["Where", "selected"]

Where: TypeAlias = Callable[[Table], Any]


def selected(table: Table, where: Where) -> Table:
    """The rows for which a function returns True; masked values count as False."""
    if not len(table):
        return table
    found = where(table)
    keep = np.ma.filled(np.ma.asarray(found, dtype=None), False) if _is_bools(found) else None
    if keep is None or keep.shape != (len(table),):
        raise FinkQueryError(
            f"where returned {shown(found)} for a Table of {len(table)} rows: return one True or False per "
            "row, such as table['i:magpsf'] < 18."
        )
    return table if keep.all() else table[keep]


def _is_bools(values: Any) -> bool:
    return np.asarray(values).dtype.kind == "b"
