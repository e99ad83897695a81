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

from .config import conf

__all__ = ["has_parquet", "read_bytes", "read_ends", "read_mapping", "read_rows"]

_PARQUET_MAGIC = b"PAR1"
_INDEX = "__index_level_0__"
_CELL = 8  # bytes of one number


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
        return _read_parquet(body)
    rows = _read_json(body)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("no list of rows")
    return Columns(_transpose(rows), len(rows))


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
    """

    def __init__(self, columns, rows):
        super().__init__(columns)
        self.rows = rows

    def __len__(self):
        return self.rows


def _read_parquet(body):
    if not has_parquet():
        raise ValueError("Parquet, which only pyarrow can read: pip install pyarrow")
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile, read_metadata

    try:
        about = read_metadata(pa.BufferReader(body))
        texts = _check_and_find_texts(about)
        file = ParquetFile(pa.BufferReader(body), metadata=about, read_dictionary=texts, pre_buffer=True)
        table = file.read()
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"broken Parquet ({error})") from error
    names = [name for name in table.column_names if name != _INDEX]
    return Columns({name: _one_chunk(table[name]) for name in names}, table.num_rows)


def _check_and_find_texts(about):
    """The columns of text; a few bytes may claim billions of cells, which nobody should make room for.

    What a row group says of its columns will do: ``about.schema`` would hold on to memory in a cycle.
    """
    groups = [about.row_group(number) for number in range(about.num_row_groups)]
    columns = [[group.column(number) for number in range(about.num_columns)] for group in groups]
    claimed = sum(column.num_values for group in columns for column in group)
    cells = max(claimed, about.num_rows * about.num_columns)
    if cells * _CELL > conf.max_body_size:
        raise ValueError(f"Parquet that claims {cells:,} cells, too many for conf.max_body_size")
    first = columns[0] if columns else []
    return [column.path_in_schema for column in first if column.physical_type == "BYTE_ARRAY"]


def _one_chunk(column):
    return column.chunk(0) if column.num_chunks == 1 else column.unify_dictionaries().combine_chunks()


def _read_json(body):
    """JSON as the server writes it: it may hold the bare word NaN, which only the standard library reads."""
    for read in _json_readers():
        try:
            return read(body)
        except ValueError as error:
            broken = error
        except RecursionError:
            broken = ValueError("JSON nested too deeply")
    raise ValueError(f"broken JSON ({broken})") from broken


@cache
def _json_readers():
    fast = [import_module("orjson").loads] if find_spec("orjson") else []
    return [*fast, json.loads]


def _transpose(rows):
    """Rows -> columns: views of one grid of all cells, which is a third of the time that lists take."""
    names = list(rows[0]) if rows else []
    if all(list(row) == names for row in rows):
        cells = chain.from_iterable(map(dict.values, rows))
    else:
        names = list(dict.fromkeys(chain.from_iterable(rows)))
        cells = (row.get(name) for row in rows for name in names)
    grid = np.fromiter(cells, dtype=object, count=len(rows) * len(names))
    return dict(zip(names, grid.reshape(len(rows), len(names)).T, strict=True))
