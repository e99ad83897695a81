# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Body of a response -> plain Python or Arrow values. The format is recognized by the bytes, not the header.

A reader takes the body and returns something with a length, which is zero if the server found nothing.
It raises `ValueError` if the body is not in a format that the reader knows; the message completes
"The response is …".
"""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from itertools import chain
from typing import Any

import numpy as np

from ..exceptions import FinkQueryError
from .memory import MemoryLimit
from .parquet import read_parquet

__all__ = [
    "PARQUET_MAGIC",
    "Columns",
    "has_parquet",
    "read_bytes",
    "read_ends",
    "read_mapping",
    "read_rows",
    "require_pyarrow",
]

PARQUET_MAGIC = b"PAR1"
"""bytes : The first bytes of a Parquet file."""
_CELL = 8  # bytes of a reference to a value
_COLUMN = 4096  # bytes that a column takes, however short
_NUMBER, _NEST = 32, 96  # bytes of a Python number and of an empty list or dict, with the references to them


@cache
def has_parquet() -> bool:
    """Whether pyarrow is installed; it is not imported."""
    return find_spec("pyarrow") is not None


def require_pyarrow(what: str, alternative: str = "") -> None:
    """Raise `FinkQueryError` if pyarrow, which reads and writes Parquet, is not installed."""
    if not has_parquet():
        raise FinkQueryError(f"{what} needs pyarrow: pip install 'astroquery_fink[fast]'{alternative}.")


class Columns(dict[str, Any]):
    """Arrays of objects or Arrow arrays by column name; its length is the number of rows."""

    def __init__(self, columns: Mapping[str, Any], rows: int, json_body: bytes | None = None):
        super().__init__(columns)
        self.rows = rows
        self._json_body = json_body
        self._exact: dict[str, np.ndarray] | None = None

    def exact(self, name: str) -> np.ndarray:
        """The values of a column with exact long integers, of which orjson makes floats."""
        if self._json_body is None or len(_json_readers()) == 1:
            return self[name]
        if self._exact is None:
            self._exact = _transpose(_checked_rows(_parsed(self._json_body, json.loads)))
        return self._exact[name]

    def __len__(self) -> int:
        return self.rows


def read_rows(body: bytes) -> Columns:
    """Read the columns of a table in Parquet or JSON."""
    if body.startswith(PARQUET_MAGIC):
        if not has_parquet():
            raise ValueError("Parquet, which only pyarrow can read: pip install pyarrow")
        return Columns(*read_parquet(body))
    rows = _checked_rows(_read_json(body))
    return Columns(_transpose(rows), len(rows), body)


def read_ends(body: bytes) -> bytes:
    """The body, or ``b""`` if the server found nothing; its two ends are checked.

    They differ from those of Parquet and JSON in an HTML page, and after nearly any truncation.
    """
    ends = body[:64].lstrip()[:1] + body[-64:].rstrip()[-1:]
    whole_parquet = body.startswith(PARQUET_MAGIC) and body.endswith(PARQUET_MAGIC)
    if not whole_parquet and ends not in (b"[]", b"{}"):
        raise ValueError("neither Parquet nor JSON, or truncated")
    return read_bytes(body)


def read_bytes(body: bytes) -> bytes:
    """The body of any format but HTML, or ``b""`` if the server found nothing."""
    if body.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        raise ValueError("an HTML page")
    return b"" if body.strip() in (b"", b"[]", b"{}") else body


def read_mapping(body: bytes, of: type[Any] = object) -> dict[str, Any]:
    """Read a JSON object with values of type ``of``, such as a schema."""
    mapping = _read_json(body)
    if not isinstance(mapping, dict) or not all(isinstance(value, of) for value in mapping.values()):
        raise ValueError("not a JSON object" + ("" if of is object else f" of {of.__name__} values"))
    return mapping


def _read_json(body: bytes) -> Any:
    """Read JSON; only the standard library reads the NaN that the server may write."""
    _check_size(body)
    *fast, standard = _json_readers()
    for read in fast:
        with suppress(ValueError):
            return _parsed(body, read)
    return _parsed(body, standard)


def _parsed(body: bytes, read: Callable[[bytes], Any]) -> Any:
    try:
        return read(body)
    except RecursionError:
        raise ValueError("broken JSON (nested too deeply)") from None
    except (ValueError, MemoryError) as error:
        raise ValueError(f"broken JSON ({error})") from error


def _check_size(body: bytes) -> None:
    """Refuse JSON whose objects would fill the memory: up to fifty times its bytes."""
    memory = MemoryLimit(2 * MemoryLimit().left)
    if len(body) * _NEST / 2 > memory.left:
        objects = _NUMBER * body.count(b",") + _NEST * (body.count(b"[") + body.count(b"{"))
        memory.check(objects, "the objects of JSON")


@cache
def _json_readers() -> list[Callable[[bytes], Any]]:
    """Readers of JSON, the fastest first, that of the standard library last."""
    fast = [import_module("orjson").loads] if find_spec("orjson") else []
    return [*fast, json.loads]


def _checked_rows(rows: Any) -> list[dict[str, Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("not a list of rows")
    return rows


def _transpose(rows: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    """Rows -> columns, as views of one grid of cells: three times as fast as lists."""
    names = list(rows[0]) if rows else []
    same_names = all(list(row) == names for row in rows)
    if not same_names:
        names = list(dict.fromkeys(chain.from_iterable(rows)))
    size = len(names) * (_CELL * len(rows) + _COLUMN)
    MemoryLimit().check(size, f"{len(rows):,} rows of {len(names):,} columns")
    cells: Iterable[Any]
    if same_names:
        cells = chain.from_iterable(map(dict.values, rows))
    else:
        cells = (row.get(name) for row in rows for name in names)
    grid = np.fromiter(cells, dtype=object, count=len(rows) * len(names))
    return dict(zip(names, grid.reshape(len(rows), len(names)).T, strict=True))
