"""Light curves of the simulated sources: true magnitudes by band and time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["BANDS", "LIGHTS", "Light", "by_band", "flux", "magnitude"]

BANDS = "ugrizy"
NANOJANSKY_ZEROPOINT = 31.4
DARK = dict.fromkeys(BANDS, np.inf)
Magnitudes = dict[str, float]


def by_band(values: Mapping[str, float], band: np.ndarray) -> np.ndarray:
    """For each element the value of its band."""
    return np.array([values[one] for one in band.tolist()], dtype=float)


def flux(magnitudes: ArrayLike) -> np.ndarray:
    """AB magnitude to nJy; an infinite magnitude gives 0."""
    return 10 ** (-0.4 * (np.asarray(magnitudes, dtype=float) - NANOJANSKY_ZEROPOINT))


def magnitude(fluxes: np.ndarray) -> np.ndarray:
    """Magnitude of a positive flux in nJy."""
    return NANOJANSKY_ZEROPOINT - 2.5 * np.log10(fluxes)


@dataclass(frozen=True)
class Light:
    """The light of one source."""

    magnitude: Callable[[str, ArrayLike], np.ndarray]  # true AB magnitude by band and time, infinite if dark
    reference: Mapping[str, float]  # magnitude in the reference image, by band
    host: Mapping[str, float] | None = None  # magnitude of the galaxy around the source, by band
    nuclear: bool = False  # the source is the nucleus of its host
    moves: bool = False  # the source belongs to the Solar System


def _colours(first: float, *steps: float) -> Magnitudes:
    """Magnitudes by band from the first one and the colours u-g, g-r, ..."""
    return dict(zip(BANDS, first - np.cumsum([0, *steps]), strict=True))


# Type Ia supernova: days from peak and magnitudes below peak; before day -10 the flux grows as t squared.
_IA_DAYS = [-10, -7, -4, 0, 3, 7, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 400]
_IA_BLUE = [0.75, 0.30, 0.08, 0, 0.05, 0.22, 0.45, 0.95, 1.5, 2.0, 2.4, 2.85, 3.05, 3.2, 3.55, 3.9, 4.7, 8.7]
_IA_RED = [0.7, 0.28, 0.1, 0, 0, 0.12, 0.3, 0.55, 0.62, 0.75, 1.05, 1.7, 2.1, 2.4, 3.0, 3.55, 4.8, 9.0]
_IA_INFRARED = [0.6, 0.2, 0.03, 0.05, 0.15, 0.38, 0.6, 0.72, 0.6, 0.5, 0.75, 1.45, 1.95, 2.35, 3.1, 3.7, 5, 9]
_IA_DECLINE = dict(zip(BANDS, [_IA_BLUE, _IA_BLUE, _IA_RED] + 3 * [_IA_INFRARED], strict=True))
_IA_RISE = 18.0
_SMOOTHING = np.arange(-2, 3)


def _ia_decline(band: str, day: np.ndarray) -> np.ndarray:
    """Magnitudes below peak, the table smoothed over five days."""
    return np.mean([np.interp(day + shift, _IA_DAYS, _IA_DECLINE[band]) for shift in _SMOOTHING], axis=0)


def _ia_magnitude(peak_jd: float, peak: Magnitudes, band: str, jd: ArrayLike) -> np.ndarray:
    day = np.asarray(jd) - peak_jd
    since_explosion = np.clip((day + _IA_RISE) / (_IA_RISE - 10), 0, 1)
    with np.errstate(divide="ignore"):
        rise = -5 * np.log10(since_explosion)
    return peak[band] + _ia_decline(band, np.maximum(day, -10)) + rise


def _well_observed(rng: np.random.Generator, epochs: np.ndarray) -> float:
    """An epoch with many others three weeks before and three months after it."""
    rise, decline = (
        np.searchsorted(epochs, epochs + last) - np.searchsorted(epochs, epochs + first)
        for first, last in [(-20, 0), (0, 90)]
    )
    merit = rise / rise.max() + decline / decline.max()
    return rng.choice(epochs[merit > 0.9 * merit.max()])


def type_ia_supernova(rng: np.random.Generator, epochs: np.ndarray) -> Light:
    """Light of a type Ia supernova in a spiral galaxy, well observed."""
    peak = _colours(18.1 + rng.normal(0, 0.15), 0.6, 0.0, -0.35, -0.1, -0.1)
    light = partial(_ia_magnitude, _well_observed(rng, epochs), peak)
    return Light(light, DARK, host=_colours(19.0 + rng.normal(0, 0.3), 1.4, 0.65, 0.35, 0.25, 0.15))


_RR_PHASE = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.88, 0.93, 0.97, 1.0]
_RR_SHAPE = [0, 0.2, 0.42, 0.58, 0.7, 0.8, 0.88, 0.95, 1.0, 0.97, 0.6, 0.15, 0.0]
_RR_AMPLITUDE = dict(zip(BANDS, [0.85, 0.9, 0.65, 0.52, 0.48, 0.47], strict=True))


def _rr_lyrae_magnitude(
    period: float, start: float, brightest: Magnitudes, band: str, jd: ArrayLike
) -> np.ndarray:
    phase = (np.asarray(jd) - start) / period % 1
    return brightest[band] + _RR_AMPLITUDE[band] * np.interp(phase, _RR_PHASE, _RR_SHAPE)


def rr_lyrae(rng: np.random.Generator, epochs: np.ndarray) -> Light:
    """Light of an RRab star."""
    period = rng.uniform(0.48, 0.64)
    brightest = _colours(16.6 + rng.normal(0, 0.3), 1.15, 0.05, 0.02, 0.02, 0.0)
    light = partial(_rr_lyrae_magnitude, period, epochs[0] + rng.uniform(0, period), brightest)
    return Light(light, _mean_magnitudes(light, epochs[0] + np.linspace(0, period, 50)))


def _mean_magnitudes(light: Callable[[str, np.ndarray], np.ndarray], jd: np.ndarray) -> Magnitudes:
    return {band: float(magnitude(flux(light(band, jd)).mean())) for band in BANDS}


_WANDERING = dict(zip(BANDS, [0.36, 0.30, 0.24, 0.20, 0.17, 0.15], strict=True))


def _active_galaxy_magnitude(
    grid: np.ndarray, walk: np.ndarray, mean: Magnitudes, band: str, jd: ArrayLike
) -> np.ndarray:
    return mean[band] + _WANDERING[band] * np.interp(np.asarray(jd), grid, walk)


def active_galaxy(rng: np.random.Generator, epochs: np.ndarray) -> Light:
    """Light of an active galactic nucleus: a damped random walk in steps of one day."""
    grid = np.arange(epochs[0] - 2, epochs[-1] + 3)
    memory = np.exp(-1 / rng.uniform(80, 200))
    powers = memory ** np.arange(grid.size)
    steps = rng.normal(0, np.sqrt(1 - memory**2), grid.size)
    steps[0] = rng.normal()
    walk = powers * np.cumsum(steps / powers)
    mean = _colours(17.6 + rng.normal(0, 0.2), 0.25, 0.35, 0.15, 0.1, 0.05)
    host = _colours(19.3 + rng.normal(0, 0.2), 1.6, 0.75, 0.4, 0.3, 0.2)
    return Light(partial(_active_galaxy_magnitude, grid, walk, mean), mean, host=host, nuclear=True)


def _dwarf_nova_magnitude(
    outbursts: tuple[np.ndarray, np.ndarray], quiet: Magnitudes, peak: Magnitudes, band: str, jd: ArrayLike
) -> np.ndarray:
    """Magnitude of a dwarf nova with outbursts of these starts and lengths, days."""
    starts, plateaus = outbursts
    day = np.asarray(jd)[:, np.newaxis] - starts
    rise = 8 * (1 - np.clip(day, 0, 1))
    plateau = 0.08 * np.clip(day - 1, 0, plateaus)
    decline = 0.9 * np.clip(day - 1 - plateaus, 0, None)
    light = flux(peak[band] + rise + plateau + decline) * (day > 0)
    return magnitude(flux(quiet[band]) + light.sum(axis=1))


def dwarf_nova(rng: np.random.Generator, epochs: np.ndarray) -> Light:
    """Light of a dwarf nova: outbursts of some days, superoutbursts of two weeks."""
    starts = epochs[0] + np.cumsum(rng.gamma(9, 4, size=60))
    plateaus = np.where(rng.random(60) < 0.2, rng.uniform(11, 14, 60), rng.uniform(2, 5, 60))
    quiet = _colours(21.0, 0.3, 0.35, 0.2, 0.1, 0.1)
    peak = _colours(15.9 + rng.normal(0, 0.15), 0.0, -0.1, -0.1, -0.05, 0.0)
    return Light(partial(_dwarf_nova_magnitude, (starts, plateaus), quiet, peak), quiet)


_MIRA_AMPLITUDE = dict(zip(BANDS, [3.0, 2.6, 2.1, 1.3, 1.0, 0.8], strict=True))


def _mira_magnitude(period: float, start: float, mean: Magnitudes, band: str, jd: ArrayLike) -> np.ndarray:
    angle = 2 * np.pi * (np.asarray(jd) - start) / period
    return mean[band] + _MIRA_AMPLITUDE[band] / 2 * (np.sin(angle) + 0.2 * np.sin(2 * angle))


def mira(rng: np.random.Generator, epochs: np.ndarray) -> Light:
    """Light of a long-period red giant."""
    period = rng.uniform(260, 340)
    mean = _colours(20.3 + rng.normal(0, 0.2), 2.0, 1.5, 1.2, 0.7, 0.3)
    light = partial(_mira_magnitude, period, epochs[0] + rng.uniform(0, period), mean)
    return Light(light, _mean_magnitudes(light, epochs[0] + np.linspace(0, period, 50)))


_PASSAGE = 0.02  # days


def _asteroid_magnitude(passage: float, mean: Magnitudes, band: str, jd: ArrayLike) -> np.ndarray:
    near = np.abs(np.asarray(jd) - passage) < _PASSAGE
    return np.where(near, mean[band], np.inf)


def asteroid(rng: np.random.Generator, epochs: np.ndarray) -> Light:
    """Light of a main-belt asteroid that is here at one of the epochs only."""
    mean = _colours(19.6 + rng.normal(0, 0.2), 1.6, 0.55, 0.2, 0.05, 0.0)
    return Light(partial(_asteroid_magnitude, rng.choice(epochs), mean), DARK, moves=True)


LIGHTS: dict[str, Callable[[np.random.Generator, np.ndarray], Light]] = {
    "snia": type_ia_supernova,
    "rrlyrae": rr_lyrae,
    "agn": active_galaxy,
    "dwarfnova": dwarf_nova,
    "asteroid": asteroid,
    "edge": mira,
    "blazar": active_galaxy,
}
