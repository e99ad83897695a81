"""What a telescope measures of a source: the flux in the difference image at every visit."""

from dataclasses import dataclass

import numpy as np

from .cadence import Visits
from .sources import flux

__all__ = ["Photometry", "observe"]

PHOTON_ERROR = 0.008
DETECTION = 5.0


@dataclass(frozen=True)
class Photometry:
    """
    Measured difference fluxes, in the order of time.

    Attributes
    ----------
    visits : `~fink_sandbox.sky.cadence.Visits`
    flux, error : array of float
        nJy; the flux is negative where the source is fainter than in the reference image.
    """

    visits: Visits
    flux: np.ndarray
    error: np.ndarray

    @property
    def significance(self):
        """How many sigma the difference is away from zero."""
        return np.abs(self.flux) / self.error

    def detected(self):
        """Which visits are detections."""
        return self.significance > DETECTION

    def select(self, which):
        """The same for some of the visits."""
        visits = Visits(*(values[which] for values in vars(self.visits).values()))
        return Photometry(visits, self.flux[which], self.error[which])


def observe(light, visits, rng):
    """
    Measure a source at every visit.

    Parameters
    ----------
    light : `~fink_sandbox.sky.sources.Light`
    visits : `~fink_sandbox.sky.cadence.Visits`
    rng : `numpy.random.Generator`

    Returns
    -------
    Photometry
    """
    total = np.empty(visits.jd.size)
    reference = np.empty(visits.jd.size)
    for band in np.unique(visits.band):
        here = visits.band == band
        total[here] = flux(light.magnitude(str(band), visits.jd[here]))
        reference[here] = flux(light.reference[str(band)])
    error = np.hypot(flux(visits.depth) / DETECTION, PHOTON_ERROR * (total + reference))
    return Photometry(visits, total - reference + error * rng.normal(size=error.size), error)
