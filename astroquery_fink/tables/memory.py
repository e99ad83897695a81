# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""How much memory the rows of one response may take."""

import math

from ..config import conf

__all__ = ["MemoryLimit"]

_ALWAYS = 2**24  # bytes that any response may take, however short the longest body


class MemoryLimit:
    """Bytes that may still be taken, at first as many as a body may have.

    Parameters
    ----------
    size : float, optional
        In bytes; None: ``conf.max_body_size``.
    """

    def __init__(self, size: float | None = None):
        self.left = max(conf.max_body_size, _ALWAYS) if size is None else size

    @classmethod
    def boundless(cls) -> "MemoryLimit":
        """For what the user has on disk."""
        return cls(math.inf)

    def check(self, size: float, what: str) -> None:
        """Refuse what would not fit."""
        if size > self.left:
            raise ValueError(f"{what} would take {size:,.0f} bytes, too many for conf.max_body_size")

    def take(self, size: float, what: str) -> None:
        """The same, and less is left for the next."""
        self.check(size, what)
        self.left -= size
