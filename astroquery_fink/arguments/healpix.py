# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""HEALPix cells, by astropy-healpix, which is imported on first use."""

from importlib import import_module
from typing import Any

import astropy.units as u
import numpy as np

from ..exceptions import FinkQueryError

__all__ = ["FINEST", "cells_at", "healpix", "split_uniq", "unit_vectors"]

FINEST = 29
"""int : The order of the finest cells that HEALPix knows."""


def healpix(what: str, extra: str) -> Any:
    """The module astropy_healpix, which ``what`` needs and ``extra`` installs."""
    try:
        return import_module("astropy_healpix")
    except ImportError as error:
        remedy = f"pip install 'astroquery_fink[{extra}]'"
        raise FinkQueryError(f"{what} needs astropy-healpix: {remedy}.") from error


def split_uniq(uniq: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The order and the nested index of cells, from their numbers ``4 * 4**order + index``."""
    uniq = np.asarray(uniq).astype(np.int64)
    order = (np.frexp(uniq.astype(float))[1].astype(np.int64) - 3) // 2
    order = order - (uniq < np.int64(4) << 2 * order)  # floats round the last cells of an order up
    return order, uniq - (np.int64(4) << 2 * order)


def cells_at(ra: np.ndarray, dec: np.ndarray, order: int, scheme: str = "nested") -> np.ndarray:
    """The cells of one order at positions in degrees."""
    pixels = healpix("a sky map", "skymap")
    return pixels.lonlat_to_healpix(ra * u.deg, dec * u.deg, 1 << order, order=scheme)


def unit_vectors(order: np.ndarray, index: np.ndarray, dx: float, dy: float) -> np.ndarray:
    """Unit vectors of a point in each cell, of shape ``(cells, 3)``."""
    pixels = healpix("a MOC", "moc")
    lon, lat = (angle.rad for angle in pixels.healpix_to_lonlat(index, 1 << order, dx, dy, order="nested"))
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)
