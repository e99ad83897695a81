# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""One row per object: the column of its light curve, and its mean position on the sphere."""

import numpy as np

__all__ = ["CURVE", "mean_positions"]

CURVE = "light_curve"
"""str : The column of light curves."""

_SMALLEST = 1e-6  # length of a mean unit vector that still has a direction


def mean_positions(ra: np.ndarray, dec: np.ndarray, begins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Directions of the mean unit vectors of groups of positions, in degrees.

    ``begins`` has the first row of each group. Positions that are NaN or outside the sphere are ignored; the
    mean is NaN without a valid position, and of positions that cancel each other out.
    """
    valid = np.isfinite(ra) & (np.abs(dec) <= 90)
    ra, dec = np.radians(np.where(valid, ra, 0)), np.radians(np.where(valid, dec, 0))
    across = np.cos(dec) * valid
    x, y, z = (
        np.add.reduceat(component, begins)
        for component in (across * np.cos(ra), across * np.sin(ra), np.sin(dec))
    )
    counts = np.add.reduceat(valid.astype(np.int64), begins)
    undefined = np.hypot(np.hypot(x, y), z) <= _SMALLEST * counts
    mean_ra = np.degrees(np.arctan2(y, x)) % 360
    mean_dec = np.degrees(np.arctan2(z, np.hypot(x, y)))
    mean_ra[(mean_ra == 360) | (np.abs(mean_dec) == 90)] = 0
    return np.where(undefined, np.nan, mean_ra), np.where(undefined, np.nan, mean_dec)
