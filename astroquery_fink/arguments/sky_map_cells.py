# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The HEALPix cells of sky maps: all of one size, or of many."""

from dataclasses import dataclass

import numpy as np

from .healpix import FINEST, cells_at

__all__ = ["FINEST_FLAT", "FlatCells", "MixedCells"]

FINEST_FLAT = 9
"""int : Order of the flat maps made here: nside 512, four times finer than the server's pixels."""


@dataclass(frozen=True)
class FlatCells:
    """All cells of one order, numbered in nested or ring order."""

    order: int
    ordering: str

    @property
    def areas(self) -> np.ndarray:
        return np.array(_area(self.order))

    def rows_at(self, ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
        """The rows of the cells at positions in degrees."""
        return cells_at(ra, dec, self.order, self.ordering.lower())

    def flattened(self, probability: np.ndarray) -> tuple[np.ndarray, str]:
        """The probability in each pixel of a flat map, and its ordering."""
        return probability, self.ordering


@dataclass(frozen=True)
class MixedCells:
    """Cells of many orders, each with its nested index."""

    orders: np.ndarray
    indices: np.ndarray

    @property
    def areas(self) -> np.ndarray:
        """In steradians."""
        return _area(self.orders)

    def rows_at(self, ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
        """The rows of the cells at positions in degrees; -1 for positions outside the map."""
        shift = 2 * (FINEST - self.orders)
        starts = self.indices << shift
        rank = np.argsort(starts, kind="stable")
        cells = cells_at(ra, dec, FINEST)
        rows = rank[np.searchsorted(starts[rank], cells, side="right") - 1]
        return np.where(cells >> shift[rows] == self.indices[rows], rows, -1)

    def flattened(self, probability: np.ndarray) -> tuple[np.ndarray, str]:
        """The probability in each pixel of a flat map of the finest order, and its ordering."""
        finest = min(int(self.orders.max()), FINEST_FLAT)
        pixels = np.zeros(12 * 4**finest)
        for order in np.unique(self.orders).tolist():
            here = self.orders == order
            common = min(order, finest)
            parents = self.indices[here] >> 2 * (order - common)
            sums = np.bincount(parents, probability[here], minlength=12 * 4**common)
            children = 4 ** (finest - common)
            pixels += np.repeat(sums / children, children)
        return pixels, "NESTED"


def _area(order: np.ndarray | int) -> np.ndarray:
    return np.pi / (3 * np.power(4.0, order))
