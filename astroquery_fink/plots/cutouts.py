# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Stamps, of one alert or of an object's alerts in time."""

import numpy as np
from astropy.io import fits

from ..arguments.checks import count
from ..arguments.text import is_many
from ..exceptions import FinkQueryError
from ..messages import shown
from ..surveys import ZTF, survey_named

__all__ = [
    "caption",
    "draw_cutout",
    "in_time",
    "is_cutout",
    "north_up",
    "plot_cutouts",
    "stretch",
    "survey_of_cutouts",
]

_BAD_PIXEL = "#9db4cc"
_BAR = "white"


def plot_cutouts(hdus, *, n=8, figure=None, **kwargs):
    """Draw the stamps of one alert side by side, or those of several as a strip in time; north up, east left.

    Parameters
    ----------
    hdus : `~astropy.io.fits.HDUList` or list of them
        From ``get_cutouts`` or ``get_images``.
    n : int, optional
        How many alerts a strip has at most; they are chosen evenly from the oldest to the newest.
    figure : `~matplotlib.figure.Figure`, optional
        None: the current one.
    **kwargs
        Passed to `~matplotlib.axes.Axes.imshow`. By default an asinh stretch between the 2nd
        and the 99.8th percentile. Missing pixels are blue.

    Returns
    -------
    axes : list of `~astropy.visualization.wcsaxes.WCSAxes`
        One for each stamp; of a strip a list for each kind, oldest alert first.

    Raises
    ------
    FinkQueryError
        There are no stamps.

    Examples
    --------
    >>> from astroquery_fink.plots import plot_cutouts
    >>> axes = plot_cutouts(fink.get_cutouts("ZTF99simsnia"))
    >>> [ax.get_title() for ax in axes]
    ['Science', 'Template', 'Difference']
    """
    from matplotlib import pyplot

    alone = isinstance(hdus, fits.HDUList)
    alerts = [hdus] if alone else _evenly(in_time(hdus), n)
    kinds = list(dict.fromkeys(hdu.name for alert in alerts for hdu in alert[1:] if is_cutout(hdu, alert)))
    if not kinds:
        raise FinkQueryError("plot_cutouts was given no stamps: take what get_cutouts or get_images returns.")
    figure = figure or pyplot.gcf()
    if alone:
        return [
            _add(figure, (1, len(kinds), place), hdus, kind, kwargs) for place, kind in enumerate(kinds, 1)
        ]
    return _strip(figure, alerts, kinds, kwargs)


def _strip(figure, alerts, kinds, style):
    """A row for each kind, a column for each alert."""
    axes = [[] for _ in kinds]
    for row, kind in enumerate(kinds):
        for column, alert in enumerate(alerts):
            if kind not in alert:
                continue
            place = row * len(alerts) + column + 1
            ax = _add(figure, (len(kinds), len(alerts), place), alert, kind, style, bar=column == 0)
            ax.set_title(caption(alert) if row == 0 else "", fontsize="small")
            if column == 0:
                ax.text(
                    -0.06,
                    0.5,
                    kind.capitalize(),
                    transform=ax.transAxes,
                    rotation=90,
                    ha="right",
                    va="center",
                )
            axes[row].append(ax)
    return axes


def is_cutout(hdu, alert):
    """Whether it is an image of the sky, not its variance or its PSF.

    Parameters
    ----------
    hdu : `~astropy.io.fits.ImageHDU`
    alert : `~astropy.io.fits.HDUList`

    Returns
    -------
    stamp : bool
    """
    return hdu.name in {kind.upper() for kind in survey_of_cutouts(alert).cutouts.kinds}


def survey_of_cutouts(alert):
    """The survey that took an alert's stamps.

    Parameters
    ----------
    alert : `~astropy.io.fits.HDUList`

    Returns
    -------
    survey : `~astroquery_fink.surveys.Survey`
    """
    return survey_named(alert[0].header.get("SURVEY", ZTF.name), "SURVEY")


def in_time(images):
    """Alerts, oldest first.

    Parameters
    ----------
    images : list of `~astropy.io.fits.HDUList`

    Returns
    -------
    images : list of `~astropy.io.fits.HDUList`

    Raises
    ------
    FinkQueryError
        It is no such list.
    """
    if not is_many(images) or not all(isinstance(alert, fits.HDUList) for alert in images):
        raise FinkQueryError(f"images={shown(images)} is no list of HDUList: give what get_images returns.")
    return sorted(images, key=lambda alert: alert[0].header.get("MJD-OBS", -np.inf))


