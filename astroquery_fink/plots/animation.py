# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""An object's stamps in time, as a film."""

from math import inf
from numbers import Real
from pathlib import Path

from ..arguments.text import text_of
from ..exceptions import FinkQueryError
from ..messages import shown
from .cutouts import (
    caption,
    draw_cutout,
    in_time,
    north_up,
    stretch,
    survey_of_cutouts,
)

__all__ = ["animate_cutouts"]


def animate_cutouts(images, path, *, kind="Difference", interval=400, **kwargs):
    """Write an object's stamps as an animated GIF, oldest first; north up, east left.

    Parameters
    ----------
    images : list of `~astropy.io.fits.HDUList`
        From ``get_images``.
    path : path-like
        The file, ``.gif``.
    kind : str, optional
        ``"Science"``, ``"Template"`` or ``"Difference"``.
    interval : float, optional
        Milliseconds that each alert is seen.
    **kwargs
        Passed to `~matplotlib.axes.Axes.imshow`. By default one stretch for all frames.

    Returns
    -------
    path : `~pathlib.Path`

    Raises
    ------
    FinkQueryError
        No alert has a stamp of that kind.

    Examples
    --------
    >>> from astroquery_fink.plots import animate_cutouts
    >>> film = animate_cutouts(fink.get_images("ZTF99simastr"), folder / "asteroid.gif")
    >>> film.name
    'asteroid.gif'
    """
    from matplotlib.animation import PillowWriter
    from matplotlib.figure import Figure

    name = text_of(kind).upper()
    alerts = [alert for alert in in_time(images) if name in alert]
    if not alerts:
        raise FinkQueryError(
            f"kind={shown(kind)}: no alert has such a stamp; see hdus.info() of one of them."
        )
    if not isinstance(interval, Real) or not 0 < interval < inf:
        raise FinkQueryError(
            f"interval={shown(interval)} is no time that an alert is seen: give milliseconds."
        )
    frames = [alert[name] for alert in alerts]
    style = {"norm": stretch(*(hdu.data for hdu in frames))} | kwargs
    figure = Figure(figsize=(3, 3.4), layout="constrained")
    writer = PillowWriter(fps=1000 / interval)
    with writer.saving(figure, path, dpi=100):
        for alert, hdu in zip(alerts, frames, strict=True):
            figure.clear()
            ax = figure.add_subplot(projection=north_up(hdu))
            draw_cutout(ax, hdu, style, bar=survey_of_cutouts(alert).cutouts.scale_bar).set_title(
                caption(alert).replace("\n", "  ")
            )
            writer.grab_frame()
    return Path(path)
