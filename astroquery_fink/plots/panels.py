# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Cutouts on axes: north up, with one scale, and one stretch per kind."""

from typing import TYPE_CHECKING, Any

import numpy as np
from astropy.io import fits

from .marks import draw_compass, draw_scale_bar, draw_target
from .north_up import NorthUp, is_on_sky
from .stretch import Stretches, colors, stretch_name

if TYPE_CHECKING:
    from astropy.visualization.wcsaxes import WCSAxes
    from matplotlib.patches import Rectangle

__all__ = ["Panels", "mark"]

_OUTSIDE: dict[str, Any] = {"facecolor": "#dcdcdc", "edgecolor": "#b4b4b4", "hatch": "////", "linewidth": 0}
_OTHER_STRETCH = {"norm", "vmin", "vmax"}  # arguments of imshow that replace the stretch


class Panels:
    """Cutouts that can be compared: the same scale for all, the same stretch for all of a kind.

    Parameters
    ----------
    alerts : list of `~astropy.io.fits.HDUList`
    kinds : list of str
    style : dict
        Arguments of ``imshow``.
    """

    def __init__(self, alerts: list[fits.HDUList], kinds: list[str], style: dict[str, Any]) -> None:
        self.kinds = kinds
        hdus: list[Any] = [alert[kind] for alert in alerts for kind in kinds if kind in alert]
        self._planes = {id(hdu): NorthUp.of(hdu) for hdu in hdus}
        self._width = max(plane.width for plane in self._planes.values())
        self._stretches = None if _OTHER_STRETCH & set(style) else Stretches(hdus)
        self._style = {"origin": "lower", "interpolation": "nearest", "cmap": "gray"} | style
        if isinstance(self._style["cmap"], str):
            self._style["cmap"] = colors(self._style["cmap"])

    def draw(self, figure: Any, cell: tuple[int, int, int], cutout: tuple[fits.HDUList, str]) -> "WCSAxes":
        """Draw the cutout of an alert of a kind in a cell of a grid: rows, columns, number."""
        from matplotlib.transforms import Affine2D

        alert, kind = cutout
        hdu: Any = alert[kind]
        plane = self._planes[id(hdu)]
        ax: Any = figure.add_subplot(*cell, projection=plane.wcs)
        ax.set_axis_off()  # coordinates take most of the time that a figure needs
        ax.add_patch(_background(ax))
        style = {"norm": self._stretches.norm(hdu)} if self._stretches else {}
        style |= {"transform": Affine2D(plane.matrix) + ax.transData}
        ax.imshow(np.ma.masked_invalid(hdu.data), **(style | self._style))
        xlim, ylim = plane.limits(self._width)
        ax.set(xlim=xlim, ylim=ylim)
        _label_coordinates(ax)
        return ax

    def stretch_name(self, kind: str) -> str:
        """The name of the stretch of a kind; empty if the caller chose it."""
        return stretch_name(kind) if self._stretches else ""


def mark(ax: "WCSAxes", alert: fits.HDUList, kind: str, *, scale: bool) -> None:
    """Mark the target of an image with a WCS; with ``scale``, add the compass and the scale bar."""
    hdu = alert[kind]
    if not is_on_sky(hdu):
        return
    draw_target(ax, alert, hdu)
    if scale:
        draw_compass(ax)
        draw_scale_bar(ax, alert)


def _label_coordinates(ax: Any) -> None:
    """Prepare the coordinates, which ``ax.set_axis_on()`` shows."""
    for coordinate, name in zip(ax.coords, ("Right ascension", "Declination"), strict=True):
        coordinate.set_axislabel(name if ax.wcs.has_celestial else "Offset")
        coordinate.set_ticks(number=3)


def _background(ax: Any) -> "Rectangle":
    """What is seen where a cutout has no pixels."""
    from matplotlib.patches import Rectangle

    return Rectangle((0, 0), 1, 1, transform=ax.transAxes, zorder=-1, label="outside the cutout", **_OUTSIDE)
