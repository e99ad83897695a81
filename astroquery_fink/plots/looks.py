# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Colours and markers of light curves: of bands, of quality, of several light curves on an Axes."""

from typing import TYPE_CHECKING, Any

from ..exceptions import FinkQueryError
from ..messages import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["BAND_STYLES", "ON_DARK", "QUALITIES", "is_dark", "look_of", "normalized"]

# The colours of Okabe & Ito, which all kinds of colour vision can distinguish; i has violet, not their pink.
BAND_STYLES: dict[str, dict[str, Any]] = {
    "u": {"color": "#0072B2", "fmt": "P"},
    "g": {"color": "#009E73", "fmt": "o"},
    "r": {"color": "#D55E00", "fmt": "s"},
    "i": {"color": "#7A4EA3", "fmt": "D"},
    "z": {"color": "#E69F00", "fmt": "h"},
    "y": {"color": "#000000", "fmt": "*"},
}
ON_DARK = {"u": "#56B4E9", "g": "#1CC79A", "r": "#FF7F2A", "i": "#B794E0", "y": "#FFFFFF"}

# Quality -> words for the legend, and the style that replaces that of the band.
QUALITIES: dict[str, tuple[str, dict[str, Any]]] = {
    "valid": ("", {"markersize": 4}),
    "forced": (" forced", {"markersize": 3, "markerfacecolor": "none", "alpha": 0.6}),
    "badquality": (" bad quality", {"fmt": "x", "markersize": 5, "alpha": 0.6}),
    "upperlim": (" upper limit", {"fmt": "v", "markersize": 5, "markerfacecolor": "none", "alpha": 0.5}),
}


def look_of(band: str, quality: str, number: int, ax: "Axes") -> dict[str, Any]:
    """The style of points of the first, second … light curve on an Axes, on a light or a dark ground."""
    dark = is_dark(ax)
    style = BAND_STYLES[band] | QUALITIES[quality][1]
    if dark and band in ON_DARK:
        style["color"] = ON_DARK[band]
    is_later = number > 0 and quality == "valid"
    return style | {"elinewidth": 0.8} | (_later("white" if dark else "black", number) if is_later else {})


def _later(edge: str, number: int) -> dict[str, Any]:
    """What sets the second light curve, and those after it, apart: dark edges, then half of each marker."""
    half = {} if number == 1 else {"fillstyle": ("left", "bottom", "right", "top")[(number - 2) % 4]}
    return {"markersize": 5.5, "markeredgecolor": edge, "markeredgewidth": 0.9, **half}


def normalized(style: dict[str, Any]) -> dict[str, Any]:
    """The keywords of a user under their full names, such as ``markersize`` for ``ms``."""
    from matplotlib.cbook import normalize_kwargs
    from matplotlib.lines import Line2D

    try:
        return normalize_kwargs(style, Line2D)
    except TypeError as error:  # one keyword under two names
        raise FinkQueryError(f"errorbar does not take these keywords, {shown(style)}: {error}") from error


def is_dark(ax: "Axes") -> bool:
    """Whether the ground of an Axes is dark."""
    from matplotlib.colors import to_rgba

    grounds = [to_rgba(ax.get_facecolor()), to_rgba(ax.figure.get_facecolor())]
    red, green, blue, _ = next((ground for ground in grounds if ground[3] > 0), (1, 1, 1, 1))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.5
