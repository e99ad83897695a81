"""HEALPix pixels and distances on the sphere."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["healpix", "pixel_numbers", "separation"]


def healpix(nside: int, order: str = "ring") -> Any:
    """The HEALPix scheme of this resolution."""
    from astropy_healpix import HEALPix

    return HEALPix(nside=nside, order=order)


def pixel_numbers(nside: int, ra: ArrayLike, dec: ArrayLike) -> list[int]:
    """Pixels in ring order of positions in degrees."""
    from astropy import units

    positions = (np.array(values) * units.deg for values in (ra, dec))
    return healpix(nside).lonlat_to_healpix(*positions).tolist()


def separation(ra: ArrayLike, dec: ArrayLike, other_ra: ArrayLike, other_dec: ArrayLike) -> np.ndarray:
    """Angle between positions, all in degrees."""
    ra, dec, other_ra, other_dec = (np.radians(angle) for angle in (ra, dec, other_ra, other_dec))
    square = np.sin((other_dec - dec) / 2) ** 2
    square = square + np.cos(dec) * np.cos(other_dec) * np.sin((other_ra - ra) / 2) ** 2
    return np.degrees(2 * np.arcsin(np.sqrt(np.clip(square, 0, 1))))
