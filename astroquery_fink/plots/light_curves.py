# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Figures of light curves of one object or several."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import astropy.units as u
import numpy as np
from astropy.table import Table
from astropy.time import Time

from ..arguments.types import BrightnessKind
from ..exceptions import FinkQueryError
from ..lightcurve.selection import require_columns
from ..surveys import Survey, survey_of
from ..surveys.photometry import plain
from .brightness import Brightness, brightness_of
from .folding import time_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["BAND_STYLES", "plot_lightcurve"]

# The colours of Okabe & Ito, which all kinds of colour vision can distinguish; i has violet, not their pink.
BAND_STYLES: dict[str, dict[str, Any]] = {
    "u": {"color": "#0072B2", "fmt": "P"},
    "g": {"color": "#009E73", "fmt": "o"},
    "r": {"color": "#D55E00", "fmt": "s"},
    "i": {"color": "#7A4EA3", "fmt": "D"},
    "z": {"color": "#E69F00", "fmt": "h"},
    "y": {"color": "#000000", "fmt": "*"},
}
_FORCED: dict[str, Any] = {"ms": 3, "mfc": "none", "alpha": 0.6}
_BAD: dict[str, Any] = {"fmt": "x", "ms": 5, "alpha": 0.6}
_LIMIT: dict[str, Any] = {"fmt": "v", "ms": 5, "mfc": "none", "alpha": 0.5}
_GRID_COLUMNS, _GRID_LIMIT = 4, 100


class Points(NamedTuple):
    """The points of a light curve that have the same band and quality."""

    rows: np.ndarray
    values: np.ndarray
    errors: np.ndarray | None
    style: dict[str, Any]


def plot_lightcurve(
    table: Table,
    *,
    brightness: BrightnessKind | None = None,
    period: u.Quantity | float | None = None,
    epoch: Time | float | None = None,
    ax: "Axes | np.ndarray | Iterable[Axes] | None" = None,
    **kwargs: Any,
) -> "Axes | np.ndarray":
    """Draw the light curve of one object, or a grid of light curves of several objects.

    Detections are filled symbols with error bars, forced photometry is open symbols, upper limits are open
    triangles, and detections of bad quality are crosses.

    Parameters
    ----------
    table : `~astropy.table.Table`
        From ``query_object`` or ``query_objects``, best with ``withupperlim=True`` (ZTF) or
        ``withforced=True`` (Rubin).
    brightness : str, optional
        ``"difference"`` (magnitude of the difference from the reference image), ``"difference flux"`` (flux
        of the difference, with its sign), ``"apparent"`` (magnitude of the source itself) or ``"flux"``
        (flux of the source itself); see `~astroquery_fink.lightcurve.add_apparent_magnitude`. The last two
        have no upper limits. None: as the survey publishes it, ``"difference"`` for ZTF and
        ``"difference flux"`` for Rubin.
    period : `~astropy.units.Quantity` or float, optional
        Fold the light curve on this period and draw two cycles. A number is in days.
    epoch : `~astropy.time.Time` or float, optional
        The time of phase 0. A number is an MJD. None: the earliest time of each object.
    ax : `~matplotlib.axes.Axes` or array of them, optional
        One Axes per object. None: the current Axes, or a grid in the current figure.
    **kwargs
        Passed to `~matplotlib.axes.Axes.errorbar` for the detections.

    Returns
    -------
    ax : `~matplotlib.axes.Axes` or `~numpy.ndarray`
        For several objects an array of Axes, in the order of the table.

    Raises
    ------
    FinkQueryError
        The table lacks a required column or has more than 100 objects, an argument is invalid, or ``ax`` does
        not have one Axes per object.

    Examples
    --------
    >>> from astroquery_fink.plots import plot_lightcurve
    >>> ax = plot_lightcurve(fink.query_object("ZTF99simsnia", withupperlim=True))
    >>> ax.get_title()
    'ZTF99simsnia'

    A variable star folded on its period, in magnitudes of the star itself:

    >>> star = fink.query_object("ZTF99simrrly")
    >>> ax = plot_lightcurve(star, brightness="apparent", period=0.552256)
    """
    survey = survey_of(table)
    kind = brightness_of(survey.default_brightness if brightness is None else brightness)
    columns = survey.columns
    require_columns(table, (columns.time, columns.band, *kind.needs(survey)), "plot_lightcurve")
    objects = _objects(table, survey)
    axes = _axes(ax, len(objects))
    for one, (title, rows) in zip(axes, objects, strict=True):
        _draw(one, table[rows], kind, (period, epoch), kwargs)
        one.set_title(title)
    _add_legend(axes)
    return axes if len(objects) > 1 else axes[0]


