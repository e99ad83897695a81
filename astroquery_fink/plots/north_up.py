# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Cutouts on the sky with north up and east left."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from astropy.wcs import WCS
from astropy.wcs.utils import proj_plane_pixel_scales

__all__ = ["NorthUp", "is_on_sky"]


@dataclass(frozen=True)
class NorthUp:
    """How an image lies in a plane with north up and east left.

    Parameters
    ----------
    wcs : `~astropy.wcs.WCS`
        The WCS of the plane: scale and reference point are those of the image.
    matrix : array of shape (3, 3)
        From pixels of the image to pixels of the plane, for (x, y, 1). The first pixel is at (0, 0).
    centre : array of shape (2,)
        The centre of the image, in pixels of the plane.
    width : float
        The side of the square around the image, in arcseconds.
    """

    wcs: WCS
    matrix: np.ndarray
    centre: np.ndarray
    width: float

    @classmethod
    def of(cls, hdu: Any) -> "NorthUp":
        """Turn the image of an HDU north up; one without a WCS stays as it is."""
        image = WCS(hdu.header)
        wcs = _north_up(image) if is_on_sky(hdu) else image
        linear = np.linalg.inv(wcs.pixel_scale_matrix) @ image.pixel_scale_matrix
        reference = image.wcs.crpix - 1
        matrix = np.eye(3)
        matrix[:2, :2], matrix[:2, 2] = linear, reference - linear @ reference
        height, width = hdu.data.shape
        corners = [(x - 0.5, y - 0.5, 1) for x in (0, width) for y in (0, height)]
        low, high = np.min(corners @ matrix.T, axis=0), np.max(corners @ matrix.T, axis=0)
        centre, width = (low + high)[:2] / 2, np.max(high - low)
        return cls(wcs, matrix, centre, float(width * _arcsec_per_pixel(wcs)))

    def limits(self, width: float) -> np.ndarray:
        """((left, right), (bottom, top)) of a square of so many arcseconds around the image, in pixels."""
        half = width / _arcsec_per_pixel(self.wcs) / 2
        return self.centre[:, np.newaxis] + (-half, half)


def is_on_sky(hdu: Any) -> bool:
    """Whether the header of an image has a WCS."""
    return "CRVAL1" in hdu.header


def _north_up(image: WCS) -> WCS:
    """A WCS with the same scale and reference point as an image, but north up and east left."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype, wcs.wcs.cunit, wcs.wcs.radesys = image.wcs.ctype, image.wcs.cunit, image.wcs.radesys
    wcs.wcs.crval, wcs.wcs.crpix = image.wcs.crval, image.wcs.crpix
    wcs.wcs.cdelt = proj_plane_pixel_scales(image) * (-1, 1)
    return wcs


def _arcsec_per_pixel(wcs: WCS) -> float:
    return abs(wcs.wcs.cdelt[0]) * 3600
