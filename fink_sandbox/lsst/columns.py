"""The columns of the tables, and the argument ``columns``."""

from collections.abc import Iterable

import numpy as np
from werkzeug.exceptions import InternalServerError

from ..data import load
from ..server.arguments import Payload
from ..server.tables import Columns, short_float

__all__ = ["KINDS", "TEXT", "chosen", "requested", "stored"]

# by table, the type of every column, in alphabetical order
KINDS: dict[str, dict[str, str]] = {
    table: dict(sorted((name, kind) for kind, names in kinds.items() for name in names))
    for table, kinds in load("lsst_columns.json").items()
}
KINDS["pixels"] = dict(sorted((KINDS["objects"] | KINDS["sources"] | {"f:pixel1024": "int"}).items()))
TEXT = {name for kinds in KINDS.values() for name, kind in kinds.items() if kind == "str"}
CONVERSIONS = {
    "float32": short_float,
    "float64": float,
    "int": int,
    "bool": bool,
    "str": str,
}


def requested(payload: Payload) -> list[str] | None:
    """Names in ``columns``; None for all, also if a star is anywhere in the text."""
    if "columns" not in payload:
        return None
    if not isinstance(payload["columns"], str):
        raise InternalServerError
    wanted = payload["columns"].replace(" ", "")
    return None if "*" in wanted else wanted.split(",")


def chosen(wanted: Iterable[str] | None, kinds: dict[str, str]) -> list[str]:
    """
    Columns of a response, in alphabetical order.

    Names without a family and unknown columns are dropped; an unknown family empties the whole response.
    """
    if wanted is None:
        return list(kinds)
    wanted = list(wanted)
    families = {name.partition(":")[0] for name in kinds}
    named = {name.partition(":")[0] for name in wanted if ":" in name}
    return [name for name in kinds if name in wanted] if named <= families else []


def stored(columns: dict, kinds: dict[str, str], n: int) -> Columns:
    """All columns of a table of n rows as the database returns them, None if missing."""
    return {name: _cells(columns.get(name, [None] * n), kind) for name, kind in kinds.items()}


def _cells(values: np.ndarray | list, kind: str) -> list:
    convert = CONVERSIONS[kind]
    cells = values.tolist() if isinstance(values, np.ndarray) else values
    return [None if cell is None or cell != cell else convert(cell) for cell in cells]
