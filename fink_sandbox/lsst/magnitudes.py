"""Magnitudes of alerts, which Fink computes from their fluxes."""

import numpy as np

from ..server.tables import Columns
from ..sky.sources import magnitude

__all__ = ["magnitudes"]

PER_RELATIVE_ERROR = 2.5 / np.log(10)


def magnitudes(alerts: Columns) -> tuple[np.ndarray, np.ndarray]:
    """AB magnitudes and their errors, NaN for negative fluxes."""
    flux, error = (np.array(alerts[name], float) for name in ("r:psfFlux", "r:psfFluxErr"))
    flux[flux <= 0] = np.nan
    return magnitude(flux), PER_RELATIVE_ERROR * error / flux
