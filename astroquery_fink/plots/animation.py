# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Animations of the cutouts of an object."""

from collections.abc import Iterable
from math import inf
from numbers import Real
from pathlib import Path
from typing import Any

from astropy.io import fits

from ..arguments.text import text_of
from ..arguments.types import CutoutKind, StrPath
from ..exceptions import FinkQueryError
from ..messages import shown
from ..tables.optional import require
from .alerts import epoch_of, in_time_order, kinds_of, list_of_alerts, name_of
from .panels import Panels, mark

__all__ = ["animate_cutouts"]


def animate_cutouts(
    images: Iterable[fits.HDUList],
    path: StrPath,
    *,
    kind: CutoutKind = "Difference",
    interval: float = 400,
    annotate: bool = True,
    **kwargs: Any,
) -> Path:
    """Write the cutouts of an object as an animated GIF, oldest first, with north up and east left.

    Parameters
    ----------
    images : list of `~astropy.io.fits.HDUList`
        From ``get_images``.
    path : path-like
        The file to write, with the suffix ``.gif``.
    kind : str, optional
        ``"Science"``, ``"Template"`` or ``"Difference"``.
    interval : float, optional
        Milliseconds for which each alert is shown.
    annotate : bool, optional
        False: only the images, with object, time and band, as in `plot_cutouts`.
    **kwargs
        Passed to `~matplotlib.axes.Axes.imshow`. All frames have the same scale and, by default, the same
        stretch, see `plot_cutouts`.

    Returns
    -------
    path : `~pathlib.Path`

    Raises
    ------
    FinkQueryError
        No alert has a cutout of this kind, or an argument is invalid.

    Examples
    --------
    >>> from astroquery_fink.plots import animate_cutouts
    >>> film = animate_cutouts(Fink.get_images("ZTF99simastr"), "asteroid.gif")
    >>> film.name
    'asteroid.gif'
    """
    require("animate_cutouts", ("matplotlib",), "plot")
    from matplotlib.animation import PillowWriter
    from matplotlib.figure import Figure

    name, path = text_of(kind).upper(), Path(path)
    alerts = [alert for alert in in_time_order(list_of_alerts(images)) if name in kinds_of([alert])]
    if not alerts:
        raise FinkQueryError(
            f"kind={shown(kind)}: no alert has a cutout of this kind; hdus.info() lists those of an alert."
        )
    if not isinstance(interval, Real) or not 0 < interval < inf:
        raise FinkQueryError(f"interval={shown(interval)} is not a positive number of milliseconds.")
    panels = Panels(alerts, [name], kwargs)
    figure = Figure(figsize=(3, 3.6))
    frames_per_second: Any = 1000 / interval  # a float will do, though the type hint says int
    writer = PillowWriter(fps=frames_per_second)
    with writer.saving(figure, path, dpi=100):
        for alert in alerts:
            _draw_frame(figure, panels, alert, annotate)
            writer.grab_frame()
    return path


def _draw_frame(figure: Any, panels: Panels, alert: fits.HDUList, annotate: bool) -> None:
    figure.clear()
    (kind,) = panels.kinds
    ax: Any = panels.draw(figure, (1, 1, 1), (alert, kind))
    ax.set_position((0.04, 0.07, 0.92, 0.77))
    ax.set_title(f"{name_of(alert)}\n{epoch_of(alert)}", fontsize="medium")
    if annotate:
        mark(ax, alert, kind, scale=True)
        name = f"{kind.capitalize()}, {panels.stretch_name(kind)}".removesuffix(", ")
        figure.text(0.5, 0.02, name, ha="center", fontsize="x-small", color="gray")
