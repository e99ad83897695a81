"""Simulated gravitational-wave events and their sky maps."""

import gzip
import io
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.table import Table

from .pixels import healpix, separation

__all__ = ["EVENTS", "RUBIN_EVENTS", "event_map"]

NSIDE = 64
# name, time, right ascension and declination (degrees) of the centre, radius (sigma, degrees)
EVENTS = {"S990220sim": ("2025-02-20T01:00:00", 149.5, 23.5, 2.5)}
RUBIN_EVENTS = EVENTS | {"S990315sim": ("2025-03-15T05:00:00", 187.2, 15.9, 1.5)}


def event_map(name: str) -> bytes:
    """Round Gaussian map of an event, like ``bayestar.fits.gz``."""
    date, ra, dec, radius = RUBIN_EVENTS[name]
    pixels = healpix(NSIDE, "nested")
    positions = [angle.deg for angle in pixels.healpix_to_lonlat(np.arange(pixels.npix))]
    chance = np.exp(-0.5 * (separation(ra, dec, *positions) / radius) ** 2)
    hdu: Any = fits.BinTableHDU(Table({"PROB": chance / chance.sum()}))
    hdu.header.update({"ORDERING": "NESTED", "NSIDE": NSIDE, "DATE-OBS": date, "OBJECT": f"{name} simulated"})
    content = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(content)
    return gzip.compress(content.getvalue(), mtime=0)
