# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Conversion of light curves: the brightness of the source itself, fluxes, time series, other packages."""

from .brightness import add_apparent_magnitude
from .fluxes import add_difference_flux
from .lightkurve import to_lightkurve
from .nested import to_nested
from .redback import to_redback
from .series import to_timeseries
from .sncosmo import to_sncosmo

__all__ = [
    "add_apparent_magnitude",
    "add_difference_flux",
    "to_lightkurve",
    "to_nested",
    "to_redback",
    "to_sncosmo",
    "to_timeseries",
]
