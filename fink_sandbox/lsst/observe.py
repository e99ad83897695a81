"""What Rubin measures of a source: fluxes in the difference, on the visit and on the template image."""

from dataclasses import dataclass, replace

import numpy as np

from ..sky.sources import flux, magnitude
from .visits import DEPTH, Visits

__all__ = ["Photometry", "observe", "under_the_star"]

DETECTION = 5.0
PHOTON_ERROR = 0.003
TEMPLATE_GAIN = 2.0  # magnitudes by which the template is deeper
SATURATION = {"u": 15.2, "g": 16.4, "r": 16.3, "i": 16.1, "z": 15.6, "y": 14.8}
TEMPLATE_SEEING = 0.85  # arcsec
AGAIN = 0.1  # of the error, how far a second measurement on the same image is from the first


@dataclass(frozen=True)
class Photometry:
    """
    Measured fluxes in nJy, in the order of time.

    Attributes
    ----------
    visits : `~fink_sandbox.lsst.visits.Visits`
    flux, error : array of float
        In the difference image; negative where the source is fainter than in the template.
    science, science_error : array of float
        On the visit image, with the light of the template and of a host galaxy.
    template, template_error : array of float
    saturated : array of bool
    """

    visits: Visits
    flux: np.ndarray
    error: np.ndarray
    science: np.ndarray
    science_error: np.ndarray
    template: np.ndarray
    template_error: np.ndarray
    saturated: np.ndarray

    @property
    def significance(self):
        """How many sigma the difference is away from zero."""
        return np.abs(self.flux) / self.error

    def detected(self):
        """Which visits are detections."""
        return self.significance > DETECTION

    def select(self, which):
        """The same for some of the visits."""
        values = [one[which] for name, one in vars(self).items() if name != "visits"]
        return Photometry(self.visits.select(which), *values)

    def again(self, rng):
        """Measured once more on the same images, at the place of the object: nearly the same fluxes."""
        shift, other = AGAIN * self.error * rng.normal(size=(2, self.error.size))
        return replace(self, flux=self.flux + shift, science=self.science + shift + other / 2)


def observe(target, visits, purpose):
    """
    Measure a target at every visit.

    Parameters
    ----------
    target : `~fink_sandbox.sky.sky.Target`
    visits : `~fink_sandbox.lsst.visits.Visits`
    purpose : str
        Sources and forced sources have noise of their own.

    Returns
    -------
    Photometry
    """
    rng = target.generator(f"rubin {purpose}")
    total, reference, host = _true(target, visits)
    error = np.hypot(flux(visits.depth) / DETECTION, PHOTON_ERROR * (total + reference))
    noise = rng.normal(size=error.size)
    template_error = flux(_by_band(DEPTH, visits.band) + TEMPLATE_GAIN) / DETECTION
    own = np.hypot(0.02 * error, template_error)
    science = total + host + error * noise + own * rng.normal(size=error.size)
    template = reference + host + template_error * rng.normal(size=error.size)
    with np.errstate(divide="ignore"):
        saturated = magnitude(total) < _by_band(SATURATION, visits.band) - 2 * np.log10(visits.seeing)
    difference = total - reference + error * noise
    return Photometry(visits, difference, error, science, 0.99 * error, template, template_error, saturated)


def _true(target, visits):
    total, reference, host = np.empty((3, visits.jd.size))
    for band in np.unique(visits.band).tolist():
        here = visits.band == band
        total[here] = flux(target.light.magnitude(band, visits.middle[here]))
        reference[here] = flux(target.light.reference[band])
        host[here] = under_the_star(target, band)
    return total, reference, host


def under_the_star(target, band):
    """What a measurement with the shape of a star takes for light of the source, though it is the host's."""
    galaxy = target.scene.galaxy
    if galaxy is None:
        return 0.0
    east, north, width, share = galaxy.spots.T
    star = (TEMPLATE_SEEING / 2.355) ** 2
    spread = width**2 + 2 * star
    away = (east + galaxy.east) ** 2 + (north + galaxy.north) ** 2
    seen = share * 2 * star / spread * np.exp(-away / spread / 2)
    return float(flux(galaxy.magnitude[band]) * seen.sum())


def _by_band(plan, band):
    return np.array([plan[one] for one in band.tolist()])
