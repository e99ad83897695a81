# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Figures of the cutouts of one alert, or of several alerts in time order."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar, overload

import numpy as np
from astropy.io import fits

from ..arguments.checks import count
from ..arguments.text import is_many
from ..exceptions import FinkQueryError
from ..messages import shown
from ..surveys import ZTF, Survey, survey_named

if TYPE_CHECKING:
    from astropy.visualization import ImageNormalize
    from astropy.visualization.wcsaxes import WCSAxes
    from astropy.wcs import WCS
    from matplotlib.figure import Figure
    from matplotlib.transforms import Affine2D

__all__ = [
    "caption",
    "draw_cutout",
    "in_time_order",
    "north_up",
    "plot_cutouts",
    "stretch",
    "survey_of_cutouts",
]

_BAD_PIXEL = "#9db4cc"
_BAR = "white"

T = TypeVar("T")


@overload
def plot_cutouts(
    hdus: fits.HDUList, *, n: int = 8, figure: "Figure | None" = None, **kwargs: Any
) -> "list[WCSAxes]": ...
@overload
def plot_cutouts(
    hdus: Iterable[fits.HDUList], *, n: int = 8, figure: "Figure | None" = None, **kwargs: Any
) -> "list[list[WCSAxes]]": ...
def plot_cutouts(hdus: Any, *, n: int = 8, figure: "Figure | None" = None, **kwargs: Any) -> list[Any]:
    """Draw the cutouts of one alert side by side, or those of several alerts as a strip in time order.

    North is up, east is left.

    Parameters
    ----------
    hdus : `~astropy.io.fits.HDUList` or list of them
        From ``get_cutouts`` or ``get_images``.
    n : int, optional
        The largest number of alerts in a strip; they are chosen evenly from the oldest to the newest.
    figure : `~matplotlib.figure.Figure`, optional
        None: the current figure.
    **kwargs
        Passed to `~matplotlib.axes.Axes.imshow`. By default each cutout has an asinh stretch between the 2nd
        and the 99.8th percentile of its pixels. Missing pixels are blue.

    Returns
    -------
    axes : list of `~astropy.visualization.wcsaxes.WCSAxes`
        One per cutout; for a strip, one list per kind, oldest alert first.

    Raises
    ------
    FinkQueryError
        ``hdus`` holds no cutouts.

    Examples
    --------
    >>> from astroquery_fink.plots import plot_cutouts
    >>> axes = plot_cutouts(fink.get_cutouts("ZTF99simsnia"))
    >>> [ax.get_title() for ax in axes]
    ['Science', 'Template', 'Difference']
    """
    from matplotlib import pyplot

    alone = isinstance(hdus, fits.HDUList)
    alerts = [hdus] if alone else _evenly(in_time_order(hdus), n)
    kinds = list(dict.fromkeys(name for alert in alerts for name in _kinds_of(alert)))
    if not kinds:
        raise FinkQueryError("hdus has no cutouts: give what get_cutouts or get_images returns.")
    figure = figure or pyplot.gcf()
    if alone:
        return [
            _add(figure, (1, len(kinds), index), hdus, kind, kwargs) for index, kind in enumerate(kinds, 1)
        ]
    return _strip(figure, alerts, kinds, kwargs)


def _strip(
    figure: "Figure", alerts: list[fits.HDUList], kinds: list[str], style: dict[str, Any]
) -> "list[list[WCSAxes]]":
    """Draw one row per kind and one column per alert."""
    axes: list[list[WCSAxes]] = [[] for _ in kinds]
    for row, kind in enumerate(kinds):
        for column, alert in enumerate(alerts):
            if kind not in alert:
                continue
            cell = (len(kinds), len(alerts), row * len(alerts) + column + 1)
            ax = _add(figure, cell, alert, kind, style, bar=column == 0)
            ax.set_title(caption(alert) if row == 0 else "", fontsize="small")
            if column == 0:
                where = {"transform": ax.transAxes, "rotation": 90, "ha": "right", "va": "center"}
                ax.text(-0.06, 0.5, kind.capitalize(), **where)
            axes[row].append(ax)
    return axes


def _kinds_of(alert: fits.HDUList) -> list[str]:
    """The names of the images of the sky, without their variances and PSFs."""
    kinds = {kind.upper() for kind in survey_of_cutouts(alert).cutouts.kinds}
    return [hdu.name for hdu in alert[1:] if hdu.name in kinds]


def survey_of_cutouts(alert: fits.HDUList) -> Survey:
    """The survey of an alert's cutouts."""
    return survey_named(alert[0].header.get("SURVEY", ZTF.name), "SURVEY")


def in_time_order(images: Any) -> list[fits.HDUList]:
    """Sort alerts, oldest first."""
    if not is_many(images) or not all(isinstance(alert, fits.HDUList) for alert in images):
        raise FinkQueryError(
            f"images={shown(images)} is not a list of HDUList: give what get_images returns."
        )
    return sorted(images, key=lambda alert: alert[0].header.get("MJD-OBS", -np.inf))


