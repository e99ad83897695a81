# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Numbers and truth values."""

import numpy as np

from ..exceptions import FinkQueryError
from ..messages import shown

__all__ = ["count", "truth"]


def count(value, argument, *, most=None):
    """A positive whole number.

    Parameters
    ----------
    value : int
    argument : str
        Its name, for the message.
    most : int, optional

    Returns
    -------
    value : int
    """
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < 1 or (most is not None and value > most):
        limit = f" of at most {most:,}" if most else ""
        raise FinkQueryError(f"{argument}={shown(value)} is no positive whole number{limit}.")
    return int(value)


def truth(value, argument):
    """A truth value; the server takes the text "true" for no, and we take no text at all.

    Parameters
    ----------
    value : bool
    argument : str
        Its name, for the message.

    Returns
    -------
    value : bool
    """
    if not isinstance(value, (bool, np.bool_)):
        raise FinkQueryError(f"{argument}={shown(value)} is neither True nor False.")
    return bool(value)
