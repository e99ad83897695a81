"""Which visits of an object are detections, of good and of bad quality, and which give upper limits."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from .observe import Photometry, observe_until_seen
from .targets import Target

__all__ = ["Detections", "detect", "has_enough_alerts"]

MARGINAL = 3.5  # sigma
SPOILED = 0.03


@dataclass(frozen=True)
class Detections:
    """The measurements of one object, and masks of its detections."""

    photometry: Photometry
    valid: np.ndarray
    bad: np.ndarray

    @property
    def limits(self) -> np.ndarray:
        """Mask of the visits without a detection."""
        return ~self.valid & ~self.bad


def detect(target: Target) -> Detections:
    """Observe a target until its last wanted alert."""
    found = observe_until_seen(partial(_sort, target), _alerts, target.wanted)
    if target.wanted is None:
        return found
    surplus = np.cumsum(found.valid) > target.wanted
    return Detections(found.photometry, found.valid & ~surplus, found.bad & ~surplus)


def has_enough_alerts(target: Target) -> bool:
    """Whether the target can have its wanted number of alerts, and at least one."""
    return _alerts(detect(target)) >= (target.wanted or 1)


def _alerts(found: Detections) -> int:
    return int(found.valid.sum())


def _sort(target: Target, density: int) -> Detections:
    photometry = target.observe(density)
    chance = target.generator(f"quality {density}").random(photometry.flux.size)
    spoiled = chance < SPOILED * (1 + (photometry.visits.seeing > 3))
    valid = photometry.detected() & ~spoiled
    marginal = (photometry.significance > MARGINAL) & (chance < 0.5) & (photometry.flux > 0)
    return Detections(photometry, valid, ~valid & ((photometry.detected() & spoiled) | marginal))
