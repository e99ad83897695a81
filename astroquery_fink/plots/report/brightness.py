# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The newest brightness of an object, and how fast it changes."""

from typing import NamedTuple

import numpy as np
from astropy.table import Table

from ...surveys import Survey
from ...surveys.photometry import plain
from ..brightness import brightness_of
from .values import minus

__all__ = ["WINDOW", "Newest", "Rate", "newest_of", "rate_of"]

WINDOW = 10.0  # days
_SHORTEST = 0.9  # days between the first and the last detection
_SIGNIFICANT = 3.0  # errors


class Newest(NamedTuple):
    """The brightness of the newest detection."""

    band: str
    magnitude: float | None
    text: str
    flux: str
    is_fainter: bool  # than in the reference image


class Rate(NamedTuple):
    """The change of the magnitude per day."""

    value: float
    error: float
    word: str  # rising or fading, if the change is significant

    @property
    def value_text(self) -> str:
        return minus(f"{self.value:+.{self._digits}f}")

    @property
    def error_text(self) -> str:
        return f"{self.error:.{self._digits}f}"

    @property
    def _digits(self) -> int:
        return 3 if self.error < 0.1 else 2


def newest_of(table: Table, survey: Survey, row: int) -> Newest:
    """The brightness in one row."""
    value, error = (part[row] for part in survey.photometry.difference_magnitude(table))
    band = survey.bands.get(_band_values(table, survey)[row], "")
    flux, is_fainter = "", False
    if set(survey.photometry.difference_columns) <= set(table.colnames):
        flux_value, flux_error = (part[row] for part in _fluxes(table, survey))
        is_fainter = bool(np.ma.filled(flux_value < 0, False))
        flux = _measured(flux_value, flux_error, 1)
    magnitude = None if np.ma.is_masked(value) else float(value)
    return Newest(band, magnitude, _measured(value, error, 2), flux and f"{flux} µJy", is_fainter)


def rate_of(table: Table, survey: Survey, rows: np.ndarray, mjd: np.ndarray) -> Rate | None:
    """A line through the last detections of the newest band; None if they are too few or too close.

    ``rows`` are the detections in time order, and ``mjd`` the times of all rows.
    """
    if not len(rows):
        return None
    values, errors = (np.ma.filled(part, np.nan) for part in survey.photometry.difference_magnitude(table))
    bands = _band_values(table, survey)
    chosen = rows[[bands[row] == bands[rows[-1]] for row in rows]]
    chosen = chosen[mjd[chosen] >= mjd[rows[-1]] - WINDOW]
    chosen = chosen[np.isfinite(values[chosen]) & (errors[chosen] > 0) & _same_sign(table, survey, chosen)]
    if len(chosen) < 2 or np.ptp(mjd[chosen]) < _SHORTEST:
        return None
    return _rate(mjd[chosen] - mjd[chosen].mean(), values[chosen], errors[chosen])


def _rate(days: np.ndarray, values: np.ndarray, errors: np.ndarray) -> Rate:
    """The slope of a line by weighted least squares."""
    weights = errors**-2.0
    weights /= weights.max()
    x = days - np.average(days, weights=weights)
    slope = float(np.sum(weights * x * values) / np.sum(weights * x**2))
    error = float(errors.min() / np.sqrt(np.sum(weights * x**2)))
    word = "" if abs(slope) < _SIGNIFICANT * error else "fading" if slope > 0 else "rising"
    return Rate(slope, error, word)


def _fluxes(table: Table, survey: Survey) -> tuple[np.ma.MaskedArray, np.ma.MaskedArray]:
    return brightness_of("difference flux").measured(table, survey)


def _same_sign(table: Table, survey: Survey, rows: np.ndarray) -> np.ndarray:
    """Whether each row is on the same side of the reference image as the last one."""
    if not len(rows) or not set(survey.photometry.difference_columns) <= set(table.colnames):
        return np.ones(len(rows), dtype=bool)
    signs = np.sign(np.ma.filled(_fluxes(table, survey)[0], 0))[rows]
    return signs == signs[-1]


def _band_values(table: Table, survey: Survey) -> list[object]:
    """The value of the band column in each row; None where it is masked."""
    return plain(table[survey.columns.band]).tolist()


def _measured(value: float, error: float, digits: int) -> str:
    """Value and error as text; empty if the value is missing."""
    if np.ma.is_masked(value) or not np.isfinite(value):
        return ""
    known = not np.ma.is_masked(error) and np.isfinite(error)
    return minus(f"{value:.{digits}f}") + (f" ± {error:.{digits}f}" if known else "")
