# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The bytes of a batch of messages, and numbers of variable length in them."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from .reader import SPARE, Reader

__all__ = ["AHEAD", "OUT", "PADDING", "Messages", "bits", "gathered", "steps"]

OUT = 1 << 32
"""int : Added to the position in a broken message: beyond the last byte of all messages, for good."""
AHEAD = 1024
"""int : The most bytes that ``ahead`` of a position may be."""
PADDING = AHEAD + 32
"""int : Zero bytes after the last message, so that reading may overrun it."""
_LONGEST = 10  # bytes of a 64-bit number


class Messages:
    """
    Messages joined in one buffer, and what the nodes found out about their values.

    Positions are those in the buffer. They only grow; a message is decoded if its last position is its end.
    Nothing checks them before: positions beyond the buffer read its last byte, which is zero.
    """

    def __init__(self, joined: bytes, starts: np.ndarray, ends: np.ndarray) -> None:
        self.joined = joined
        self.data = np.frombuffer(joined, np.uint8)
        self.buffer = pa.py_buffer(joined)
        self.starts, self.ends = starts, ends
        self.found: defaultdict[Any, list[Any]] = defaultdict(list)
        self.broken = np.zeros(len(starts), dtype=bool)

    def ignoring(self) -> "Messages":
        """The same messages, with a notebook of its own for values that nobody wants."""
        return Messages(self.joined, self.starts, self.ends)

    def owners(self, position: np.ndarray) -> np.ndarray:
        """The number of the message that has the byte at each position."""
        return np.minimum(np.searchsorted(self.ends, position, side="right"), len(self.ends) - 1)

    def take(self, position: np.ndarray, ahead: int = 0) -> np.ndarray:
        """The byte at each position, or a number of bytes ahead of it."""
        return self.data[ahead:].take(position, mode="clip")

    def values(self, position: np.ndarray, dtype: np.dtype, ahead: int = 0) -> np.ndarray:
        """The little-endian value at each position, all of them inside the buffer."""
        if not len(position):
            return np.empty(0, dtype)
        count = len(self.data) - ahead - dtype.itemsize + 1
        everywhere = np.ndarray((count,), dtype, self.joined, ahead, strides=(1,))
        return everywhere[position]

    def varints(self, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The zigzag number at each position, and the position after it."""
        byte = self.take(position)
        raw = byte.astype(np.int64)
        after = position + 1
        rest = np.flatnonzero(byte > 127)
        if len(rest):
            raw[rest], after[rest] = self._long_varints(position[rest], byte[rest])
        return (raw >> 1) & 0x7FFF_FFFF_FFFF_FFFF ^ -(raw & 1), after

    def _long_varints(self, position: np.ndarray, byte: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of two to ten bytes: seven bits a byte, the lowest first; the last byte is not zero."""
        raw = (byte & 127).astype(np.int64)
        after = position + OUT
        rest = np.arange(len(position))
        for number in range(1, _LONGEST):
            byte = self.take(position[rest], number)
            raw[rest] |= (byte & 127).astype(np.int64) << (7 * number)
            ends = (byte < 128) & (byte > 0) if number < _LONGEST - 1 else byte == 1
            after[rest[ends]] = position[rest[ends]] + number + 1
            rest = rest[byte > 127]
            if not len(rest):
                break
        return raw, after

    def counts(self, position: np.ndarray, smallest: int) -> tuple[np.ndarray, np.ndarray]:
        """The number of items in the block of a list at each position, and the position of the first item."""
        count, position = self.varints(position)
        sized = np.flatnonzero(count < 0)
        if len(sized):
            count[sized] = -count[sized]
            size, position[sized] = self.varints(position[sized])
            position[sized[size < 0]] += OUT
        room = (self.ends[self.owners(position - 1)] - position) // smallest if smallest else OUT
        broken = (count < 0) | (count > room)
        count[broken] = 0
        position[broken] += OUT
        return count, position

    def too_many(self, start: np.ndarray, count: np.ndarray) -> np.ndarray:
        """Whether a message has too many items without bytes, given the start and length of each list."""
        total = np.zeros(len(self.ends), dtype=np.int64)
        np.add.at(total, self.owners(start), count)
        return total > self.ends - self.starts + SPARE

    def read_each(self, position: np.ndarray, read: Callable[[Reader], Any]) -> tuple[list[Any], np.ndarray]:
        """Read the values at some positions, one by one; one that is broken is None and ends nowhere."""
        values, after, owner = [], position + OUT, self.owners(position)
        for number, one in enumerate(position.tolist()):
            reader = Reader(self.joined, one, int(self.ends[owner[number]]))
            try:
                values.append(read(reader))
                after[number] = reader.position
            except (ValueError, RecursionError):
                values.append(None)
        return values, after


def steps(lengths: dict[int, int]) -> np.ndarray:
    """How far to go for each value of a byte; a byte that is not given means that the message is broken."""
    table = np.full(256, OUT, dtype=np.int64)
    table[list(lengths)] = list(lengths.values())
    return table


def gathered(chunks: list[np.ndarray], order: np.ndarray | None, dtype: Any = np.int64) -> np.ndarray:
    """One array of several, in the given order."""
    joined = chunks[0] if len(chunks) == 1 else np.concatenate(chunks) if chunks else np.empty(0, dtype)
    return joined if order is None else joined[order]


def bits(valid: np.ndarray) -> "pa.Buffer | None":
    """The validity bitmap of an Arrow array; None if all values are valid."""
    return None if valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little"))
