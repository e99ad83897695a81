"""When Rubin looks at a place, in which band, how deep and how sharp: often in deep fields, else rarely."""

import numpy as np

from ..data import load
from ..sky import cadence
from ..sky.cadence import altitude, moonlight
from ..sky.pixels import separation

__all__ = ["SLOT", "Visits", "deep_field", "on_slots", "visits"]

SLOT = 38.0 / 86400  # days from one exposure to the next
HALF_EXPOSURE = 15.0 / 86400
TAI_MINUS_UTC = 37.0 / 86400
DEPTH = {"u": 23.9, "g": 25.0, "r": 24.7, "i": 24.0, "z": 23.3, "y": 22.1}
MOONLIGHT = {"u": 0.9, "g": 0.7, "r": 0.4, "i": 0.2, "z": 0.1, "y": 0.05}
# share of the clear nights that get one such exposure of a deep field
EXPOSURES = {"u": 0.035, "g": 0.08, "r": 0.1, "i": 0.1, "z": 0.07, "y": 0.045}
WIDE = 0.25  # how many times fewer there are elsewhere
FIELD_RADIUS = 1.75  # degrees
SEEING = 0.95  # arcsec


class Visits(cadence.Visits):
    """The exposures of one place, whose light is that of their middle."""

    @property
    def middle(self):
        """Middle of the exposure, UTC days."""
        return self.jd + HALF_EXPOSURE

    @property
    def mjd(self):
        """Middle of the exposure, modified Julian date, TAI."""
        return (self.jd - 2400000.5) + HALF_EXPOSURE + TAI_MINUS_UTC

    def select(self, which):
        """The same for some of the visits."""
        return Visits(*(values[which] for values in vars(self).values()))


def deep_field(ra, dec):
    """Name of the deep field in which a place lies, None where it lies in none."""
    for name, centre in load("lsst_objects.json")["deep_fields"].items():
        if separation(ra, dec, *centre) < FIELD_RADIUS:
            return name
    return None


def on_slots(jd):
    """The starts of exposures before these times, days."""
    return np.round((np.asarray(jd) // SLOT) * SLOT, 7)


def visits(target, density=1):
    """
    Exposures of the place of a target.

    Parameters
    ----------
    target : `~fink_sandbox.sky.sky.Target`
    density : int, optional
        How many times more exposures than the survey takes.

    Returns
    -------
    Visits
    """
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
    jd, one = np.unique(on_slots(midnight[night] + hour / 24), return_index=True)
    return _conditions(target, jd, band[one], rng)


def _conditions(target, jd, band, rng):
    airmass = 1 / np.sin(altitude(target.ra, target.dec, jd))
    seeing = SEEING * airmass**0.6 * rng.lognormal(0, 0.15, jd.size)
    depth, moon = (np.array([plan[one] for one in band.tolist()]) for plan in (DEPTH, MOONLIGHT))
    depth = depth - moon * moonlight(target.ra, target.dec, jd) - 0.2 * (airmass - 1)
    depth = depth - 1.1 * np.log10(seeing / SEEING) + rng.normal(0, 0.12, jd.size)
    return Visits(jd, band, depth, seeing)
