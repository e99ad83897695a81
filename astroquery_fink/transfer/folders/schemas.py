# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Schemas of many Parquet files. Most files of a transfer have the same schema, which is parsed once.

A Parquet file ends with a footer in Thrift's compact protocol, which begins with the schema. Files whose
footers begin with the same schema have the same columns. The footer itself, 200 kB in memory, is discarded.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

import pyarrow as pa
from pyarrow.parquet import ParquetFile

from ...tables.parquet_footer import thrift_value

__all__ = ["Schemas"]

T = TypeVar("T")
_MAGIC, _LENGTH = b"PAR1", 4
_END = 2**16  # bytes that nearly all footers fit in
_FIRST_FIELDS = (0x15, 0x19)  # the version, a number, and the schema, a list


class Schemas(Generic[T]):
    """What ``make`` makes of the schema of a file, called once for files with the same schema."""

    def __init__(self, make: Callable[[pa.Schema], T]):
        self._make = make
        self._known: dict[bytes, T] = {}

    def of(self, path: Path) -> T:
        footer = _footer(path)
        for start, made in self._known.items():
            if footer.startswith(start):
                return made
        made = self._make(_schema(path))
        self._known[_start(footer)] = made
        return made


def _schema(path: Path) -> pa.Schema:
    with ParquetFile(path) as file:
        return file.schema_arrow


def _footer(path: Path) -> bytes:
    """The footer of a file; `ValueError` if there is none."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _END))
        end = file.read()
        if not end.endswith(_MAGIC) or size < 2 * len(_MAGIC) + _LENGTH:
            raise ValueError(f"its {size} bytes do not end as Parquet does")
        length = int.from_bytes(end[-8:-4], "little")
        if length > size - 2 * len(_MAGIC) - _LENGTH:
            raise ValueError(f"its {size} bytes cannot hold a footer of {length}")
        if length + 8 > len(end):
            file.seek(size - length - 8)
            end = file.read()
    return end[-8 - length : -8]


def _start(footer: bytes) -> bytes:
    """The bytes of a footer up to the end of its schema, or all if that is unknown."""
    position = 0
    with suppress(IndexError, ValueError, RecursionError):
        for head in _FIRST_FIELDS:
            if footer[position] != head:
                raise ValueError("the footer does not begin with version and schema")
            _, position = thrift_value(footer, position + 1, head & 15)
        return footer[:position]
    return footer
