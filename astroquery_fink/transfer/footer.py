# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The schemas of many files. The files of a transfer mostly have one, which is parsed once.

A Parquet file ends with a footer in Thrift's compact protocol that begins with the schema. Files whose
footers begin with the same schema have the same columns. The footer itself, 200 kB in memory, is not kept.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

import pyarrow as pa
from pyarrow.parquet import ParquetFile

__all__ = ["Schemas"]

T = TypeVar("T")
_MAGIC, _LENGTH = b"PAR1", 4
_END = 2**16  # bytes that nearly all footers fit in
_TRUE, _FALSE, _BYTE, _DOUBLE, _TEXT, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_FIRST_FIELDS = (0x15, 0x19)  # the version, a number, and the schema, a list


class Schemas(Generic[T]):
    """What is made of the schema of each file, made once for files that have the same."""

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
    """The footer of a file, or ValueError."""
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
    """The bytes of a footer that its schema ends with; all of them where they cannot be told."""
    at = 0
    with suppress(IndexError, ValueError, RecursionError):
        for head in _FIRST_FIELDS:
            if footer[at] != head:
                raise ValueError("no footer as Thrift writes it")
            at = _after(footer, at + 1, head & 15)
        return footer[:at]
    return footer


def _after(data: bytes, at: int, kind: int) -> int:
    """Where a value of this kind ends."""
    if kind == _STRUCT:
        return _after_struct(data, at)
    if kind in (_LIST, _SET):
        return _after_list(data, at)
    if kind == _MAP:
        raise ValueError("Parquet has no maps in its footer")
    if kind == _TEXT:
        length, at = _varint(data, at)
        return at + length
    if kind in (_TRUE, _FALSE):
        return at
    return at + {_BYTE: 1, _DOUBLE: 8}[kind] if kind in (_BYTE, _DOUBLE) else _varint(data, at)[1]


def _after_struct(data: bytes, at: int) -> int:
    while head := data[at]:
        at = _varint(data, at + 1)[1] if head < 16 else at + 1  # the number of the field, or its step
        at = _after(data, at, head & 15)
    return at + 1


def _after_list(data: bytes, at: int) -> int:
    length, kind = data[at] >> 4, data[at] & 15
    at += 1
    if length == 15:
        length, at = _varint(data, at)
    if kind in (_TRUE, _FALSE):
        return at + length
    for _ in range(length):
        at = _after(data, at, kind)
    return at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        number |= (data[at] & 127) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 128:
            return number, at
