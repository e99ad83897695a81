"""Features of the light curve in one band, stored as text (``d:lc_features_g``, ``_r``)."""

import math

import numpy as np

__all__ = ["NOT_COMPUTED", "features"]

COUNT = 26
NOT_COMPUTED = str([None] * COUNT)
ENOUGH = 4


def features(jd: np.ndarray, mag: np.ndarray, sigma: np.ndarray) -> str:
    """A list of 26 features as text, with ``NaN`` for those that need more points."""
    values = _of_many(jd, mag, sigma) if mag.size >= ENOUGH else _of_few(mag)
    return "[" + ", ".join("NaN" if math.isnan(value) else repr(float(value)) for value in values) + "]"


def _of_few(mag: np.ndarray) -> list[float]:
    values = np.full(COUNT, np.nan)
    values[[0, 1, 3]] = mag.mean()
    values[[4, 7, 18, 19, 20]] = 0.0
    return values.tolist()


def _of_many(jd: np.ndarray, mag: np.ndarray, sigma: np.ndarray) -> list[float]:
    return [*_moments(mag, sigma), *_trends(jd, mag, sigma), *_spreads(jd, mag), *_shapes(mag, sigma)]


def _moments(mag: np.ndarray, sigma: np.ndarray) -> list[float]:
    mean, deviation = mag.mean(), mag.std(ddof=1)
    sums = np.cumsum(mag - mean) / (mag.size * deviation)
    return [
        mean,
        np.average(mag, weights=sigma**-2),
        deviation,
        np.median(mag),
        np.ptp(mag) / 2,
        np.mean(np.abs(mag - mean) > deviation),
        np.ptp(sums),
        _range(mag, 10),
        np.mean(((mag - mean) / deviation) ** 4) - 3,
    ]


def _trends(jd: np.ndarray, mag: np.ndarray, sigma: np.ndarray) -> list[float]:
    """Slope, its error and the residual noise, without and with weights."""
    plain, left, spread = _line(jd, mag, np.ones_like(mag))
    noise = np.sqrt(left / (mag.size - 2))
    weighted, chi2, precision = _line(jd, mag, sigma**-2)
    return [plain, noise / np.sqrt(spread), noise, weighted, 1 / np.sqrt(precision), chi2 / (mag.size - 2)]


def _line(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[float, float, float]:
    """Slope of a straight line, weighted squared residuals, and spread of x."""
    x = x - np.average(x, weights=weight)
    y = y - np.average(y, weights=weight)
    spread = np.sum(weight * x**2)
    slope = np.sum(weight * x * y) / spread
    return slope, np.sum(weight * (y - slope * x) ** 2), spread


def _spreads(jd: np.ndarray, mag: np.ndarray) -> list[float]:
    away = np.abs(mag - np.median(mag))
    return [
        _range(mag, 40) / _range(mag, 5),
        _range(mag, 20) / _range(mag, 10),
        np.max(np.abs(np.diff(mag) / np.diff(jd))),
        np.median(away),
        np.mean(away < 0.1 * np.ptp(mag)),
        away.max(),
    ]


def _range(mag: np.ndarray, percent: float) -> float:
    return np.subtract(*np.percentile(mag, [100 - percent, percent]))


def _shapes(mag: np.ndarray, sigma: np.ndarray) -> list[float]:
    mean, deviation, n = mag.mean(), mag.std(ddof=1), mag.size
    pulls = (mag - np.average(mag, weights=sigma**-2)) / sigma
    return [
        np.sum(np.diff(mag) ** 2) / ((n - 1) * deviation**2),
        np.mean(np.abs(mag - mean)) / deviation,
        np.sum(pulls**2) / (n - 1),
        np.mean(((mag - mean) / deviation) ** 3),
        np.mean(np.abs(pulls)) / np.sqrt(np.mean(pulls**2)),
    ]
