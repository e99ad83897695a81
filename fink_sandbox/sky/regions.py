"""Credible regions of gravitational-wave sky maps."""

import io
from typing import Any

import numpy as np
from astropy import units
from astropy.io import fits
from astropy.time import Time

from .pixels import healpix

__all__ = ["inside"]

DEEPEST = 29  # order of the finest pixels that HEALPix knows


def inside(content: bytes, nside: int, pixel: np.ndarray, level: float) -> tuple[np.ndarray, float]:
    """Mask of ring pixels in the credible region of a FITS map, and the event's time."""
    with fits.open(io.BytesIO(content)) as hdus:
        hdu: Any = hdus[1]
        data, header = hdu.data, hdu.header
        starts, levels = _many_orders(data) if "UNIQ" in data.names else _flat(data, header["ORDERING"])
    finest = healpix(2**DEEPEST, "nested")
    centre = finest.lonlat_to_healpix(*healpix(nside).healpix_to_lonlat(pixel))
    order = np.argsort(starts)
    found = levels[order][np.searchsorted(starts[order], centre, side="right") - 1]
    return found <= level, Time(header["DATE-OBS"]).jd


def _flat(data: Any, ordering: str) -> tuple[np.ndarray, np.ndarray]:
    """First of the finest pixels in every pixel of the map, and its credible level."""
    chance = np.asarray(data["PROB"], dtype=float).ravel()
    nside = int(np.sqrt(chance.size / 12))
    pixel = np.arange(chance.size)
    nested = pixel if ordering.upper().startswith("NEST") else healpix(nside).ring_to_nested(pixel)
    return nested << 2 * (DEEPEST - nside.bit_length() + 1), _credible(chance, chance)


def _many_orders(data: Any) -> tuple[np.ndarray, np.ndarray]:
    """The same for a map whose pixels are of many sizes."""
    from astropy_healpix import uniq_to_level_ipix

    order, pixel = uniq_to_level_ipix(data["UNIQ"].astype(np.int64))
    density = np.asarray(data["PROBDENSITY"], dtype=float)
    area = (4 * np.pi * units.sr).value / (12 * 4.0**order)
    return pixel << 2 * (DEEPEST - order), _credible(density, density * area)


def _credible(density: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Share of the probability where the density is as high or higher."""
    order = np.argsort(-density, kind="stable")
    levels = np.empty(chance.size)
    levels[order] = np.cumsum(chance[order])
    return levels
