"""Many quiet objects of one kind, for tests of limits and of load."""

import numpy as np

from ..ztf.alerts import FILTERS
from ..ztf.groups import Sightings, Swarm
from .cadence import on_slots
from .chance import generator

__all__ = ["NSIDE", "crowd", "places_in_pixel"]

NSIDE = 128
HALF_NIGHT = 0.16  # days
ALERTS_AN_EXPOSURE = 4
SCATTER = 0.08 / 3600  # degrees


def places_in_pixel(pixel, n, rng):
    """
    Random places inside a pixel of the HEALPix scheme that the server keeps its alerts by.

    Parameters
    ----------
    pixel : int
        Of ``nside=128``, in ring order.
    n : int
    rng : `numpy.random.Generator`

    Returns
    -------
    tuple of array of float
        Right ascension and declination, degrees.
    """
    from astropy_healpix import HEALPix

    east, north = rng.uniform(0.02, 0.98, (2, n))
    places = HEALPix(nside=NSIDE, order="ring").healpix_to_lonlat(np.full(n, pixel), dx=east, dy=north)
    return tuple(angle.deg for angle in places)


def crowd(seed, template, kind, places, nights, alerts, number):
    """
    Alerts of objects that stand at the given places, as many for each; some share an exposure.

    Parameters
    ----------
    seed : int
    template : dict of str to list
        Columns of an object of the kind.
    kind : str
    places : dict of str to tuple of float
        By id, right ascension and declination in degrees.
    nights : array of float
        Midnights on which there are exposures, days.
    alerts : int
        Of all objects together.
    number : int
        Which of the swarms of the sky it is.

    Returns
    -------
    `~fink_sandbox.ztf.moving_objects.Swarm`
    """
    ids = list(places)
    rng = generator(seed, ids[0], "crowd")
    each = np.full(len(ids), alerts // len(ids)) + (np.arange(len(ids)) < alerts % len(ids))
    exposures = _exposures(nights, max(alerts // ALERTS_AN_EXPOSURE, each.max()), rng)
    jd = np.concatenate([rng.choice(exposures, count, replace=False) for count in each])
    ra, dec = np.repeat(np.array(list(places.values())), each, axis=0).T
    fid = rng.choice([FILTERS["g"], FILTERS["r"]], jd.size)
    magnitude = np.repeat(rng.uniform(17.5, 19.8, len(ids)), each) + rng.normal(0, 0.1, jd.size)
    scatter = rng.normal(0, SCATTER, (2, jd.size))
    ra, dec = (ra + scatter[0] / np.cos(np.radians(dec))) % 360, dec + scatter[1]
    sigma = 0.012 + 0.19 * 10 ** (0.4 * (magnitude - 20.6))
    sightings = Sightings(np.repeat(ids, each), jd, ra, dec, fid, magnitude, sigma)
    return Swarm(template, sightings, kind, rng, number)


def _exposures(nights, n, rng):
    """Times of different exposures, spread over the nights."""
    slots = np.unique(on_slots(np.add.outer(nights, np.arange(-HALF_NIGHT, HALF_NIGHT, 0.001))))
    return rng.choice(slots, n, replace=False)
