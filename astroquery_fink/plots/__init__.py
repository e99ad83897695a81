# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Light curves and stamps as figures. matplotlib is imported when something is drawn; nothing is shown."""

from .animation import animate_cutouts
from .cutouts import plot_cutouts
from .light_curves import plot_lightcurve

__all__ = ["animate_cutouts", "plot_cutouts", "plot_lightcurve"]
