# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Light curves, of one object or of many."""

import numpy as np

from ..exceptions import FinkQueryError
from ..lightcurve import refuse_incomplete
from ..surveys import survey_of
from ..surveys.photometry import plain
from .brightness import brightness_of
from .folding import time_axis

__all__ = ["BAND_STYLES", "plot_lightcurve"]

# Okabe & Ito's colours, which readers with any colour vision can tell apart; violet for their pink in i.
BAND_STYLES = {
    "u": {"color": "#0072B2", "fmt": "P"},
    "g": {"color": "#009E73", "fmt": "o"},
    "r": {"color": "#D55E00", "fmt": "s"},
    "i": {"color": "#7A4EA3", "fmt": "D"},
    "z": {"color": "#E69F00", "fmt": "h"},
    "y": {"color": "#000000", "fmt": "*"},
}
_FORCED = {"ms": 3, "mfc": "none", "alpha": 0.6}
_BAD = {"fmt": "x", "ms": 5, "alpha": 0.6}
_LIMIT = {"fmt": "v", "ms": 5, "mfc": "none", "alpha": 0.5}
_GRID_COLUMNS, _GRID_LIMIT = 4, 100


def plot_lightcurve(table, *, brightness=None, period=None, epoch=None, ax=None, **kwargs):
    """Draw the light curve of an object, or a grid of those of many.

    Detections are filled and have error bars, forced photometry is open, upper limits are open
    triangles, detections of bad quality are crosses.

    Parameters
    ----------
    table : `~astropy.table.Table`
        From ``query_object`` or ``query_objects``, best with ``withupperlim=True`` (ZTF) or
        ``withforced=True`` (Rubin).
    brightness : str, optional
        ``"difference"`` (magnitude of the difference to the reference image), ``"difference flux"``
        (the same, with its sign), ``"apparent"`` (magnitude of the source itself) or ``"flux"`` (the
        source's own); see `~astroquery_fink.lightcurve.add_apparent_magnitude`. The last two have
        no upper limits. None: as the survey publishes it, ``"difference"`` for ZTF, ``"difference flux"``
        for Rubin.
    period : `~astropy.units.Quantity` or float, optional
        Fold on it, and draw two cycles; in days, where it has no unit.
    epoch : `~astropy.time.Time` or float, optional
        When the phase is 0, in MJD where it is a number. None: at the object's first row.
    ax : `~matplotlib.axes.Axes` or array of them, optional
        One for each object. None: the current one, or a grid in the current figure.
    **kwargs
        Passed to `~matplotlib.axes.Axes.errorbar` for the detections.

    Returns
    -------
    ax : `~matplotlib.axes.Axes`
        An array of them, in the order of the table, where it has several objects.

    Raises
    ------
    FinkQueryError
        The table lacks a column that is needed or has more than 100 objects, an argument means
        nothing, or ``ax`` is not one for each object.

    Examples
    --------
    >>> from astroquery_fink.plots import plot_lightcurve
    >>> ax = plot_lightcurve(fink.query_object("ZTF99simsnia", withupperlim=True))
    >>> ax.get_title()
    'ZTF99simsnia'

    Folded on its period, in magnitudes of the star itself:

    >>> star = fink.query_object("ZTF99simrrly")
    >>> ax = plot_lightcurve(star, brightness="apparent", period=0.552256)
    """
    survey = survey_of(table)
    kind = brightness_of(survey.drawn if brightness is None else brightness)
    refuse_incomplete(
        table, (survey.columns.time, survey.columns.band, *kind.needs(survey)), "plot_lightcurve"
    )
    parts = _objects(table, survey)
    axes = _axes(ax, len(parts))
    for one, (title, rows) in zip(axes, parts, strict=True):
        _draw(one, table[rows], survey, kind, (period, epoch), kwargs)
        one.set_title(title)
    _add_legend(axes)
    return axes if len(parts) > 1 else axes[0]


def _objects(table, survey):
    """(id, rows) of each object, in the order of the table."""
    if survey.columns.object_id not in table.colnames or not len(table):
        return [("", slice(None))]
    ids = plain(table[survey.columns.object_id]).data
    return [(str(one), ids == one) for one in dict.fromkeys(ids.tolist())]


def _axes(given, wanted):
    """As many Axes as there are objects: those that were given, or new ones."""
    if given is not None:
        axes = np.ravel(np.asarray(given, dtype=object))
        if len(axes) != wanted:
            raise FinkQueryError(
                f"ax has {len(axes)} Axes, and the table {wanted} objects: give one for each."
            )
        return axes
    from matplotlib import pyplot

    if wanted == 1:
        return [pyplot.gca()]
    if wanted > _GRID_LIMIT:
        raise FinkQueryError(
            f"table has {wanted} objects, too many for a grid (at most {_GRID_LIMIT}): choose some of them."
        )
    columns = min(_GRID_COLUMNS, int(np.ceil(np.sqrt(wanted))))
    rows = -(-wanted // columns)
    figure = pyplot.gcf()
    return np.array([figure.add_subplot(rows, columns, place) for place in range(1, wanted + 1)])


def _draw(ax, table, survey, kind, fold, style):
    """One object."""
    mjd = survey.times(table).mjd
    axis = time_axis(*fold, mjd, survey.time_scale)
    for points in _points(table, survey, kind, style):
        rows, values, errors, look = points
        x, order = axis.places(mjd[rows])
        ax.errorbar(x, values[order], yerr=None if errors is None else errors[order], **look)
    axis.label(ax)
    ax.set_ylabel(kind.label)
    if kind.is_magnitude and not ax.yaxis_inverted():
        ax.invert_yaxis()


def _add_legend(axes):
    """One for all: beside the data of one object, above a grid."""
    entries = {}
    for ax in axes:
        handles, labels = ax.get_legend_handles_labels()
        entries |= dict(zip(labels, handles, strict=True))
    if not entries:
        return
    if len(axes) == 1:
        axes[0].legend(entries.values(), entries, fontsize="small", ncols=1 + (len(entries) > 9))
    else:
        place = "outside upper center" if axes[0].figure.get_constrained_layout() else "upper center"
        axes[0].figure.legend(entries.values(), entries, fontsize="small", ncols=9, loc=place)


def _points(table, survey, kind, style):
    """(rows, values, errors, look) of each band and quality that has any."""
    tags = (
        plain(table[survey.columns.tag]).data
        if survey.columns.tag in table.colnames
        else np.full(len(table), "valid")
    )
    measured = kind.measured(table, survey)
    limit = kind.limit(table, survey) if kind.limit and survey.columns.limit in table.colnames else None
    for value, band in survey.bands.items():
        of_band = np.ma.filled(plain(table[survey.columns.band]) == value, False)
        for tag, words, (values, errors), look in (
            ("valid", "", measured, {"ms": 4} | BAND_STYLES[band] | style),
            ("forced", " forced", measured, BAND_STYLES[band] | _FORCED),
            ("badquality", " bad quality", measured, BAND_STYLES[band] | _BAD),
            ("upperlim", " upper limit", (limit, None), BAND_STYLES[band] | _LIMIT),
        ):
            rows = of_band & (tags == tag) & (values is not None) & ~np.ma.getmaskarray(values)
            if rows.any():
                chosen = None if errors is None else np.ma.filled(errors[rows], 0)
                common = {"label": band + words, "elinewidth": 0.8, "zorder": 2 if errors is None else 3}
                yield rows, np.asarray(values[rows]), chosen, common | look
