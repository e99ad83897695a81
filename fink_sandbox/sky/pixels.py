"""The index of the alerts by place: HEALPix pixels, and distances on the sphere."""

import numpy as np

from ..server.arguments import STORED
from ..server.pool import Pool
from .crowds import NSIDE

__all__ = ["INDEXED", "LABELS", "OTHERS", "grid", "newest_of_each", "pixel_pool", "separation"]

INDEXED = [
    "i:objectId", "i:candid", "i:magpsf", "i:sigmapsf", "i:jd", "i:jdstarthist", "d:cdsxmatch", "i:drb",
    "i:ra", "i:dec", "i:fid", "i:distnr", "d:nalerthist", "d:classification",
]  # fmt: skip
OTHERS = [name for name in STORED if name not in INDEXED]
LABELS = ["pixel", "i:jdstarthist", "i:objectId", "i:jd"]


def grid():
    """The pixels that alerts are kept by."""
    from astropy_healpix import HEALPix

    return HEALPix(nside=NSIDE, order="ring")


def separation(ra, dec, other_ra, other_dec):
    """Angle between places, all in degrees."""
    ra, dec, other_ra, other_dec = (np.radians(angle) for angle in (ra, dec, other_ra, other_dec))
    square = np.sin((other_dec - dec) / 2) ** 2
    square = square + np.cos(dec) * np.cos(other_dec) * np.sin((other_ra - ra) / 2) ** 2
    return np.degrees(2 * np.arcsin(np.sqrt(np.clip(square, 0, 1))))


def pixel_pool(sky, chosen=None):
    """
    Alerts with two more columns: ``pixel`` and ``d:classification``.

    Parameters
    ----------
    sky : `~fink_sandbox.Sky`
    chosen : callable, optional
        Tells of a target whether its alerts are wanted.

    Returns
    -------
    `~fink_sandbox.sky.pool.Pool`
    """
    pixels = grid()
    return Pool([_indexed(table, pixels) for table in sky.tables(chosen)])


def _indexed(table, pixels):
    from astropy import units

    places = (np.array(table[name]) * units.deg for name in ("i:ra", "i:dec"))
    pixel = pixels.lonlat_to_healpix(*places).tolist()
    return table | {"pixel": pixel, "d:classification": table["v:classification"]}


def newest_of_each(pool, rows):
    """
    The newest alert of every object.

    Parameters
    ----------
    pool : `~fink_sandbox.sky.pool.Pool`
    rows : array of int
        Those to choose from.

    Returns
    -------
    array of int
    """
    return pool.newest_of_each(rows, "i:objectId", "i:jd")