def _objects(table: Table, survey: Survey) -> list[tuple[str, Any]]:
    """The id and the rows of each object, in the order of the table."""
    if survey.columns.object_id not in table.colnames or not len(table):
        return [("", slice(None))]
    ids = plain(table[survey.columns.object_id]).data
    return [(str(one), ids == one) for one in dict.fromkeys(ids.tolist())]


def _axes(given: Any, wanted: int) -> np.ndarray:
    """One Axes per object: those given, or new ones."""
    if given is not None:
        axes = np.ravel(np.asarray(given, dtype=object))
        if len(axes) != wanted:
            raise FinkQueryError(
                f"ax has {len(axes)} Axes, but the table has {wanted} objects: give one Axes per object."
            )
        return axes
    from matplotlib import pyplot

    if wanted == 1:
        return np.array([pyplot.gca()])
    if wanted > _GRID_LIMIT:
        raise FinkQueryError(
            f"table has {wanted} objects, too many for a grid (at most {_GRID_LIMIT}): select some of them."
        )
    columns = min(_GRID_COLUMNS, int(np.ceil(np.sqrt(wanted))))
    rows = -(-wanted // columns)
    figure = pyplot.gcf()
    return np.array([figure.add_subplot(rows, columns, number) for number in range(1, wanted + 1)])


def _draw(ax: "Axes", table: Table, kind: Brightness, fold: tuple[Any, Any], style: dict[str, Any]) -> None:
    """Draw the light curve of one object, folded on a (period, epoch)."""
    survey = survey_of(table)
    mjd: Any = survey.times(table).mjd
    axis = time_axis(*fold, mjd, survey.time_scale)
    for rows, values, errors, look in _points(table, survey, kind, style):
        x, order = axis.coordinates(mjd[rows])
        ax.errorbar(x, values[order], yerr=None if errors is None else errors[order], **look)
    axis.label(ax)
    ax.set_ylabel(kind.label)
    if kind.is_magnitude and not ax.yaxis_inverted():
        ax.invert_yaxis()


def _add_legend(axes: "Sequence[Axes] | np.ndarray") -> None:
    """Add one legend for all Axes: inside a single one, or above a grid."""
    entries: dict[str, Any] = {}
    for ax in axes:
        handles, labels = ax.get_legend_handles_labels()
        entries |= dict(zip(labels, handles, strict=True))
    if not entries:
        return
    if len(axes) == 1:
        axes[0].legend(entries.values(), entries, fontsize="small", ncols=1 + (len(entries) > 9))
    else:
        where = "outside upper center" if axes[0].figure.get_constrained_layout() else "upper center"
        axes[0].figure.legend(entries.values(), entries, fontsize="small", ncols=9, loc=where)


def _points(table: Table, survey: Survey, kind: Brightness, style: dict[str, Any]) -> Iterator[Points]:
    """The points of each band and quality that has any."""
    columns = survey.columns
    has_tags = columns.tag in table.colnames
    tags = plain(table[columns.tag]).data if has_tags else np.full(len(table), "valid")
    values, errors = kind.measured(table, survey)
    limit = kind.limit(table, survey) if kind.limit and columns.limit in table.colnames else None
    for value, band in survey.bands.items():
        of_band = np.ma.filled(plain(table[columns.band]) == value, False)
        color = BAND_STYLES[band]
        qualities: list[tuple[str, str, Any, Any, dict[str, Any]]] = [
            ("valid", "", values, errors, {"ms": 4} | color | style),
            ("forced", " forced", values, errors, color | _FORCED),
            ("badquality", " bad quality", values, errors, color | _BAD),
        ]
        if limit is not None:
            qualities.append(("upperlim", " upper limit", limit, None, color | _LIMIT))
        for tag, words, y, dy, look in qualities:
            rows = of_band & (tags == tag) & ~np.ma.getmaskarray(y)
            if rows.any():
                common = {"label": band + words, "elinewidth": 0.8, "zorder": 2 if dy is None else 3}
                chosen = None if dy is None else np.ma.filled(dy[rows], 0)
                yield Points(rows, np.asarray(y[rows]), chosen, common | look)
