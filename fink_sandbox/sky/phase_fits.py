"""Fits of phase curves: the true curve, errors that only look like those of a fit, numbers of detections."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..data import load
from .chance import draw

__all__ = ["Points", "counted", "drawn", "slopes"]

RANGES = load("phase_fits.json")


@dataclass(frozen=True)
class Points:
    """The detections of a phase curve, one element each."""

    jd: np.ndarray  # days
    band: np.ndarray  # as in the names of columns
    error: np.ndarray  # magnitudes
    phase: np.ndarray  # degrees


def drawn(names: Iterable[str], bands: str, rng: np.random.Generator) -> dict[str, float]:
    """Values of those columns that are drawn from a range, per band or not."""
    ranges = {name: RANGES.get(re.sub(f"_[{bands}]$", "", name)) for name in names}
    return {name: draw(rng, *how).item() for name, how in ranges.items() if how}


def slopes(slope: float) -> dict[str, float]:
    """G, and G1 and G2 of a curve that differs by less than 0.01 mag at phase angles of up to 20 degrees."""
    return {"G": slope, "G1": 0.638 - 0.706 * slope, "G2": 0.040 + 1.027 * slope}


def counted(points: Points, bands: str) -> dict[str, float]:
    """Numbers without a fit, in total and by band; none of a band without detections."""
    row = {"last_jd": points.jd.max().item()}
    for suffix in ["", *(f"_{band}" for band in bands)]:
        here = points.band == suffix[1:] if suffix else np.full(points.jd.size, True)
        if here.any():
            row |= _of_these(points, here, suffix)
    return row


def _of_these(points: Points, here: np.ndarray, suffix: str) -> dict[str, float]:
    """Numbers of some detections; counts are floats in single bands."""
    kind = float if suffix else int
    return {
        f"min_phase{suffix}": points.phase[here].min().item(),
        f"max_phase{suffix}": points.phase[here].max().item(),
        f"median_error_phot{suffix}": np.median(points.error[here]).item(),
        f"n_obs{suffix}": kind(here.sum()),
        f"n_days{suffix}": kind(np.ptp(points.jd[here]).item()),
    }
