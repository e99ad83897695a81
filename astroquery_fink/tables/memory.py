# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""How much memory the rows of one response may take."""

import math

from ..config import conf

__all__ = ["MemoryLimit"]

_MINIMUM = 2**24  # bytes that any response may take, however small conf.max_body_size is


class MemoryLimit:
    """The bytes that are still available; by default ``conf.max_body_size`` in total."""

    def __init__(self, size: float | None = None):
        self.left = max(conf.max_body_size, _MINIMUM) if size is None else size

    @classmethod
    def unlimited(cls) -> "MemoryLimit":
        """No limit, for files of the user."""
        return cls(math.inf)

    def check(self, size: float, what: str) -> None:
        """Raise `ValueError` if ``size`` bytes are not available."""
        if size > self.left:
            raise ValueError(f"too large for conf.max_body_size: {what} would take {size:,.0f} bytes")

    def take(self, size: float, what: str) -> None:
        """Check, and subtract ``size`` from what is available."""
        self.check(size, what)
        self.left -= size