def caption(alert: fits.HDUList) -> str:
    """Date and band of an alert, on two lines; its id if neither is known."""
    header = alert[0].header
    if "DATE-OBS" not in header and "FILTER" not in header:
        return f"alert {header.get('CANDID', '?')}"
    return f"{header.get('DATE-OBS', '')[:10]}\n{header.get('FILTER') or '?'} band"


def _evenly(values: list[T], n: int) -> list[T]:
    """At most n values, evenly from the first to the last."""
    indices = np.linspace(0, len(values) - 1, min(count(n, "n"), len(values)))
    return [values[index] for index in np.unique(indices.round().astype(int))]


def _add(
    figure: "Figure",
    cell: tuple[int, int, int],
    alert: fits.HDUList,
    kind: str,
    style: dict[str, Any],
    *,
    bar: bool = True,
) -> "WCSAxes":
    """Draw one cutout in a cell of a grid (rows, columns, number)."""
    hdu: Any = alert[kind]
    ax: Any = figure.add_subplot(*cell, projection=north_up(hdu))
    length = survey_of_cutouts(alert).cutouts.scale_bar if bar else None
    return draw_cutout(ax, hdu, {"norm": stretch(hdu.data)} | style, bar=length)


def north_up(hdu: Any) -> "WCS":
    """A WCS with the same scale and reference point as an image, but north up and east left."""
    from astropy.wcs import WCS
    from astropy.wcs.utils import proj_plane_pixel_scales

    wcs = WCS(hdu.header)
    upright = WCS(naxis=2)
    upright.wcs.ctype, upright.wcs.cunit, upright.wcs.radesys = wcs.wcs.ctype, wcs.wcs.cunit, wcs.wcs.radesys
    upright.wcs.crval, upright.wcs.crpix = wcs.wcs.crval, wcs.wcs.crpix
    upright.wcs.cdelt = proj_plane_pixel_scales(wcs) * (-1, 1)
    return upright


def stretch(*images: np.ndarray) -> "ImageNormalize | None":
    """A common stretch from the sky to the peak of all images; None if no pixel has a value."""
    from astropy.visualization import AsinhStretch, AsymmetricPercentileInterval, ImageNormalize

    values = np.concatenate([one[np.isfinite(one)] for one in images])
    interval = AsymmetricPercentileInterval(2, 99.8)
    return ImageNormalize(values, interval=interval, stretch=AsinhStretch(0.2)) if values.size else None


def draw_cutout(ax: Any, hdu: Any, style: dict[str, Any], bar: float | None = None) -> "WCSAxes":
    """Draw a cutout on axes of the WCS of `north_up`, with a scale bar of a length in arcsec."""
    from matplotlib import colormaps

    colors = colormaps["gray"].with_extremes(bad=_BAD_PIXEL)
    rotation = _rotation(hdu, ax.wcs)
    ax.imshow(hdu.data, **({"origin": "lower", "cmap": colors, "transform": rotation + ax.transData} | style))
    height, width = hdu.data.shape
    corners = rotation.transform([(x - 0.5, y - 0.5) for x in (0, width) for y in (0, height)])
    ax.set_facecolor("black")  # the corners outside a rotated cutout
    ax.set(xlim=(corners[:, 0].min(), corners[:, 0].max()), ylim=(corners[:, 1].min(), corners[:, 1].max()))
    ax.set_title(hdu.name.capitalize())
    for coordinate in ax.coords:
        coordinate.set_ticks_visible(False)
        coordinate.set_ticklabel_visible(False)
        coordinate.set_axislabel("")
    if bar:
        _draw_bar(ax, bar)
    return ax


def _rotation(hdu: Any, upright: Any) -> "Affine2D":
    """The transformation from the pixels of a cutout to those of its upright WCS."""
    from astropy.wcs import WCS
    from matplotlib.transforms import Affine2D

    wcs = WCS(hdu.header)
    matrix = np.linalg.inv(upright.pixel_scale_matrix) @ wcs.pixel_scale_matrix
    centre = wcs.wcs.crpix - 1
    affine = np.eye(3)
    affine[:2, :2], affine[:2, 2] = matrix, centre - matrix @ centre
    return Affine2D(affine)


def _draw_bar(ax: Any, arcsec: float) -> None:
    left, right = ax.get_xlim()
    length = arcsec / (abs(ax.wcs.wcs.cdelt[0]) * 3600 * (right - left))
    ax.plot([0.07, 0.07 + length], [0.07, 0.07], transform=ax.transAxes, color=_BAR, lw=2, label="scale bar")
    ax.text(0.07, 0.1, f"{arcsec:g}″", transform=ax.transAxes, color=_BAR, fontsize="small")
