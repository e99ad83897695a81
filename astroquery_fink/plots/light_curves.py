# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Figures of light curves of one object or several."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import astropy.units as u
import numpy as np
from astropy.table import Table
from astropy.time import Time

from ..arguments.types import BrightnessKind, YScale
from ..exceptions import FinkQueryError
from ..lightcurve.selection import require_columns
from ..surveys import Survey, survey_of
from ..tables.optional import require
from .brightness import Brightness
from .drawing import draw_curve
from .folding import Days, Phases
from .grid import axes_for, label_outside
from .legends import add_legends
from .looks import normalized
from .overlay import Curve, Drawn, Wanted, drawn_on, frame_of
from .points import objects_of, tables_of, timed_points
from .ranges import check_scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_lightcurve"]

_IN_GRID = 3  # the size of markers


def plot_lightcurve(
    table: Table | Sequence[Table],
    *,
    brightness: BrightnessKind | None = None,
    fluxunit: u.UnitBase | str | None = None,
    yscale: YScale | None = None,
    period: u.Quantity | float | None = None,
    epoch: Time | float | None = None,
    ax: "Axes | np.ndarray | Iterable[Axes] | None" = None,
    **kwargs: Any,
) -> "Axes | np.ndarray":
    """Draw the light curve of one object, or a grid of light curves of several objects.

    Detections are filled symbols with error bars, forced photometry is open symbols, upper limits are open
    triangles, and detections of bad quality are crosses.

    An Axes can hold several light curves, also of both surveys. Those that are added have the kind of
    brightness, the unit, the period and the time scale of the first one; the label of the axis names the
    surveys whose times were converted. The legend names what differs, the survey or the object, and the
    points that are added have dark edges.

    Parameters
    ----------
    table : `~astropy.table.Table` or list of them
        From ``query_object``, ``query_objects`` or ``query_sso``, best with ``withupperlim=True`` (ZTF) or
        ``withforced=True`` (Rubin). Several tables, such as one of each survey, are drawn into the same Axes;
        the first object of each into the first Axes, and so on.
    brightness : str, optional
        ``"difference"`` (magnitude of the difference from the reference image), ``"difference flux"`` (flux
        of the difference, with its sign), ``"apparent"`` (magnitude of the source itself) or ``"flux"``
        (flux of the source itself); see `~astroquery_fink.lightcurve.add_apparent_magnitude`. The last two
        have no upper limits. None: as ``ax`` shows it; in an empty Axes as the survey publishes it,
        ``"difference"`` for ZTF and ``"difference flux"`` for Rubin.
    fluxunit : `~astropy.units.UnitBase` or str, optional
        The unit of fluxes, such as ``"nJy"`` or ``"erg / (s cm2 Hz)"``. None: µJy.
    yscale : str, optional
        ``"linear"``, or for fluxes ``"asinh"``: linear within the median error, logarithmic beyond, so that
        a bright outburst and the noise before it can be seen together. None: as ``ax`` has it.
    period : `~astropy.units.Quantity` or float, optional
        Fold the light curve on this period and draw two cycles. A number is in days.
    epoch : `~astropy.time.Time` or float, optional
        The time of phase 0. A number is an MJD in the time scale of the survey.
        None: the earliest time of each object.
    ax : `~matplotlib.axes.Axes` or array of them, optional
        One Axes per object. None: the current Axes if nothing is drawn in it, otherwise an Axes in a new
        figure; for several objects a grid in the current figure if it has no Axes, otherwise in a new one.
        The grid enlarges a figure of the default size.
    **kwargs
        Passed to `~matplotlib.axes.Axes.errorbar` for the detections, except ``color``, which applies to all
        points, and ``label``, which is put before each entry of the legend.

    Returns
    -------
    ax : `~matplotlib.axes.Axes` or `~numpy.ndarray`
        For several objects an array of Axes, in the order of the table. The range of the vertical axis
        includes all points, but not the whole of error bars that are far longer than the others; points
        whose error is unknown or infinite have no error bar.

    Raises
    ------
    FinkQueryError
        The table lacks a required column or has more than 100 objects, an argument is invalid or differs
        from what ``ax`` shows, or ``ax`` does not have one Axes per object.

    Examples
    --------
    >>> from astroquery_fink.plots import plot_lightcurve
    >>> supernova = Fink.query_object("ZTF99simsnia", withupperlim=True)
    >>> ax = plot_lightcurve(supernova)
    >>> ax.get_title()
    'ZTF99simsnia'

    A variable star folded on its period, in magnitudes of the star itself:

    >>> star = Fink.query_object("ZTF99simrrly")
    >>> ax = plot_lightcurve(star, brightness="apparent", period=0.552256)

    A supernova seen by ZTF and by Rubin, whose times are converted to UTC:

    >>> rubin = FinkLSST.query_object(170000000000000001)
    >>> ax = plot_lightcurve([supernova, rubin])
    >>> ax.get_xlabel()
    'MJD (UTC; LSST converted from TAI)'
    """
    require("plot_lightcurve", ("matplotlib",), "plot")
    tables = list(table) if isinstance(table, (list, tuple)) else [table]
    if not tables:
        raise FinkQueryError("table is an empty list: give a Table, or a list of Tables.")
    wanted = Wanted(brightness, fluxunit, period, epoch, yscale)
    style = normalized(kwargs)
    axes = _draw_objects(tables[0], ax, wanted, style)
    for other in tables[1:]:
        _draw_objects(other, axes, wanted, style)
    if ax is None and len(axes) > 1:
        label_outside(axes)
    add_legends(axes)
    return axes if len(axes) > 1 else axes[0]


def _draw_objects(table: Table, given: Any, wanted: Wanted, style: dict[str, Any]) -> np.ndarray:
    """Draw each object of a Table into an Axes of its own; nothing is drawn if one of them cannot be."""
    survey = survey_of(table)
    objects = objects_of(table, survey)
    if given is None:
        _frame(wanted, [], survey, table)
        style = {"markersize": _IN_GRID} | style if len(objects) > 1 else style
    axes = axes_for(given, len(objects))
    tables = tables_of(table, survey, [rows for _, rows in objects])
    frames = [
        _frame(wanted, [drawn for _, drawn in drawn_on(ax)], survey, one)
        for ax, one in zip(axes, tables, strict=True)
    ]
    label = str(style.get("label") or "")
    for ax, (name, _), one, (axis, kind) in zip(axes, objects, tables, frames, strict=True):
        curve = Curve(survey.title, survey.time_scale, name, label, axis, kind)
        points = timed_points(one, survey, kind, axis.scale)
        draw_curve(ax, curve, points, style, wanted.yscale)
    return axes


def _frame(
    wanted: Wanted, earlier: list[Drawn], survey: Survey, table: Table
) -> tuple[Days | Phases, Brightness]:
    """The axis and the kind of brightness, for which the table has all columns."""
    columns = survey.columns
    require_columns(table, (columns.time, columns.band), "plot_lightcurve")
    axis, kind = frame_of(wanted, earlier, survey, table)
    check_scale(wanted.yscale, kind)
    require_columns(table, kind.needs(survey), f"plot_lightcurve with brightness={kind.name!r}")
    return axis, kind
