# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Pictures of cutouts, which the TOM Toolkit cannot make of images as small as those of Rubin."""

from io import BytesIO

import numpy as np
from astropy.visualization import AsinhStretch, PercentileInterval
from PIL import Image

__all__ = ["thumbnail"]


def thumbnail(pixels: np.ndarray, size: tuple[int, int]) -> bytes:
    """A JPEG of an image, its first row at the bottom; missing pixels are black."""
    scaled = np.zeros(pixels.shape)
    finite = np.isfinite(pixels)
    if finite.any():
        lower, upper = PercentileInterval(99.5).get_limits(pixels[finite])
        scaled[finite] = np.clip((pixels[finite] - lower) / (upper - lower or 1), 0, 1)
    grey = (255 * AsinhStretch()(scaled)).astype(np.uint8)
    picture = Image.fromarray(np.flipud(grey)).resize(size, Image.Resampling.NEAREST)
    content = BytesIO()
    picture.save(content, "JPEG", quality=90)
    return content.getvalue()
