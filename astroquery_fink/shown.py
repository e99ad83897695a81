# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What a user gave, in a message: on one line, and short; and whether it is a table."""

from collections.abc import Mapping
from reprlib import Repr
from typing import Any

from astropy.table import Row

__all__ = ["is_tabular", "names_of", "shown"]

_LONGEST = 80  # characters
_repr = Repr()
_repr.maxstring = _repr.maxother = _repr.maxlong = _LONGEST


def is_tabular(value: Any) -> bool:
    """Whether it has named columns: a Table, a Row, a DataFrame, a dict."""
    return isinstance(value, (Row, Mapping)) or (hasattr(value, "columns") and hasattr(value, "__getitem__"))


def names_of(table: Any) -> list:
    """The names of the columns of a Table, Row, DataFrame or dict."""
    return list(getattr(table, "colnames", getattr(table, "columns", table)))


def shown(value: Any) -> str:
    """The value as Python writes it, cut to 80 characters; of a table its kind and length."""
    if is_tabular(value) and not isinstance(value, Mapping):
        rows = "" if isinstance(value, Row) else f" of {len(value)} rows"
        return f"<{type(value).__name__}{rows}>"
    text = " ".join(_repr.repr(value).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
