"""What a telescope measures of a source: the flux in the difference image at every visit."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Self, TypeVar

import numpy as np

from .cadence import Visits
from .sources import Light, flux

__all__ = ["DETECTION", "Photometry", "observe", "observe_until_seen"]

PHOTON_ERROR = 0.008
DETECTION = 5.0  # sigma
HIGHEST_DENSITY = 256
T = TypeVar("T")


@dataclass(frozen=True)
class Photometry:
    """Measured difference fluxes in nJy, in order of time."""

    visits: Visits
    flux: np.ndarray  # negative where the source is fainter than in the reference image
    error: np.ndarray

    @property
    def significance(self) -> np.ndarray:
        """By how many sigma the difference deviates from zero."""
        return np.abs(self.flux) / self.error

    def detected(self) -> np.ndarray:
        """Mask of the visits that are detections."""
        return self.significance > DETECTION

    def select(self, which: np.ndarray | slice) -> Self:
        """The same for some of the visits."""
        values = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "visits"}
        chosen = {name: value[which] for name, value in values.items()}
        return replace(self, visits=self.visits.select(which), **chosen)


def observe(light: Light, visits: Visits, rng: np.random.Generator) -> Photometry:
    """Measure a source at every visit."""
    total = np.empty(visits.jd.size)
    reference = np.empty(visits.jd.size)
    for band in np.unique(visits.band):
        here = visits.band == band
        total[here] = flux(light.magnitude(str(band), visits.jd[here]))
        reference[here] = flux(light.reference[str(band)])
    error = np.hypot(flux(visits.depth) / DETECTION, PHOTON_ERROR * (total + reference))
    return Photometry(visits, total - reference + error * rng.normal(size=error.size), error)


def observe_until_seen(measure: Callable[[int], T], count: Callable[[T], int], wanted: int | None) -> T:
    """Measure with denser and denser visits until there are enough detections."""
    density = 1
    found = measure(density)
    while count(found) < (wanted or 1) and density < HIGHEST_DENSITY:
        density *= 2
        found = measure(density)
    return found
