# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Figures and pages of light curves and cutouts; matplotlib is imported on first use, no window is opened."""

from .animation import animate_cutouts
from .cutouts import plot_cutouts
from .light_curves import plot_lightcurve
from .notebook import Thumbnails
from .phase_curves import plot_phase_curve
from .report import report

__all__ = ["Thumbnails", "animate_cutouts", "plot_cutouts", "plot_lightcurve", "plot_phase_curve", "report"]
