# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Read one value after another from the bytes of one message."""

from struct import Struct
from typing import Any

__all__ = ["SPARE", "Reader"]

SPARE = 1024
"""int : A message may have this many more items without bytes, such as nulls, than it has bytes."""
_BITS = 64


class Reader:
    """A position in a message; beyond the end of the message there are no bytes, but a `ValueError`."""

    def __init__(self, data: bytes, position: int, end: int) -> None:
        self._data, self.position, self._end = data, position, end
        self.inside = False  # a recursive record
        self._spare = end - position + SPARE

    def take(self, length: int) -> bytes:
        """The next bytes."""
        start, self.position = self.position, self.position + length
        if length < 0 or self.position > self._end:
            raise ValueError("truncated")
        return self._data[start : self.position]

    def unpack(self, form: Struct) -> Any:
        """The next value of a fixed size."""
        return form.unpack(self.take(form.size))[0]

    def varint(self) -> int:
        """The next zigzag number."""
        raw = shift = 0
        while True:
            byte = self.take(1)[0]
            raw |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        if raw >> _BITS or (shift > 7 and not byte):
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
