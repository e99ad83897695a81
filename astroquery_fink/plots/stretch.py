# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The stretch of cutouts: one for all science and template images, one for all differences."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.colors import Colormap, Normalize

__all__ = ["Stretches", "colors", "stretch_name"]

_BAD_PIXEL = "#7fa8d8"
_DIFFERENCE = "DIFFERENCE"  # its stretch is symmetric about zero
_LOW, _HIGH = 2, 99.8  # percentiles
_SOFTENING = 0.2  # the part of the range in which asinh is nearly linear


def colors(name: str = "gray") -> "Colormap":
    """The colours of a colormap; missing pixels are blue."""
    from matplotlib import colormaps

    return colormaps.get_cmap(name).with_extremes(bad=_BAD_PIXEL)


class Stretches:
    """The common stretch of images of one kind.

    Science and template images have an asinh stretch between two percentiles of all their pixels, counted
    from the median of each image, because the brightness of the sky changes from night to night. Differences
    have an asinh stretch that is symmetric about zero. Images in different units are stretched apart.

    Parameters
    ----------
    hdus : iterable of HDUs with images
    """

    def __init__(self, hdus: Iterable[Any]) -> None:
        pixels: dict[Any, list[np.ndarray]] = {}
        for hdu in hdus:
            values = hdu.data[np.isfinite(hdu.data)]
            pixels.setdefault(_group(hdu), []).append(values - _zero(hdu, values))
        self._limits = {group: _limits(group[0], np.concatenate(each)) for group, each in pixels.items()}

    def norm(self, hdu: Any) -> "Normalize":
        """The stretch of one of the images."""
        from astropy.visualization import AsinhStretch, ImageNormalize
        from matplotlib.colors import AsinhNorm

        low, high = self._limits[_group(hdu)]
        if _is_difference(hdu):
            return AsinhNorm(_SOFTENING * high, low, high)
        zero = _zero(hdu, hdu.data[np.isfinite(hdu.data)])
        return ImageNormalize(vmin=zero + low, vmax=zero + high, stretch=AsinhStretch(_SOFTENING))


def stretch_name(kind: str) -> str:
    """The name of the stretch of images of a kind."""
    return f"asinh ±{_HIGH} %" if kind == _DIFFERENCE else f"asinh {_LOW}–{_HIGH} %"


def _is_difference(hdu: Any) -> bool:
    return hdu.name == _DIFFERENCE


def _group(hdu: Any) -> tuple[bool, str]:
    """The images of a group have the same limits."""
    return _is_difference(hdu), hdu.header.get("BUNIT", "")


def _zero(hdu: Any, values: np.ndarray) -> float:
    """The brightness of the sky: zero in a difference."""
    return 0.0 if _is_difference(hdu) or not values.size else float(np.median(values))


def _limits(symmetric: bool, values: np.ndarray) -> tuple[float, float]:
    """The lowest and highest value; also of pixels that are all missing or all the same."""
    if not values.size:
        return -1.0, 1.0
    low, high = np.percentile(np.abs(values) if symmetric else values, (_LOW, _HIGH)).astype(float)
    low = -high if symmetric else low
    return (low, high) if high > low else (low - 1, low + 1)
