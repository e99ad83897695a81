# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Marks on cutouts: the target, north and east, the scale bar."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from astropy.io import fits

from .alerts import survey_of

__all__ = ["draw_compass", "draw_scale_bar", "draw_target"]

_COLOR, _OUTLINE = "white", "black"
_TARGET = "#ff9d2e"
_GAP, _ARM = 0.09, 0.09  # of the width of the axes


def draw_target(ax: Any, alert: fits.HDUList, hdu: Any) -> None:
    """A cross with a gap around the position of the alert, if that is known."""
    position = _target(ax.wcs, alert, hdu)
    if position is None:
        return
    left, right = ax.get_xlim()
    arm = (right - left) * np.array((_GAP, _GAP + _ARM, np.nan))  # NaN lifts the pen
    x = position[0] + np.concatenate([arm, -arm, 0 * arm, 0 * arm])
    y = position[1] + np.concatenate([0 * arm, 0 * arm, arm, -arm])
    ax.plot(x, y, color=_TARGET, lw=0.9, label="target", path_effects=_outline(1.8))


def _target(wcs: Any, alert: fits.HDUList, hdu: Any) -> Sequence[float] | None:
    """The pixel of the alert. The centre of an array that is cut off is not the alert's position."""
    header, cutouts = alert[0].header, survey_of(alert).cutouts
    if cutouts.format == "array" and hdu.data.shape != cutouts.shape:
        return None
    if not wcs.has_celestial or None in (header.get("RA"), header.get("DEC")):
        return wcs.wcs.crpix - 1
    return wcs.wcs_world2pix(header["RA"], header["DEC"], 0)


def draw_compass(ax: Any) -> None:
    """Arrows to the north and to the east in the lower right corner."""
    corner, length = (0.92, 0.08), 0.16
    ends = {"N": (corner[0], corner[1] + length), "E": (corner[0] - length, corner[1])}
    arrow = {"arrowstyle": "-|>,head_width=0.12,head_length=0.25", "color": _COLOR, "lw": 0.9}
    arrow |= {"shrinkA": 0, "shrinkB": 0, "path_effects": _outline(2)}
    sides = {"N": {"ha": "center", "va": "bottom"}, "E": {"ha": "right", "va": "center"}}
    for letter, end in ends.items():
        ax.annotate("", end, corner, xycoords="axes fraction", arrowprops=arrow)
        where = {"textcoords": "offset points", "xytext": (0, 1) if letter == "N" else (-2, 0)}
        ax.annotate(letter, end, xycoords="axes fraction", **where, **sides[letter], **_text())


def draw_scale_bar(ax: Any, alert: fits.HDUList) -> None:
    """A bar in the lower left corner, and its length."""
    arcsec = survey_of(alert).cutouts.scale_bar
    left, right = ax.get_xlim()
    length = arcsec / (abs(ax.wcs.wcs.cdelt[0]) * 3600 * (right - left))
    style = {"color": _COLOR, "lw": 2, "path_effects": _outline(3.2), "solid_capstyle": "butt"}
    ax.plot([0.07, 0.07 + length], [0.07, 0.07], transform=ax.transAxes, label="scale bar", **style)
    ax.text(0.07, 0.1, f"{arcsec:g}″", transform=ax.transAxes, **_text())


def _text() -> dict[str, Any]:
    return {"color": _COLOR, "fontsize": "small", "weight": "bold", "path_effects": _outline(2)}


def _outline(width: float) -> list[Any]:
    """A dark edge around a bright line, so that it is seen on any image."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=width, foreground=_OUTLINE)]