def caption(alert):
    """Date and band of an alert's stamps.

    Parameters
    ----------
    alert : `~astropy.io.fits.HDUList`

    Returns
    -------
    caption : str
        On two lines.
    """
    header = alert[0].header
    return f"{header.get('DATE-OBS', '')[:10]}\n{header.get('FILTER') or '?'} band"


def _evenly(items, n):
    places = np.linspace(0, len(items) - 1, min(count(n, "n"), len(items)))
    return [items[place] for place in np.unique(places.round().astype(int))]


def _add(figure, place, alert, kind, style, bar=True):
    hdu = alert[kind]
    ax = figure.add_subplot(*place, projection=north_up(hdu))
    length = survey_of_cutouts(alert).cutouts.scale_bar if bar else None
    return draw_cutout(ax, hdu, {"norm": stretch(hdu.data)} | style, bar=length)


def north_up(hdu):
    """A WCS of the same scale and place, north up and east left.

    Parameters
    ----------
    hdu : `~astropy.io.fits.ImageHDU`

    Returns
    -------
    wcs : `~astropy.wcs.WCS`
    """
    from astropy.wcs import WCS
    from astropy.wcs.utils import proj_plane_pixel_scales

    wcs = WCS(hdu.header)
    upright = WCS(naxis=2)
    upright.wcs.ctype, upright.wcs.cunit, upright.wcs.radesys = wcs.wcs.ctype, wcs.wcs.cunit, wcs.wcs.radesys
    upright.wcs.crval, upright.wcs.crpix = wcs.wcs.crval, wcs.wcs.crpix
    upright.wcs.cdelt = proj_plane_pixel_scales(wcs) * (-1, 1)
    return upright


def stretch(*pixels):
    """From the sky to the peak, the same for all that is given.

    Parameters
    ----------
    *pixels : `~numpy.ndarray`

    Returns
    -------
    norm : `~astropy.visualization.ImageNormalize` or None
        None where no pixel has a value.
    """
    from astropy.visualization import AsinhStretch, AsymmetricPercentileInterval, ImageNormalize

    values = np.concatenate([one[np.isfinite(one)] for one in pixels])
    interval = AsymmetricPercentileInterval(2, 99.8)
    return ImageNormalize(values, interval=interval, stretch=AsinhStretch(0.2)) if values.size else None


def draw_cutout(ax, hdu, style, bar=None):
    """One stamp, with a bar that tells its scale.

    Parameters
    ----------
    ax : `~astropy.visualization.wcsaxes.WCSAxes`
        Of the WCS that `north_up` gives.
    hdu : `~astropy.io.fits.ImageHDU`
    style : dict
        For ``imshow``.
    bar : float, optional
        Length of the bar in arcsec; None: there is none.

    Returns
    -------
    ax : `~astropy.visualization.wcsaxes.WCSAxes`
    """
    from matplotlib import colormaps

    colors = colormaps["gray"].with_extremes(bad=_BAD_PIXEL)
    turn = _turn(hdu, ax.wcs)
    ax.imshow(hdu.data, **({"origin": "lower", "cmap": colors, "transform": turn + ax.transData} | style))
    height, width = hdu.data.shape
    corners = turn.transform([(x - 0.5, y - 0.5) for x in (0, width) for y in (0, height)])
    ax.set_facecolor("black")  # what a turned stamp leaves free
    ax.set(xlim=(corners[:, 0].min(), corners[:, 0].max()), ylim=(corners[:, 1].min(), corners[:, 1].max()))
    ax.set_title(hdu.name.capitalize())
    for coordinate in ax.coords:
        coordinate.set_ticks_visible(False)
        coordinate.set_ticklabel_visible(False)
        coordinate.set_axislabel("")
    if bar:
        _draw_bar(ax, bar)
    return ax


def _turn(hdu, upright):
    """From the pixels of a stamp to those of the upright WCS about the same point."""
    from astropy.wcs import WCS
    from matplotlib.transforms import Affine2D

    wcs = WCS(hdu.header)
    matrix = np.linalg.inv(upright.pixel_scale_matrix) @ wcs.pixel_scale_matrix
    centre = wcs.wcs.crpix - 1
    about = np.eye(3)
    about[:2, :2], about[:2, 2] = matrix, centre - matrix @ centre
    return Affine2D(about)


def _draw_bar(ax, arcsec):
    left, right = ax.get_xlim()
    length = arcsec / (abs(ax.wcs.wcs.cdelt[0]) * 3600 * (right - left))
    ax.plot([0.07, 0.07 + length], [0.07, 0.07], transform=ax.transAxes, color=_BAR, lw=2, label="scale bar")
    ax.text(0.07, 0.1, f"{arcsec:g}″", transform=ax.transAxes, color=_BAR, fontsize="small")
