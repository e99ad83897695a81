# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Values of a fixed number of bytes: null, boolean, float, double, fixed."""

from struct import Struct
from typing import Any

import numpy as np
import pyarrow as pa

from .arrays import array_of, gathered
from .messages import AHEAD, Messages, steps
from .node import Node
from .reader import Reader

__all__ = ["Boolean", "Fixed", "Null", "NullableFixed"]

_STRUCTS = {pa.float32(): Struct("<f"), pa.float64(): Struct("<d")}


class Null(Node):
    """Nothing: no byte."""

    type: pa.DataType = pa.null()
    smallest: int = 0

    def locate(self, messages: Messages, position: np.ndarray, ahead: int) -> tuple[np.ndarray, int]:
        return position, ahead

    def build(self, messages: Messages, size: int, order: np.ndarray | None) -> pa.Array:
        return pa.nulls(size)

    def read(self, reader: Reader) -> Any:
        return None


class Boolean(Node):
    """One byte: 0 or 1."""

    type: pa.DataType = pa.bool_()
    smallest: int = 1
    _steps = steps({0: 1, 1: 1})

    def locate(self, messages: Messages, position: np.ndarray, ahead: int) -> tuple[np.ndarray, int]:
        byte = messages.take(position, ahead)
        messages.found[self].append(byte)
        return position + self._steps.take(byte), ahead

    def build(self, messages: Messages, size: int, order: np.ndarray | None) -> pa.Array:
        values = gathered(messages.found.pop(self, []), order, np.uint8)
        packed = pa.py_buffer(np.packbits(values, bitorder="little"))
        return pa.Array.from_buffers(self.type, size, [None, packed])

    def read(self, reader: Reader) -> Any:
        byte = reader.byte()
        if byte > 1:
            raise ValueError("not a boolean")
        return byte == 1


class Fixed(Node):
    """A float, a double, or a fixed number of bytes."""

    def __init__(self, kind: pa.DataType, size: int) -> None:
        self.type: pa.DataType = kind
        self.smallest: int = size
        self.dtype: np.dtype[Any] = np.dtype(f"V{size}")
        self._struct = _STRUCTS.get(kind)

    def locate(self, messages: Messages, position: np.ndarray, ahead: int) -> tuple[np.ndarray, int]:
        messages.found[self].append((position, ahead))
        if ahead + self.smallest <= AHEAD:
            return position, ahead + self.smallest
        return position + (ahead + self.smallest), 0

    def build(self, messages: Messages, size: int, order: np.ndarray | None) -> pa.Array:
        if not self.smallest:
            return pa.array([b""] * size, self.type)
        found = messages.found.pop(self, [])
        position = gathered([chunk for chunk, _ in found], order)
        return array_of(self.type, messages.values(position, self.dtype, found[0][1] if found else 0))

    def read(self, reader: Reader) -> Any:
        return reader.unpack(self._struct) if self._struct else reader.take(self.smallest)


class NullableFixed(Node):
    """A union of null and a value of at most 16 bytes, which is by far the most frequent kind of value."""

    smallest = 1

    def __init__(self, child: Fixed, value: int, null: int) -> None:
        self.type: pa.DataType = child.type
        self._child = child
        self._value, self._null = 2 * value, 2 * null
        self._steps = steps({self._value: 1 + child.smallest, self._null: 1})

    def locate(self, messages: Messages, position: np.ndarray, ahead: int) -> tuple[np.ndarray, int]:
        branch = messages.take(position, ahead)
        messages.found[self].append((position, branch, ahead))
        return position + self._steps.take(branch), ahead

    def build(self, messages: Messages, size: int, order: np.ndarray | None) -> pa.Array:
        found = messages.found.pop(self, [])
        position = gathered([chunk for chunk, _, _ in found], order)
        valid = gathered([chunk for _, chunk, _ in found], order, np.uint8) == self._value
        values = messages.values(position, self._child.dtype, 1 + (found[0][2] if found else 0))
        return array_of(self.type, values, valid)

    def read(self, reader: Reader) -> Any:
        branch = reader.byte()
        if branch not in (self._value, self._null):
            raise ValueError("not a branch of the union")
        return self._child.read(reader) if branch == self._value else None
