"""When Rubin observes a position, in which band, how deep and how sharp; most often in deep fields."""

import numpy as np
from numpy.typing import ArrayLike

from ..data import load
from ..sky import cadence
from ..sky.cadence import altitude, moonlight, on_slots
from ..sky.pixels import separation
from ..sky.sources import by_band
from ..sky.targets import Target

__all__ = [
    "DEPTH",
    "HALF_EXPOSURE",
    "MODIFIED",
    "SEEING",
    "SLOT",
    "TAI_MINUS_UTC",
    "Visits",
    "deep_field",
    "julian_dates",
    "visits",
]

SLOT = 38.0 / 86400  # days from one exposure to the next
HALF_EXPOSURE = 15.0 / 86400
TAI_MINUS_UTC = 37.0 / 86400
MODIFIED = 2_400_000.5  # Julian date at which modified ones begin
DEPTH = {"u": 23.9, "g": 25.0, "r": 24.7, "i": 24.0, "z": 23.3, "y": 22.1}
MOONLIGHT = {"u": 0.9, "g": 0.7, "r": 0.4, "i": 0.2, "z": 0.1, "y": 0.05}
# share of the clear nights that get one such exposure of a deep field
EXPOSURES = {"u": 0.035, "g": 0.08, "r": 0.1, "i": 0.1, "z": 0.07, "y": 0.045}
WIDE = 0.25  # share of these exposures elsewhere
FIELD_RADIUS = 1.75  # degrees
SEEING = 0.95  # arcsec


class Visits(cadence.Visits):
    """The exposures of one position, and the times of their middle."""

    @property
    def middle(self) -> np.ndarray:
        """Middle of the exposure, UTC days."""
        return self.jd + HALF_EXPOSURE

    @property
    def mjd(self) -> np.ndarray:
        """Middle of the exposure, modified Julian date, TAI."""
        return (self.jd - MODIFIED) + HALF_EXPOSURE + TAI_MINUS_UTC


def julian_dates(mjd: ArrayLike) -> np.ndarray:
    """Julian dates, UTC, of modified ones in TAI."""
    return np.asarray(mjd, dtype=float) + MODIFIED - TAI_MINUS_UTC


def deep_field(ra: float, dec: float) -> str | None:
    """Name of the deep field around a position, None outside of all."""
    for name, centre in load("lsst_objects.json")["deep_fields"].items():
        if separation(ra, dec, *centre) < FIELD_RADIUS:
            return name
    return None


def visits(target: Target, density: int = 1) -> Visits:
    """Exposures of a target, `density` times as many as usual."""
    rng = target.generator(f"rubin visits {density}")
    share = density * (1 if deep_field(target.ra, target.dec) else WIDE)
    midnight, start, end = target.cadence.nights(target.ra, target.dec)
    nights, bands = [], []
    for band, usual in EXPOSURES.items():
        count = rng.poisson(usual * share, midnight.size)
        nights.append(np.repeat(np.arange(midnight.size), count))
        bands.append(np.full(count.sum(), band))
    night, band = np.concatenate(nights), np.concatenate(bands)
    hour = start[night] + (end - start)[night] * rng.random(night.size)
    jd, one = np.unique(on_slots(midnight[night] + hour / 24, SLOT), return_index=True)
    return _conditions(target, jd, band[one], rng)


def _conditions(target: Target, jd: np.ndarray, band: np.ndarray, rng: np.random.Generator) -> Visits:
    airmass = 1 / np.sin(altitude(target.ra, target.dec, jd))
    seeing = SEEING * airmass**0.6 * rng.lognormal(0, 0.15, jd.size)
    depth, moon = by_band(DEPTH, band), by_band(MOONLIGHT, band)
    depth = depth - moon * moonlight(target.ra, target.dec, jd) - 0.2 * (airmass - 1)
    depth = depth - 1.1 * np.log10(seeing / SEEING) + rng.normal(0, 0.12, jd.size)
    return Visits(jd, band, depth, seeing)
