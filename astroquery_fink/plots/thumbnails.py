# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Cutouts as small PNG images, without figures."""

from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from astropy.io import fits

from .alerts import kinds_of
from .north_up import NorthUp
from .stretch import Stretches, colors

if TYPE_CHECKING:
    from matplotlib.colors import Normalize

__all__ = ["thumbnails"]

_MISSING, _OUTSIDE = 254, 255  # levels


def thumbnails(alert: fits.HDUList, size: int = 96) -> dict[str, bytes]:
    """The cutouts of an alert, by kind, as PNGs of ``size`` by ``size`` pixels: north up, same scale."""
    hdus: dict[str, Any] = {kind: alert[kind] for kind in kinds_of([alert])}
    stretches = Stretches(hdus.values())
    planes = {kind: NorthUp.of(hdu) for kind, hdu in hdus.items()}
    width = max((plane.width for plane in planes.values()), default=0)
    return {
        kind: _png(hdu, stretches.norm(hdu), _to_pixels(planes[kind], width, size), size)
        for kind, hdu in hdus.items()
    }


def _png(hdu: Any, norm: "Normalize", to_pixels: np.ndarray, size: int) -> bytes:
    """An image of 254 grey levels, the colour of missing pixels, and transparent pixels around it."""
    from PIL.Image import Resampling, Transform, fromarray

    values = norm(np.ma.masked_invalid(hdu.data))
    levels = fromarray(np.ma.filled(values.clip(0, 1) * (_MISSING - 1), _MISSING).astype(np.uint8))
    coefficients = to_pixels[:2].ravel().tolist()
    image = levels.transform(
        (size, size), Transform.AFFINE, coefficients, Resampling.NEAREST, fillcolor=_OUTSIDE
    )
    grey = [*np.linspace(0, 1, _MISSING), np.nan, np.nan]
    image.putpalette(colors()(np.ma.masked_invalid(grey), bytes=True)[:, :3].tobytes())
    file = BytesIO()
    image.save(file, "PNG", transparency=_OUTSIDE)
    return file.getvalue()


def _to_pixels(plane: NorthUp, width: float, size: int) -> np.ndarray:
    """The matrix from a PNG (0, 0 is its top left corner) to pixels of an image (0, 0 is a corner, too)."""
    (left, right), (_, top) = plane.limits(width)
    step = (right - left) / size
    to_plane = np.array([(step, 0, left), (0, -step, top), (0, 0, 1)])
    to_corner = np.array([(1, 0, 0.5), (0, 1, 0.5), (0, 0, 1)])
    return to_corner @ np.linalg.inv(plane.matrix) @ to_plane
