"""How numbers are stored: as doubles, or as singles that go by their short decimals."""

import numpy as np

__all__ = ["stored"]


def stored(values, kind):
    """
    Cells of a column as the database gives them back.

    Parameters
    ----------
    values : array or list
    kind : str
        ``"float32"``, ``"float64"``, ``"int"``, ``"bool"`` or ``"str"``; None stays None.

    Returns
    -------
    list
    """
    convert = CONVERSIONS[kind]
    cells = values.tolist() if isinstance(values, np.ndarray) else values
    return [None if cell is None or cell != cell else convert(cell) for cell in cells]


CONVERSIONS = {
    "float32": lambda value: float(str(np.float32(value))),
    "float64": float,
    "int": int,
    "bool": bool,
    "str": str,
}
