"""Alerts by place: rows of sources with what is known of their objects, and the pixel they lie in."""

import numpy as np

from ..server.pool import Pool
from .columns import KINDS

__all__ = ["LABELS", "NSIDE", "grid", "pixel_pool"]

NSIDE = 1024
LABELS = ["f:pixel1024", "r:diaObjectId", "r:midpointMjdTai"]


def grid():
    """The pixels that alerts are kept by."""
    from astropy_healpix import HEALPix

    return HEALPix(nside=NSIDE, order="ring")


def pixel_pool(survey, chosen=None):
    """
    Alerts with the columns of their objects.

    Parameters
    ----------
    survey : `~fink_sandbox.lsst.survey.Survey`
    chosen : callable, optional
        Tells of a target whether its alerts are wanted.

    Returns
    -------
    `~fink_sandbox.sky.pool.Pool`
    """
    pixels = grid()
    return Pool([_indexed(one, pixels) for one in survey.histories(chosen).values()])


def _indexed(history, pixels):
    from astropy import units

    n = len(history.sources["r:ra"])
    places = (np.array(history.sources[name]) * units.deg for name in ("r:ra", "r:dec"))
    columns = {name: cells * n for name, cells in history.summary.items()} | history.sources
    columns |= {"r:salt": [None] * n, "f:pixel1024": pixels.lonlat_to_healpix(*places).tolist()}
    return {name: columns[name] for name in KINDS["pixels"]}
