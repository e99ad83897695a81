"""The cone of a search around a position."""

from dataclasses import dataclass

import numpy as np
from astropy.coordinates import SkyCoord
from numpy.typing import ArrayLike
from werkzeug.wrappers import Response

from ..sky.pixels import separation
from .arguments import Payload, number
from .response import refusal

__all__ = ["DEFAULT_LIMIT", "Cone", "requested_cone"]

LARGEST_RADIUS = 18000.0  # arcsec
DEFAULT_LIMIT = 1000


@dataclass(frozen=True)
class Cone:
    """A circle on the sky."""

    centre: SkyCoord
    radius: float  # degrees

    def distance(self, ra: ArrayLike, dec: ArrayLike) -> np.ndarray:
        """Distance of positions from the centre, all in degrees."""
        return separation(self.centre.ra.deg, self.centre.dec.deg, ra, dec)


def requested_cone(payload: Payload) -> Cone | Response:
    """The cone of a request, or the refusal of invalid arguments."""
    radius = number(payload, "radius") / 3600
    if radius > LARGEST_RADIUS / 3600:
        return refusal("`radius` is at most 18,000 arcseconds (5 degrees).")
    try:
        return Cone(_position(payload["ra"], payload["dec"]), radius)
    except ValueError as unreadable:
        return refusal(unreadable)


def _position(ra: str | float, dec: str | float) -> SkyCoord:
    """Coordinates in degrees, or in hours and degrees if sexagesimal."""
    if "h" in str(ra):
        return SkyCoord(ra, dec, frame="icrs")
    sexagesimal = ":" in str(ra) or " " in str(ra)
    return SkyCoord(ra, dec, frame="icrs", unit=("hourangle", "deg") if sexagesimal else "deg")
