# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What a sky map says of a position: its credible level, and the distance along its line of sight."""

from dataclasses import dataclass

import numpy as np

from .sky_map_cells import FlatCells, MixedCells

__all__ = ["Distances", "SkyMapCells", "distance_moments"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(400)
_BELOW, _ABOVE = (
    12,
    40,
)  # widths around the most probable distance, beyond which the probability is negligible


@dataclass(frozen=True)
class Distances:
    """The parameters of the distance in each cell, in Mpc: the columns ``DISTMU`` and ``DISTSIGMA``."""

    mu: np.ndarray
    sigma: np.ndarray


@dataclass(frozen=True)
class SkyMapCells:
    """A sky map: the probability in each cell, and the distances if it has them."""

    cells: FlatCells | MixedCells
    probability: np.ndarray
    distances: Distances | None
    date: str

    def credible_levels(self, rows: np.ndarray) -> np.ndarray:
        """The probability of the smallest region that holds each of these cells; NaN for row -1."""
        probability = self.probability.astype(float)
        rank = np.argsort(-probability / self.cells.areas, kind="stable")
        levels = np.empty(len(rank))
        levels[rank] = np.cumsum(probability[rank])
        return np.where(rows >= 0, np.minimum(levels[rows], 1), np.nan)

    def distance_moments(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """Mean and standard deviation of the distance in each of these cells; NaN where unknown."""
        if self.distances is None:
            return None
        found, inverse = np.unique(rows, return_inverse=True)
        mu, sigma = (
            np.where(found >= 0, values[found].astype(float), np.nan)
            for values in (self.distances.mu, self.distances.sigma)
        )
        mean, std = distance_moments(mu, sigma)
        return mean[inverse], std[inverse]


def distance_moments(mu: np.ndarray, sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of distances; NaN where the parameters are not valid.

    The probability of the distance r along a line of sight is proportional to r^2 exp(-(r - mu)^2 /
    (2 sigma^2)): Singer et al. 2016, ApJ Letters 829, L15, equation 1.
    """
    moments = np.full((2, len(mu)), np.nan)
    valid = np.isfinite(mu) & np.isfinite(sigma) & (sigma > 0)
    if valid.any():
        moments[:, valid] = _moments(mu[valid, None], sigma[valid, None])
    return moments[0], moments[1]


def _moments(mu: np.ndarray, sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same by integration around the most probable distance, which is exact where mu is far below 0."""
    root = np.sqrt(mu**2 + 8 * sigma**2)
    mode = np.where(mu > 0, (root + mu) / 2, 4 * sigma**2 / (root - mu))
    width = 1 / np.sqrt(2 / mode**2 + 1 / sigma**2)
    first, last = np.maximum(mode - _BELOW * width, 0), mode + _ABOVE * width
    r = first + (last - first) * (_NODES + 1) / 2
    exponent = ((mode - mu) ** 2 - (r - mu) ** 2) / (2 * sigma**2)
    weights = _WEIGHTS * (r / mode) ** 2 * np.exp(exponent)
    weights /= weights.sum(axis=1, keepdims=True)
    mean = (weights * r).sum(axis=1)
    return mean, np.sqrt((weights * (r - mean[:, None]) ** 2).sum(axis=1))
