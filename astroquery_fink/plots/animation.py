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
from .cutouts import (
    caption,
    draw_cutout,
    in_time_order,
    north_up,
    stretch,
    survey_of_cutouts,
)

__all__ = ["animate_cutouts"]


def animate_cutouts(
    images: Iterable[fits.HDUList],
    path: StrPath,
    *,
    kind: CutoutKind = "Difference",
    interval: float = 400,
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
    **kwargs
        Passed to `~matplotlib.axes.Axes.imshow`. By default all frames have the same stretch.

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
    >>> film = animate_cutouts(fink.get_images("ZTF99simastr"), folder / "asteroid.gif")
    >>> film.name
    'asteroid.gif'
    """
    from matplotlib.animation import PillowWriter
    from matplotlib.figure import Figure

    name, path = text_of(kind).upper(), Path(path)
    alerts = [alert for alert in in_time_order(images) if name in alert]
    if not alerts:
        raise FinkQueryError(
            f"kind={shown(kind)}: no alert has a cutout of this kind; hdus.info() lists those of an alert."
        )
    if not isinstance(interval, Real) or not 0 < interval < inf:
        raise FinkQueryError(f"interval={shown(interval)} is not a positive number of milliseconds.")
    frames: list[Any] = [alert[name] for alert in alerts]
    style = {"norm": stretch(*(hdu.data for hdu in frames))} | kwargs
    figure = Figure(figsize=(3, 3.4), layout="constrained")
    frames_per_second: Any = 1000 / interval  # a float will do, though the type hint says int
    writer = PillowWriter(fps=frames_per_second)
    with writer.saving(figure, path, dpi=100):
        for alert, hdu in zip(alerts, frames, strict=True):
            figure.clear()
            ax = figure.add_subplot(projection=north_up(hdu))
            draw_cutout(ax, hdu, style, bar=survey_of_cutouts(alert).cutouts.scale_bar).set_title(
                caption(alert).replace("\n", "  ")
            )
            writer.grab_frame()
    return path
