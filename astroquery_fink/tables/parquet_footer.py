# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Numbers of values in a Parquet file, read from its own headers: one row may hold billions in a list.

The headers are written in Thrift's compact protocol. This parser keeps the few fields that it needs and
skips all others.
"""

from collections.abc import Iterator
from typing import Any

__all__ = ["count_values", "thrift_value"]

_Fields = dict[int, Any]  # the fields of a Thrift struct by their numbers

# Numbers of Thrift fields: in the footer, a row group, a column, and its metadata.
_GROUPS, _CHUNKS, _CHUNK, _VALUES, _LENGTH, _PAGES, _DICTIONARY = 4, 1, 3, 5, 7, 9, 11
# In the header of a page: its sizes, and the structs that hold its number of values.
_UNCOMPRESSED, _COMPRESSED, _COUNTS = 2, 3, (5, 8)
_DEEPEST = 20
_SHORTEST_PAGE = 8  # bytes of a header
_TRUE, _FALSE, _BYTE, _INTEGERS, _DOUBLE, _TEXT, _LISTS, _STRUCT = 1, 2, 3, (4, 5, 6), 7, 8, (9, 10), 12


def count_values(body: bytes) -> Iterator[tuple[int, int]]:
    """Number of values and longest page in bytes, per column of each row group."""
    length = int.from_bytes(body[-8:-4], "little")
    footer, _ = _struct(body, max(len(body) - 8 - length, 0))
    pages_left = len(body) // _SHORTEST_PAGE
    for group in footer[_GROUPS]:
        for column in group[_CHUNKS]:
            chunk = column[_CHUNK]
            counts, sizes = _pages(body, chunk, pages_left)
            pages_left -= len(sizes)
            yield max(chunk[_VALUES], sum(counts)), max(sizes, default=0)


def _pages(body: bytes, chunk: _Fields, most: int) -> tuple[list[int], list[int]]:
    """Numbers of values of a column's pages, and their uncompressed sizes."""
    starts = [start for start in (chunk.get(_DICTIONARY), chunk[_PAGES]) if start]  # 0: there is none
    position = min(starts)
    end = position + chunk[_LENGTH]
    counts, sizes = [], []
    while position < end:
        page, position = _struct(body, position)
        position += page[_COMPRESSED]
        counts += [page[field][1] for field in _COUNTS if field in page]
        sizes.append(page[_UNCOMPRESSED])
        if min(page[_COMPRESSED], sizes[-1], *counts[-1:]) < 0 or len(sizes) > most:
            raise ValueError("overlapping pages")
    return counts, sizes


# Each of these functions returns what starts at ``position``, and the position of its end.


def _struct(body: bytes, position: int, depth: int = 0) -> tuple[_Fields, int]:
    if depth > _DEEPEST:
        raise ValueError("headers nested too deeply")
    fields: _Fields = {}
    field = 0
    while head := body[position]:
        position += 1
        kind = head & 15
        if head > 15:
            field += head >> 4
        else:
            field, position = _integer(body, position)
        if kind in (_TRUE, _FALSE):
            fields[field] = kind == _TRUE
        else:
            fields[field], position = thrift_value(body, position, kind, depth)
    return fields, position + 1


def thrift_value(body: bytes, position: int, kind: int, depth: int = 0) -> tuple[Any, int]:
    if kind in _INTEGERS:
        return _integer(body, position)
    if kind == _STRUCT:
        return _struct(body, position, depth + 1)
    if kind in _LISTS:
        return _list(body, position, depth + 1)
    length = {_TRUE: 1, _FALSE: 1, _BYTE: 1, _DOUBLE: 8}.get(kind)
    if kind == _TEXT:
        length, position = _natural(body, position)
    if length is None:
        raise ValueError("headers that are not valid Thrift")
    return None, position + length


def _list(body: bytes, position: int, depth: int) -> tuple[list[Any], int]:
    head, members = body[position], []
    length, position = _natural(body, position + 1) if head >> 4 == 15 else (head >> 4, position + 1)
    if length > len(body):
        raise ValueError("headers that are not valid Thrift")
    for _ in range(length):
        member, position = thrift_value(body, position, head & 15, depth)
        members.append(member)
    return members, position


def _integer(body: bytes, position: int) -> tuple[int, int]:
    number, position = _natural(body, position)
    return (number >> 1) ^ -(number & 1), position


def _natural(body: bytes, position: int) -> tuple[int, int]:
    """Seven bits per byte, the lowest first; the last byte is below 128."""
    number = shift = 0
    while (byte := body[position]) > 127:
        number |= (byte & 127) << shift
        shift, position = shift + 7, position + 1
        if shift > 63:
            raise ValueError("headers that are not valid Thrift")
    return number | byte << shift, position + 1
