# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Read one value after another from the bytes of one message."""

from struct import Struct
from typing import Any

__all__ = ["SPARE", "Reader"]

SPARE = 1024
"""int : A message may have this many more items without bytes, such as nulls, than it has bytes."""
_BITS = 64


class Reader:
    """A position in a message; to read beyond the end of the message raises `ValueError`."""

    def __init__(self, data: bytes | memoryview, position: int, end: int) -> None:
        self._data, self._end = data, end
        self.position: int = position
        self.inside = False  # of a recursive record, which is read as Python objects
        self._spare = end - position + SPARE

    def _pass(self, length: int) -> int:
        """Go over some bytes, and return the position of the first."""
        start = self.position
        if not 0 <= length <= self._end - start:
            raise ValueError("truncated")
        self.position = start + length
        return start

    def byte(self) -> int:
        """The next byte."""
        return self._data[self._pass(1)]

    def take(self, length: int) -> bytes:
        """The next bytes."""
        start = self._pass(length)
        return bytes(self._data[start : start + length])

    def unpack(self, form: Struct) -> Any:
        """The next value of a fixed size."""
        return form.unpack_from(self._data, self._pass(form.size))[0]

    def varint(self) -> int:
        """The next number of variable length."""
        raw = byte = self.byte()
        if byte > 127:
            raw, shift = byte & 127, 0
            while byte > 127 and shift < _BITS:
                byte, shift = self.byte(), shift + 7
                raw |= (byte & 127) << shift
            if not 0 < byte < 128 or raw >> _BITS:
                raise ValueError("not the shortest form of a 64-bit number")
        return (raw >> 1) ^ -(raw & 1)

    def count(self, smallest: int) -> int:
        """The number of items in the next block of a list."""
        count = self.varint()
        if count < 0:
            count = -count
            if self.varint() < 0:
                raise ValueError("negative size")
        if smallest:
            room = (self._end - self.position) // smallest
        else:
            room = self._spare
            self._spare -= count
        if count > room:
            raise ValueError("truncated")
        return count
