# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Read folders of Fink's Data Transfer service as Tables. pyarrow is imported when a folder is read."""

from .curves import LightCurves, light_curves
from .light_curve import light_curve
from .table import read

__all__ = ["LightCurves", "light_curve", "light_curves", "read"]
