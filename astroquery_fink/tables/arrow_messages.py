# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Arrow IPC streams, read from their own headers: where they end, and what their messages would take.

pyarrow takes the end of a file for the end of a stream, and makes as much room for a compressed message as
its header says. The headers are tables of FlatBuffers; this parser reads the few fields that it needs.
"""

import struct
from collections.abc import Iterator
from typing import Any

from .memory import MemoryLimit

__all__ = ["stream_bounds"]

_CONTINUES = 0xFFFFFFFF  # begins each message
_PREFIX = 8  # bytes of this mark and the length of the header; the length 0 ends a stream
_SCHEMA, _RECORDS = 1, 3  # kinds of messages
# Numbers of fields: of a message, and of a batch of records.
_KIND, _CONTENT, _LENGTH = 1, 2, 3
_BUFFERS, _COMPRESSION = 2, 3
_NOT_COMPRESSED = -1  # instead of the length, before a buffer of a compressed batch


def stream_bounds(data: memoryview) -> Iterator[tuple[int, int]]:
    """First byte of each stream, and of what follows it; `ValueError` if one is broken or incomplete."""
    begin = 0
    while begin < len(data):
        try:
            end = _end_of_stream(data, begin)
        except struct.error as error:
            raise ValueError(f"broken Arrow (stream after {begin:,} bytes: {error})") from error
        yield begin, end
        begin = end


def _end_of_stream(data: memoryview, position: int) -> int:
    while True:
        if position + _PREFIX > len(data):
            raise ValueError(f"broken Arrow (a stream without end after {len(data):,} bytes)")
        mark, length = _unpack("<Ii", data, position)
        if mark != _CONTINUES or length < 0:
            raise ValueError(f"broken Arrow (no message after {position:,} bytes)")
        position += _PREFIX
        if length == 0:
            return position
        header, rest = data[position : position + length], data[position + length :]
        body = _body_length(header, rest)
        if len(header) < length or len(rest) < body:
            raise ValueError(f"broken Arrow (a message without end after {len(data):,} bytes)")
        position += length + body


def _body_length(header: memoryview, rest: memoryview) -> int:
    """Bytes of the body of a message; `ValueError` if its contents would take more than they may."""
    message = _target(header, 0)
    kind, length = _field(header, message, _KIND, "<B"), _field(header, message, _LENGTH, "<q")
    if kind not in (_SCHEMA, _RECORDS) or length < 0:
        raise ValueError("broken Arrow (a message that has neither columns nor rows)")
    content = _field_position(header, message, _CONTENT)
    if kind == _RECORDS and content is not None and length <= len(rest):
        _check_batch(header, _target(header, content), rest[:length])
    return length


def _check_batch(header: memoryview, batch: int, body: memoryview) -> None:
    """Refuse buffers that overlap, or that would take too much memory after decompression."""
    buffers = _buffers(header, batch)
    if sum(length for _, length in buffers) > len(body):
        raise ValueError("broken Arrow (a message shorter than its values)")
    if _field_position(header, batch, _COMPRESSION) is not None:
        sizes = [_unpack("<q", body, begin)[0] for begin, length in buffers if length]
        if min(sizes, default=0) < _NOT_COMPRESSED:
            raise ValueError("broken Arrow (a message with impossible sizes)")
        MemoryLimit().check(sum(sizes), "a compressed message")


def _buffers(header: memoryview, batch: int) -> list[tuple[int, int]]:
    """First byte and length of each buffer."""
    position = _field_position(header, batch, _BUFFERS)
    if position is None:
        return []
    vector = _target(header, position)
    (count,) = _unpack("<I", header, vector)
    found = list(struct.iter_unpack("<qq", header[vector + 4 : vector + 4 + 16 * count]))
    if len(found) < count or any(min(pair) < 0 for pair in found):
        raise ValueError("broken Arrow (a message with impossible positions)")
    return found


# A table of FlatBuffers begins with the distance back to the list of its fields. That has the sizes of list
# and table, then the distance of each field from the start of the table, 0 for a field with its default.


def _field(data: memoryview, table: int, number: int, form: str) -> Any:
    """The value of a field; 0 by default."""
    position = _field_position(data, table, number)
    return 0 if position is None else _unpack(form, data, position)[0]


def _field_position(data: memoryview, table: int, number: int) -> int | None:
    fields = table - _unpack("<i", data, table)[0]
    (size,) = _unpack("<H", data, fields)
    entry = 4 + 2 * number
    offset = _unpack("<H", data, fields + entry)[0] if entry < size else 0
    return table + offset if offset else None


def _target(data: memoryview, position: int) -> int:
    """The position to which the one here refers."""
    return position + _unpack("<I", data, position)[0]


def _unpack(form: str, data: memoryview, position: int) -> tuple[Any, ...]:
    """Like `struct.unpack_from`, which would count a negative position from the end."""
    if position < 0:
        raise struct.error("a position before the beginning")
    return struct.unpack_from(form, data, position)
