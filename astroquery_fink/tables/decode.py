# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Bytes of a reply -> plain Python or Arrow values. The bytes decide what they are, not the header.

A reader takes the body and returns something that has a length, which is zero where
the server found nothing; a body that is not what the reader expects raises `ValueError`.
"""

import json
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from itertools import chain

import numpy as np

from .memory import MemoryLimit
from .parquet import read_parquet

__all__ = ["has_parquet", "read_bytes", "read_ends", "read_mapping", "read_rows"]

_PARQUET_MAGIC = b"PAR1"
_CELL = 8  # bytes of a cell that refers to its value
_COLUMN = 4096  # bytes that a column takes, however short
_NUMBER, _NEST = 32, 96  # bytes of a Python number and of an empty list or dict, with the references to them


@cache
def has_parquet():
    """Whether Parquet can be read here; found out without importing pyarrow."""
    return find_spec("pyarrow") is not None


def read_rows(body):
    """Read a table, Parquet or JSON.

    Parameters
    ----------
    body : bytes

    Returns
    -------
    columns : Columns
        Values by column name, each an array of objects or an Arrow array; ``len(columns)`` is the
        number of rows.

    Raises
    ------
    ValueError
        The body is neither, or is cut.
    """
    if body.startswith(_PARQUET_MAGIC):
        if not has_parquet():
            raise ValueError("Parquet, which only pyarrow can read: pip install pyarrow")
        return Columns(*read_parquet(body))
    rows = _rows_of(_read_json(body))
    return Columns(_transpose(rows), len(rows), body)


def read_ends(body):
    """Look at both ends only: enough to tell an answer from a page for people, and nearly any cut.

    Parameters
    ----------
    body : bytes

    Returns
    -------
    body : bytes
        Without a byte where the server found nothing.

    Raises
    ------
    ValueError
        The ends are neither those of Parquet nor of JSON.
    """
    ends = body[:64].lstrip()[:1] + body[-64:].rstrip()[-1:]
    whole_parquet = body.startswith(_PARQUET_MAGIC) and body.endswith(_PARQUET_MAGIC)
    if not whole_parquet and ends not in (b"[]", b"{}"):
        raise ValueError("neither Parquet nor JSON, or it is cut")
    return read_bytes(body)


def read_bytes(body):
    """Read nothing, but tell what is empty.

    Parameters
    ----------
    body : bytes

    Returns
    -------
    body : bytes
        Without a byte where the server found nothing.

    Raises
    ------
    ValueError
        It is a page for people.
    """
    if body.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        raise ValueError("a page of HTML")
    return b"" if body.strip() in (b"", b"[]", b"{}") else body


def read_mapping(body, of=object):
    """Read a JSON object, such as a schema or the stamps of one alert.

    Parameters
    ----------
    body : bytes
    of : type, optional
        Of its values: list or dict.

    Returns
    -------
    mapping : dict

    Raises
    ------
    ValueError
        The body is no such JSON object.
    """
    mapping = _read_json(body)
    if not isinstance(mapping, dict) or not all(isinstance(value, of) for value in mapping.values()):
        raise ValueError(f"no JSON object of {of.__name__}s")
    return mapping


class Columns(dict):
    """Values by column name.

    Parameters
    ----------
    columns : dict
    rows : int
        The number of rows, which is this mapping's length.
    body : bytes, optional
        The JSON that they were read from.
    """

    def __init__(self, columns, rows, body=None):
        super().__init__(columns)
        self.rows = rows
        self._body = body
        self._exact = None

    def exact(self, name):
        """The values of a column as Python's own reader has them: orjson makes floats of long integers."""
        if self._body is None or len(_json_readers()) == 1:
            return self[name]
        if self._exact is None:
            self._exact = _transpose(_rows_of(_parsed(self._body, json.loads)))
        return self._exact[name]

    def __len__(self):
        return self.rows


def _read_json(body):
    """JSON as the server writes it: it may hold the bare word NaN, which only the standard library reads."""
    _check_objects(body)
    for read in _json_readers():
        try:
            return _parsed(body, read)
        except ValueError as error:
            broken = error
    raise broken


def _parsed(body, read):
    try:
        return read(body)
    except RecursionError:
        raise ValueError("broken JSON (nested too deeply)") from None
    except (ValueError, MemoryError) as error:
        raise ValueError(f"broken JSON ({error})") from error


def _check_objects(body):
    """Refuse what would fill the memory: objects may take fifty times the bytes of their JSON."""
    memory = 2 * MemoryLimit().left
    if len(body) * _NEST / 2 > memory:
        objects = _NUMBER * body.count(b",") + _NEST * (body.count(b"[") + body.count(b"{"))
        if objects > memory:
            raise ValueError(f"JSON that would take {objects:,} bytes, too many for conf.max_body_size")


@cache
def _json_readers():
    fast = [import_module("orjson").loads] if find_spec("orjson") else []
    return [*fast, json.loads]


def _rows_of(rows):
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("no list of rows")
    return rows


def _transpose(rows):
    """Rows -> columns: views of one grid of all cells, which is a third of the time that lists take."""
    names = list(rows[0]) if rows else []
    alike = all(list(row) == names for row in rows)
    if not alike:
        names = list(dict.fromkeys(chain.from_iterable(rows)))
    size = len(names) * (_CELL * len(rows) + _COLUMN)
    MemoryLimit().check(size, f"{len(rows):,} rows of {len(names):,} columns")
    if alike:
        cells = chain.from_iterable(map(dict.values, rows))
    else:
        cells = (row.get(name) for row in rows for name in names)
    grid = np.fromiter(cells, dtype=object, count=len(rows) * len(names))
    return dict(zip(names, grid.reshape(len(rows), len(names)).T, strict=True))
