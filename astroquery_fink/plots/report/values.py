# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Single values of a Table as text and numbers that a page can show."""

import math
from contextlib import suppress
from typing import Any

import numpy as np
from astropy.table import Table

from ...surveys.photometry import plain

__all__ = ["clean", "days", "meta_of", "minus", "number_at", "rounded", "text_of", "value_at"]


def clean(value: Any) -> str:
    """Text without control characters and marks that change the direction of writing."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in str(value))


def value_at(table: Table, name: str, row: int) -> Any:
    """A Python value; None if it is masked, or if the table has no such column."""
    if name not in table.colnames:
        return None
    value = plain(table[name][row : row + 1])[0]
    return None if value is np.ma.masked else value.item() if hasattr(value, "item") else value


def number_at(table: Table, name: str, row: int) -> float | None:
    """A finite number, or None."""
    with suppress(TypeError, ValueError):
        value = float(value_at(table, name, row))
        return value if math.isfinite(value) else None
    return None


def text_of(value: Any, nothing: tuple[str, ...] = ()) -> str:
    """Text; empty if the value is missing or one of those that stand for nothing."""
    if value is None or value != value:
        return ""
    text = f"{value:.4g}" if isinstance(value, float) else clean(value).strip()
    return "" if text in nothing else text


def meta_of(table: Table, key: str) -> Any:
    """An item of ``meta``, whose keys FITS files write in capitals."""
    return table.meta.get(key, table.meta.get(key.upper()))


def days(value: float) -> str:
    """A time in days, to a tenth below 100 days."""
    return minus(f"{value:.1f} d" if abs(value) < 100 else f"{value:,.0f} d")


def minus(text: str) -> str:
    """The text of a number with a minus sign instead of a hyphen."""
    return text.replace("-", "\N{MINUS SIGN}")


def rounded(value: float | None, digits: int) -> float | None:
    """A finite number with at most so many decimals, or None."""
    return None if value is None or not math.isfinite(value) else round(value, digits)
