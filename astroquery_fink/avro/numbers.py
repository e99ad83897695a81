# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Numbers of variable length: seven bits a byte, the lowest first; the top bit says that more follow."""

import numpy as np

__all__ = ["WORD", "from_words", "signed"]

WORD = np.dtype("<u8")
"""numpy.dtype : Eight bytes as one integer, in which the first byte is the lowest."""
_TOPS = 0x8080_8080_8080_8080
_NO_SIGN = (1 << 63) - 1
_LOWER = ((1, 0x007F_007F_007F_007F), (2, 0x3FFF_0000_3FFF), (4, 0xFFF_FFFF))


def signed(raw: np.ndarray) -> np.ndarray:
    """The numbers that were written as 0, -1, 1, -2, ..."""
    return (raw >> 1) & _NO_SIGN ^ -(raw & 1)


def from_words(word: np.ndarray, ninth: np.ndarray, tenth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """
    Numbers of two to ten bytes, and their lengths, given the first ten bytes.

    The length is 0 if there is a shorter form (the last byte is then zero) or if there are more than 64 bits.
    """
    last = ~word & _TOPS
    last &= -last  # the top bit of the last byte; zero if that is not among these eight
    raw = _without_tops(word & (last - 1)).astype(np.int64)
    length = np.frexp(last.astype(np.float64))[1].astype(np.int64) >> 3
    least = np.left_shift(1, 7 * np.maximum(length, 1) - 7)
    longer = (length == 0).nonzero()[0]
    length[raw < least] = 0
    if len(longer):
        ninth, tenth = ninth[longer], tenth[longer]
        raw[longer] |= (ninth & 127).astype(np.int64) << 56 | (ninth >> 7 & tenth).astype(np.int64) << 63
        nine, ten = (ninth > 0) & (ninth < 128), (ninth > 127) & (tenth == 1)
        length[longer] = 9 * nine + 10 * ten
    return raw, length


def _without_tops(word: np.ndarray) -> np.ndarray:
    """The lower seven bits of each byte, put together: those of two bytes, of four, of eight."""
    for shift, lower in _LOWER:
        word = word & lower | word >> shift & lower << 7 * shift
    return word
