# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Figures of the cutouts of one alert, or of several alerts in time order."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, overload

from astropy.io import fits

from ..exceptions import FinkQueryError
from ..tables.optional import require
from .alerts import caption, epoch_of, evenly, in_time_order, kinds_of, list_of_alerts, name_of
from .panels import Panels, mark

if TYPE_CHECKING:
    from astropy.visualization.wcsaxes import WCSAxes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["plot_cutouts"]

_WIDE, _NARROW, _FEW = 2.0, 1.5, 3  # inches per cutout, for at most so many columns and for more
_ONE_LINE = 4.5  # inches of a figure that are wide enough for a title in one line
_SMALL = {"fontsize": "x-small", "color": "gray"}


@overload
def plot_cutouts(
    hdus: fits.HDUList,
    *,
    n: int = 8,
    figure: "Figure | SubFigure | None" = None,
    annotate: bool = True,
    **kwargs: Any,
) -> "list[WCSAxes]": ...
@overload
def plot_cutouts(
    hdus: Iterable[fits.HDUList],
    *,
    n: int = 8,
    figure: "Figure | SubFigure | None" = None,
    annotate: bool = True,
    **kwargs: Any,
) -> "list[list[WCSAxes]]": ...
def plot_cutouts(
    hdus: Any,
    *,
    n: int = 8,
    figure: "Figure | SubFigure | None" = None,
    annotate: bool = True,
    **kwargs: Any,
) -> list[Any]:
    """Draw the cutouts of one alert in a row, or of several alerts as a mosaic in order of time.

    North is up, east is left. All cutouts of a figure have the same scale. A cross with a gap marks the
    position of the alert. Missing pixels are blue; what is outside a cutout is hatched.

    Parameters
    ----------
    hdus : `~astropy.io.fits.HDUList` or list of them
        From ``get_cutouts`` or ``get_images``.
    n : int, optional
        The largest number of alerts in a strip; they are chosen evenly from the oldest to the newest.
    figure : `~matplotlib.figure.Figure` or `~matplotlib.figure.SubFigure`, optional
        None: the current figure if it is empty, otherwise a new one. An empty figure of the default size gets
        the size that the cutouts need.
    annotate : bool, optional
        False: only the images and their titles, without the object, the cross, the arrows to the north and
        east, the scale bar and the name of the stretch.
    **kwargs
        Passed to `~matplotlib.axes.Axes.imshow`. By default all science and template images share an asinh
        stretch between the 2nd and the 99.8th percentile of their pixels, counted from the median of each
        image; all differences share an asinh stretch that is symmetric about zero, to the 99.8th percentile.
        ``norm``, ``vmin`` or ``vmax`` replace it.

    Returns
    -------
    axes : list of `~astropy.visualization.wcsaxes.WCSAxes`
        One per cutout; for a strip, one list per kind, oldest alert first. ``ax.set_axis_on()`` shows the
        coordinates.

    Raises
    ------
    FinkQueryError
        ``hdus`` holds no cutouts.

    Examples
    --------
    >>> from astroquery_fink.plots import plot_cutouts
    >>> axes = plot_cutouts(Fink.get_cutouts("ZTF99simsnia"))
    >>> [ax.get_title() for ax in axes]
    ['Science', 'Template', 'Difference']
    """
    require("plot_cutouts", ("matplotlib",), "plot")
    alone = isinstance(hdus, fits.HDUList)
    alerts = [hdus] if alone else evenly(in_time_order(list_of_alerts(hdus, "hdus")), n)
    kinds = kinds_of(alerts)
    if not kinds:
        raise FinkQueryError("hdus has no cutouts: give what get_cutouts or get_images returns.")
    if alone:
        return _side_by_side(_sized(figure, 1, len(kinds)), hdus, Panels([hdus], kinds, kwargs), annotate)
    figure = _sized(figure, len(kinds), len(alerts))
    return _strip(figure, alerts, Panels(alerts, kinds, kwargs), annotate)


def _side_by_side(figure: Any, alert: fits.HDUList, panels: Panels, annotate: bool) -> "list[WCSAxes]":
    """Draw the cutouts of one alert in a row."""
    axes = []
    for number, kind in enumerate(panels.kinds, 1):
        ax = panels.draw(figure, (1, len(panels.kinds), number), (alert, kind))
        ax.set_title(kind.capitalize())
        if annotate:
            mark(ax, alert, kind, scale=True)
            ax.text(
                0.5, -0.04, panels.stretch_name(kind), transform=ax.transAxes, ha="center", va="top", **_SMALL
            )
        axes.append(ax)
    if annotate:
        _set_title(figure, [name_of(alert), epoch_of(alert)])
    return axes


def _strip(figure: Any, alerts: list[fits.HDUList], panels: Panels, annotate: bool) -> "list[list[WCSAxes]]":
    """Draw one row per kind and one column per alert."""
    names = {name_of(alert) for alert in alerts}
    titles = {column: caption(alert, with_name=len(names) > 1) for column, alert in enumerate(alerts, 1)}
    axes: list[list[WCSAxes]] = []
    for row, kind in enumerate(panels.kinds):
        axes.append([])
        for column, alert in enumerate(alerts, 1):
            if kind not in alert:
                continue
            cell = (len(panels.kinds), len(alerts), row * len(alerts) + column)
            ax = panels.draw(figure, cell, (alert, kind))
            ax.set_title(titles.pop(column, ""), fontsize="small")  # above the first cutout of the alert
            if not axes[-1]:
                _label_row(ax, kind, panels.stretch_name(kind) if annotate else "")
            if annotate:
                mark(ax, alert, kind, scale=not axes[-1])
            axes[-1].append(ax)
    if annotate and len(names) == 1:
        _set_title(figure, [*names])
    return axes


def _label_row(ax: Any, kind: str, stretch: str) -> None:
    """Write the kind, and the stretch in small letters, to the left of a row."""
    style = {"xycoords": "axes fraction", "textcoords": "offset points", "ha": "right", "va": "center"}
    style |= {"rotation": 90}
    ax.annotate(stretch, (0, 0.5), (-3, 0), **style, **_SMALL)
    ax.annotate(kind.capitalize(), (0, 0.5), (-15 if stretch else -3, 0), **style)


def _set_title(figure: Any, words: list[str]) -> None:
    """Write a title, in two lines if the figure is narrow; a title that is there is kept."""
    if figure.get_suptitle():
        return
    one_line = figure.bbox.width / figure.dpi > _ONE_LINE
    figure.suptitle(("   " if one_line else "\n").join(filter(None, words)), fontsize="medium")


def _sized(figure: Any, rows: int, columns: int) -> Any:
    """The figure to draw on; if it is empty and its size was not chosen, with a size for so many cutouts."""
    from matplotlib import pyplot, rcParams
    from matplotlib.figure import Figure

    if figure is None:
        figure = pyplot.gcf()
        figure = pyplot.figure() if _is_in_use(figure) else figure
    size = list(rcParams["figure.figsize"])
    if isinstance(figure, Figure) and not _is_in_use(figure) and figure.get_size_inches().tolist() == size:
        cell = _WIDE if columns <= _FEW else _NARROW
        width = max(3.6, cell * columns + 0.4)
        figure.set_size_inches(width, cell * rows + (0.8 if width > _ONE_LINE else 1.1))
        figure.set_layout_engine(figure.get_layout_engine() or "constrained")
    return figure


def _is_in_use(figure: Any) -> bool:
    return bool(figure.axes or figure.subfigs)
