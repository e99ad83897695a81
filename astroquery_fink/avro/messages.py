# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The bytes of a batch of messages, and numbers of variable length in them."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from .numbers import WORD, from_words, signed
from .reader import SPARE, Reader

__all__ = ["AHEAD", "OUT", "PADDING", "Messages", "steps"]

OUT = 1 << 32
"""int : Added to the position in a broken message: beyond the last byte of all messages, for good."""
AHEAD = 1024
"""int : The most bytes that ``ahead`` of a position may be."""
PADDING = AHEAD + 32
"""int : Zero bytes after the last message, so that reading may overrun it."""


class Messages:
    """
    Messages joined in one buffer, and what the nodes found out about their values.

    Positions are those in the buffer. They only grow; a message is decoded if its last position is its end.
    Nothing checks them before: positions beyond the buffer read its last byte, which is zero.
    """

    def __init__(self, data: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> None:
        self.data: np.ndarray = data
        self.starts: np.ndarray = starts
        self.ends: np.ndarray = ends
        self.found: defaultdict[Any, list[Any]] = defaultdict(list)
        self.broken: np.ndarray = np.zeros(len(starts), dtype=bool)

    def ignoring(self) -> "Messages":
        """The same messages, with a notebook of its own for values that nobody wants."""
        return Messages(self.data, self.starts, self.ends)

    def owners(self, position: np.ndarray) -> np.ndarray:
        """The number of the message that has the byte at each position."""
        return np.minimum(np.searchsorted(self.ends, position, side="right"), len(self.ends) - 1)

    def take(self, position: np.ndarray, ahead: int = 0) -> np.ndarray:
        """The byte at each position, or a number of bytes ahead of it."""
        return (self.data[ahead:] if ahead else self.data).take(position, None, None, "clip")

    def values(self, position: np.ndarray, dtype: np.dtype, ahead: int = 0) -> np.ndarray:
        """The little-endian value at each position, all of them inside the buffer."""
        if not len(position):
            return np.empty(0, dtype)
        count = len(self.data) - ahead - dtype.itemsize + 1
        everywhere = np.ndarray((count,), dtype, self.data.data, ahead, strides=(1,))
        return everywhere[position]

    def varints(self, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The number of variable length at each position, and the position after it."""
        byte = self.take(position)
        raw, after = byte.astype(np.int64), position + 1
        rest = (byte > 127).nonzero()[0]
        if len(rest):
            start = position[rest]
            word = self.values(np.minimum(start, len(self.data) - WORD.itemsize), WORD)
            raw[rest], length = from_words(word, self.take(start, 8), self.take(start, 9))
            after[rest] = start + np.where(length, length, OUT)
        return signed(raw), after

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
            reader = Reader(self.data.data, one, int(self.ends[owner[number]]))
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
