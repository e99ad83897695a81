# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Text and lists of values."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..exceptions import FinkQueryError
from ..messages import shown

__all__ = ["is_many", "items", "text_of"]


def items(values: Any, argument: str) -> Iterable[Any]:
    """The items of comma-separated text or of any iterable."""
    if isinstance(values, (str, bytes)):
        return [item for item in text_of(values).split(",") if item.strip()]
    if not (is_many(values) or isinstance(values, np.ndarray)):
        raise FinkQueryError(
            f"{argument}={shown(values)} is neither text nor a list: give 'a,b' or ['a', 'b']."
        )
    return np.ravel(values) if isinstance(values, np.ndarray) else values


def is_many(values: Any) -> bool:
    """Whether it is an iterable, but neither text nor a scalar such as a Time or a 0-d array."""
    text = isinstance(values, (str, bytes))
    return isinstance(values, Iterable) and not text and getattr(values, "shape", None) != ()


def text_of(value: Any) -> str:
    """Convert to text without leading and trailing blanks; columns of FITS tables hold bytes."""
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    return value.strip() if isinstance(value, str) else str(value)
