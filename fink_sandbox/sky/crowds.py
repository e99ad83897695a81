"""Many quiet objects of one kind, for tests of limits and of load."""

import numpy as np

from .cadence import on_slots
from .chance import generator
from .groups import Group, Sightings, magnitude_error
from .pixels import healpix

__all__ = ["NSIDE", "crowd", "positions_in_pixel"]

NSIDE = 128
HALF_NIGHT = 0.16  # days
ALERTS_PER_EXPOSURE = 4
SCATTER = 0.08 / 3600  # degrees


def positions_in_pixel(pixel: int, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Random right ascensions and declinations (degrees) inside a HEALPix pixel."""
    east, north = rng.uniform(0.02, 0.98, (2, n))
    ra, dec = healpix(NSIDE).healpix_to_lonlat(np.full(n, pixel), dx=east, dy=north)
    return ra.deg, dec.deg


def crowd(
    seed: int, kind: str, positions: dict[str, tuple[float, float]], nights: np.ndarray, alerts: int
) -> Group:
    """Alerts of objects at these positions on these nights."""
    ids = list(positions)
    rng = generator(seed, ids[0], "crowd")
    each = np.full(len(ids), alerts // len(ids)) + (np.arange(len(ids)) < alerts % len(ids))
    exposures = _exposures(nights, max(alerts // ALERTS_PER_EXPOSURE, each.max()), rng)
    jd = np.concatenate([rng.choice(exposures, count, replace=False) for count in each])
    ra, dec = np.repeat(np.array(list(positions.values())), each, axis=0).T
    band = rng.choice(["g", "r"], jd.size)
    magnitude = np.repeat(rng.uniform(17.5, 19.8, len(ids)), each) + rng.normal(0, 0.1, jd.size)
    scatter = rng.normal(0, SCATTER, (2, jd.size))
    ra, dec = (ra + scatter[0] / np.cos(np.radians(dec))) % 360, dec + scatter[1]
    names = np.repeat(np.array(ids), each)
    sightings = Sightings(names, jd, ra, dec, band, magnitude, magnitude_error(magnitude))
    return Group(kind, "crowd", sightings, rng)


def _exposures(nights: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Times of different exposures, spread over the nights."""
    slots = np.unique(on_slots(np.add.outer(nights, np.arange(-HALF_NIGHT, HALF_NIGHT, 0.001))))
    return rng.choice(slots, n, replace=False)
