"""What Rubin measures of a source: fluxes in the difference, visit and template images."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from ..sky import observe as sky_observe
from ..sky.observe import DETECTION
from ..sky.sources import by_band, flux, magnitude
from ..sky.targets import Target
from .visits import DEPTH, Visits

__all__ = ["TEMPLATE_GAIN", "TEMPLATE_SEEING", "Photometry", "observe"]

PHOTON_ERROR = 0.003
TEMPLATE_GAIN = 2.0  # magnitudes by which the template is deeper
SATURATION = {"u": 15.2, "g": 16.4, "r": 16.3, "i": 16.1, "z": 15.6, "y": 14.8}
TEMPLATE_SEEING = 0.85  # arcsec
SCATTER = 0.1  # difference of two measurements on the same image, in units of the error


@dataclass(frozen=True)
class Photometry(sky_observe.Photometry):
    """Measured fluxes in nJy, in order of time."""

    visits: Visits
    science: np.ndarray  # on the visit image, with the light of the template and of a host galaxy
    science_error: np.ndarray
    template: np.ndarray
    template_error: np.ndarray
    saturated: np.ndarray

    def again(self, rng: np.random.Generator) -> Self:
        """Forced measurements on the same images: nearly the same fluxes."""
        shift, other = SCATTER * self.error * rng.normal(size=(2, self.error.size))
        return replace(self, flux=self.flux + shift, science=self.science + shift + other / 2)


def observe(target: Target, visits: Visits, purpose: str) -> Photometry:
    """Measure a target at every visit, with the noise of one purpose."""
    rng = target.generator(f"rubin {purpose}")
    total, reference, host = _true(target, visits)
    error = np.hypot(flux(visits.depth) / DETECTION, PHOTON_ERROR * (total + reference))
    noise = rng.normal(size=error.size)
    template_error = flux(by_band(DEPTH, visits.band) + TEMPLATE_GAIN) / DETECTION
    own = np.hypot(0.02 * error, template_error)
    science = total + host + error * noise + own * rng.normal(size=error.size)
    template = reference + host + template_error * rng.normal(size=error.size)
    with np.errstate(divide="ignore"):
        saturated = magnitude(total) < by_band(SATURATION, visits.band) - 2 * np.log10(visits.seeing)
    difference = total - reference + error * noise
    return Photometry(visits, difference, error, science, 0.99 * error, template, template_error, saturated)


def _true(target: Target, visits: Visits) -> np.ndarray:
    """True flux of the source, of its reference, and of its host, at every visit."""
    total, reference, host = rows = np.empty((3, visits.jd.size))
    for band in np.unique(visits.band).tolist():
        here = visits.band == band
        total[here] = flux(target.light.magnitude(band, visits.middle[here]))
        reference[here] = flux(target.light.reference[band])
        host[here] = _host_light(target, band)
    return rows


def _host_light(target: Target, band: str) -> float:
    """Light of the host galaxy in a measurement with the shape of a star."""
    galaxy = target.scene.galaxy
    if galaxy is None:
        return 0.0
    east, north, width, share = galaxy.spots.T
    star = (TEMPLATE_SEEING / 2.355) ** 2
    spread = width**2 + 2 * star
    away = (east + galaxy.east) ** 2 + (north + galaxy.north) ** 2
    seen = share * 2 * star / spread * np.exp(-away / spread / 2)
    return float(flux(galaxy.magnitude[band]) * seen.sum())
