# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Values of a variable number of bytes: int, long, enum, string, bytes, decimal."""

from decimal import Context, Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from .arrays import array_of, gathered
from .messages import OUT, Messages
from .node import Node
from .reader import Reader

__all__ = ["Decimals", "Enum", "Integer", "Text"]

_EXACT = Context(prec=80)


class Integer(Node):
    """An int or long, which may stand for a date or a time."""

    smallest = 1

    def __init__(self, kind: pa.DataType, least: int, most: int) -> None:
        self.type: pa.DataType = kind
        self._least = least
        self._most = most
        self._dtype = np.dtype(f"i{kind.bit_width // 8}")
        self._limited = most - least < (1 << 64) - 1

    def locate(self, messages: Messages, position: np.ndarray, ahead: int) -> tuple[np.ndarray, int]:
        value, position = messages.varints(position + ahead if ahead else position)
        if self._limited:
            position[(value < self._least) | (value > self._most)] += OUT
        messages.found[self].append(value.astype(self._dtype, copy=False))
        return position, 0

    def build(self, messages: Messages, size: int, order: np.ndarray | None) -> pa.Array:
        return array_of(self.type, gathered(messages.found.pop(self, []), order, self._dtype))

    def read(self, reader: Reader) -> Any:
        value = reader.varint()
        if not self._least <= value <= self._most:
            raise ValueError("out of range")
        return value


class Enum(Integer):
    """One of several words."""

    def __init__(self, symbols: list[str]) -> None:
        super().__init__(pa.int32(), 0, len(symbols) - 1)
        self.type: pa.DataType = pa.string()
        self._symbols = symbols
        self._words = pa.array(symbols, pa.string())

    def build(self, messages: Messages, size: int, order: np.ndarray | None) -> pa.Array:
        return self._words.take(pa.array(gathered(messages.found.pop(self, []), order, self._dtype)))

    def read(self, reader: Reader) -> Any:
        return self._symbols[super().read(reader)]


class Text(Node):
    """A string, or bytes."""

    smallest = 1

    def __init__(self, kind: pa.DataType) -> None:
        self.type: pa.DataType = kind
        self._is_text = kind == pa.string()

    def locate(self, messages: Messages, position: np.ndarray, ahead: int) -> tuple[np.ndarray, int]:
        length, start = messages.varints(position + ahead if ahead else position)
        broken = (length < 0) | (length > len(messages.data))
        if broken.any():
            start[broken] += OUT
            length[broken] = 0
        messages.found[self].append((start, length))
        return start + length, 0

    def build(self, messages: Messages, size: int, order: np.ndarray | None) -> pa.Array:
        found = messages.found.pop(self, [])
        start = gathered([chunk for chunk, _ in found], order)
        end = start + gathered([chunk for _, chunk in found], order)
        texts = _slices(messages, self.type, start, end)
        if self._is_text and not _is_ascii(texts):
            try:
                texts.validate(full=True)
            except pa.ArrowInvalid:
                _mark_invalid(messages, start, end)
        return texts

    def read(self, reader: Reader) -> Any:
        value = reader.take(reader.varint())
        return value.decode() if self._is_text else value


class Decimals(Node):
    """An exact decimal number: the bytes of an integer, the highest first."""

    def __init__(self, child: Node, precision: int, scale: int) -> None:
        make = pa.decimal128 if precision <= 38 else pa.decimal256
        self.type: pa.DataType = make(precision, scale)
        self.smallest: int = child.smallest
        self._child, self._most, self._scale = child, 10**precision, scale

    def locate(self, messages: Messages, position: np.ndarray, ahead: int) -> tuple[np.ndarray, int]:
        after = self._child.locate(messages, position, ahead)
        messages.found[self].append(position + ahead)
        return after

    def build(self, messages: Messages, size: int, order: np.ndarray | None) -> pa.Array:
        position = gathered(messages.found.pop(self, []), order)
        values: list[Decimal | None] = []
        for number, one in enumerate(self._child.build(messages, size, order).to_pylist()):
            try:
                values.append(self._decimal(one))
            except ValueError:
                values.append(None)
                messages.broken[messages.owners(position[number])] = True
        return pa.array(values, self.type)

    def read(self, reader: Reader) -> Any:
        return self._decimal(self._child.read(reader))

    def _decimal(self, value: bytes) -> Decimal:
        unscaled = int.from_bytes(value, "big", signed=True)
        if abs(unscaled) >= self._most:
            raise ValueError("more digits than the precision")
        return Decimal(unscaled).scaleb(-self._scale, _EXACT)


def _slices(messages: Messages, kind: pa.DataType, start: np.ndarray, end: np.ndarray) -> pa.Array:
    """Pieces of the buffer, in rising order: every second one of an array that covers all of it."""
    bounds: np.ndarray = np.zeros(2 * len(start) + 1, dtype=np.int32)
    bounds[1::2], bounds[2::2] = start, end
    pieces = pa.Array.from_buffers(kind, 2 * len(start), [None, *map(pa.py_buffer, (bounds, messages.data))])
    return pieces.take(pa.array(np.arange(1, 2 * len(start), 2)))


def _is_ascii(texts: pa.Array) -> bool:
    """Whether all characters of texts are those of ASCII."""
    data = texts.buffers()[2]
    return data is None or not data.size or np.frombuffer(data, np.uint8).max() < 128


def _mark_invalid(messages: Messages, start: np.ndarray, end: np.ndarray) -> None:
    """Mark the messages with text that is not UTF-8."""
    owner = messages.owners(start)
    for number, first, last in zip(owner, start, end, strict=True):
        try:
            messages.data[first:last].tobytes().decode()
        except UnicodeDecodeError:
            messages.broken[number] = True
