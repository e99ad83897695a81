# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Light curves and stamps as figures. matplotlib is imported when something is drawn; nothing is shown."""

import numpy as np

from .exceptions import FinkQueryError
from .surveys import SURVEYS

__all__ = ["plot_cutouts", "plot_lightcurve"]

# Okabe & Ito's colours, which readers with any colour vision can tell apart.
BAND_COLORS = {"g": "#009E73", "r": "#D55E00", "i": "#7A4EA3"}
_MJD = 2400000.5


def plot_lightcurve(table, *, ax=None, **kwargs):
    """Draw the light curve of one object, in difference magnitudes.

    Detections are filled and have error bars, upper limits are open triangles, detections of
    bad quality are crosses.

    Parameters
    ----------
    table : `~astropy.table.Table`
        From ``query_object``, best with ``withupperlim=True``.
    ax : `~matplotlib.axes.Axes`, optional
        None: the current one.
    **kwargs
        Passed to `~matplotlib.axes.Axes.errorbar` for the detections.

    Returns
    -------
    ax : `~matplotlib.axes.Axes`

    Raises
    ------
    FinkQueryError
        The table lacks a column that is needed, or holds several objects.

    Examples
    --------
    >>> from astroquery_fink.plots import plot_lightcurve
    >>> ax = plot_lightcurve(fink.query_object("ZTF99simsnia", withupperlim=True))
    >>> ax.get_title()
    'ZTF99simsnia'
    """
    survey = SURVEYS[table.meta.get("survey", "ztf")]
    _refuse_incomplete(table, survey)
    ax = ax or _pyplot().gca()
    days = np.ma.asarray(table[survey.time]) - _MJD
    for value, band in survey.bands.items():
        rows = np.ma.filled(table[survey.band] == value, False)
        _draw_band(ax, table[rows], days[rows], band, survey, kwargs)
    ax.invert_yaxis()
    ax.set(xlabel="MJD (UTC)", ylabel="Difference magnitude", title=_title(table, survey))
    if ax.get_legend_handles_labels()[0]:
        ax.legend()
    return ax


def _refuse_incomplete(table, survey):
    needed = (survey.time, survey.band, survey.magnitude, survey.magnitude_error)
    lacking = [name for name in needed if name not in table.colnames]
    if lacking:
        raise FinkQueryError(
            f"plot_lightcurve needs the column(s) {', '.join(lacking)}: ask for them, or for all."
        )
    if survey.object_id in table.colnames and len(set(table[survey.object_id])) > 1:
        raise FinkQueryError(
            f"plot_lightcurve draws one object, and this table has several; choose by {survey.object_id!r}."
        )


def _pyplot():
    from matplotlib import pyplot

    return pyplot


def _title(table, survey):
    return str(table[survey.object_id][0]) if survey.object_id in table.colnames and len(table) else ""


def _draw_band(ax, table, days, band, survey, style):
    """Detections, bad quality, upper limits of one band, in the band's colour."""
    tags = np.asarray(table[survey.tag]) if survey.tag in table.colnames else np.full(len(table), "valid")
    magnitude, error = table[survey.magnitude], table[survey.magnitude_error]
    limit = table[survey.limit] if survey.limit in table.colnames else magnitude
    for tag, label, values, errors, look in (
        ("valid", band, magnitude, error, {"fmt": "o", "ms": 4} | style),
        ("badquality", f"{band} bad quality", magnitude, error, {"fmt": "x", "ms": 5, "alpha": 0.6}),
        ("upperlim", f"{band} upper limit", limit, None, {"fmt": "v", "ms": 5, "mfc": "none", "alpha": 0.5}),
    ):
        rows = tags == tag
        if rows.any():
            yerr = None if errors is None else errors[rows]
            common = {"color": BAND_COLORS[band], "elinewidth": 0.8, "label": label}
            ax.errorbar(days[rows], values[rows], yerr=yerr, **(common | look))


def plot_cutouts(hdus, *, figure=None, **kwargs):
    """Draw the stamps of one alert side by side, north up and east left.

    Parameters
    ----------
    hdus : `~astropy.io.fits.HDUList`
        From ``get_cutouts`` or ``get_images``.
    figure : `~matplotlib.figure.Figure`, optional
        None: the current one.
    **kwargs
        Passed to `~matplotlib.axes.Axes.imshow`. By default an asinh stretch between the 2nd
        and the 99.8th percentile.

    Returns
    -------
    axes : list of `~astropy.visualization.wcsaxes.WCSAxes`

    Examples
    --------
    >>> from astroquery_fink.plots import plot_cutouts
    >>> axes = plot_cutouts(fink.get_cutouts("ZTF99simsnia"))
    >>> [ax.get_title() for ax in axes]
    ['Science', 'Template', 'Difference']
    """
    from astropy.wcs import WCS

    figure = figure or _pyplot().gcf()
    images = hdus[1:]
    frames = [WCS(hdu.header) for hdu in images]
    axes = [figure.add_subplot(1, len(images), place, projection=wcs) for place, wcs in enumerate(frames, 1)]
    for ax, hdu, wcs in zip(axes, images, frames, strict=True):
        _draw_stamp(ax, hdu, wcs, kwargs)
    return axes


def _draw_stamp(ax, hdu, wcs, style):
    from astropy.visualization import AsinhStretch, AsymmetricPercentileInterval, ImageNormalize

    sky_to_peak = AsymmetricPercentileInterval(2, 99.8)
    norm = ImageNormalize(hdu.data[np.isfinite(hdu.data)], interval=sky_to_peak, stretch=AsinhStretch(0.2))
    ax.imshow(hdu.data, **({"origin": "lower", "cmap": "gray", "norm": norm} | style))
    east, north = wcs.pixel_scale_matrix.diagonal()
    if north < 0:
        ax.invert_yaxis()
    if east > 0:
        ax.invert_xaxis()
    ax.set_title(hdu.name.capitalize())
    for coordinate in ax.coords:
        coordinate.set_ticks_visible(False)
        coordinate.set_ticklabel_visible(False)
        coordinate.set_axislabel("")
