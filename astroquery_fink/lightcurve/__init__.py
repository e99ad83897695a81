# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Conversion of light curves: the brightness of the source itself, and time series."""

from .brightness import add_apparent_magnitude
from .series import to_timeseries

__all__ = ["add_apparent_magnitude", "to_timeseries"]
