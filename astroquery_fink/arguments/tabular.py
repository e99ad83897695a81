# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tables of any kind as arguments."""

from typing import Any

__all__ = ["names_of"]


def names_of(table: Any) -> list:
    """The names of the columns of a Table, Row, DataFrame or dict."""
    return list(getattr(table, "colnames", getattr(table, "columns", table)))
