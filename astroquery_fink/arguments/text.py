# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Text, and lists of text."""

from collections.abc import Iterable

import numpy as np

from ..exceptions import FinkQueryError
from ..messages import shown

__all__ = ["is_many", "items", "text_of"]


def items(values, argument):
    """The members of comma text or of any iterable.

    Parameters
    ----------
    values : str or iterable
    argument : str
        Its name, for the message.

    Returns
    -------
    members : iterable
    """
    if isinstance(values, (str, bytes)):
        return [item for item in text_of(values).split(",") if item.strip()]
    if not (is_many(values) or isinstance(values, np.ndarray)):
        raise FinkQueryError(
            f"{argument}={shown(values)} is neither text nor a list: give 'a,b' or ['a', 'b']."
        )
    return np.ravel(values) if isinstance(values, np.ndarray) else values


def is_many(values):
    """Whether it has members; some scalars, such as a Time or a 0-d array, only look as if they had.

    Parameters
    ----------
    values : object

    Returns
    -------
    many : bool
        Of text False.
    """
    text = isinstance(values, (str, bytes))
    return isinstance(values, Iterable) and not text and getattr(values, "shape", None) != ()


def text_of(value):
    """Text without the blanks around it; FITS tables hold bytes.

    Parameters
    ----------
    value : object

    Returns
    -------
    text : str
    """
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    return value.strip() if isinstance(value, str) else str(value)
