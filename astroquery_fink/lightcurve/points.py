# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The usable rows of a light curve, which the conversions for other packages share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from astropy.table import Table
from astropy.time import Time

from ..surveys import Survey, survey_of
from ..surveys.photometry import Measurement, plain
from .epochs import in_scale, middle_of_exposures
from .selection import chosen_rows, require_columns, require_difference, require_one_object

__all__ = ["Points", "difference_points", "points_of"]

Measure: TypeAlias = Callable[[Table], Measurement]


@dataclass(frozen=True)
class Points:
    """Fluxes with a known time, band and error, oldest first."""

    rows: np.ndarray  # of the table
    time: Time
    band: np.ndarray  # names of filters
    flux: np.ndarray  # Jy
    error: np.ndarray
    is_limit: np.ndarray  # the flux is an upper limit, the error 1 sigma of its noise


def difference_points(table: Table, caller: str, scale: Any, withupperlim: bool = False) -> Points:
    """The points of one object, with the flux of the difference; upper limits on request."""
    photometry = survey_of(table).photometry
    require_difference(table, withupperlim, caller)
    require_one_object(table, caller)
    limits = photometry.limits if withupperlim else None
    return points_of(table, caller, scale, photometry.difference_flux, limits=limits)


def points_of(
    table: Table,
    caller: str,
    scale: Any,
    measured: Measure,
    *,
    band: str | None = None,
    limits: Measure | None = None,
) -> Points:
    """The points of a band, or of all: fluxes by ``measured``, and upper limits by ``limits``."""
    survey = survey_of(table)
    require_columns(table, (survey.columns.time, survey.columns.band), caller)
    bands, known = _bands(table, survey)
    flux, error = (np.ma.filled(values, np.nan) for values in measured(table))
    used = known & chosen_rows(table, survey, band, False) & _is_usable(flux, error)
    is_limit = np.zeros(len(table), dtype=bool)
    if limits is not None:
        limit, noise = (np.ma.filled(values, np.nan) for values in limits(table))
        is_limit = known & chosen_rows(table, survey, band, True) & _is_usable(limit, noise)
        flux, error = np.where(is_limit, limit, flux), np.where(is_limit, noise, error)
    rows = np.flatnonzero(used | is_limit)
    rows = rows[np.argsort(plain(table[survey.columns.time]).data[rows], kind="stable")]
    timed = [name for name in (survey.columns.time, survey.columns.exposure_time) if name in table.colnames]
    times, _ = middle_of_exposures(table[timed][rows], survey)
    return Points(rows, in_scale(times, scale), bands[rows], flux[rows], error[rows], is_limit[rows])


def _bands(table: Table, survey: Survey) -> tuple[np.ndarray, np.ndarray]:
    """The filter of each row, and whether its filter and time are known."""
    values = plain(table[survey.columns.band]).tolist()
    bands = np.array([survey.bands.get(value, "") for value in values], dtype=str)
    times = np.ma.filled(plain(table[survey.columns.time]).astype(float), np.nan)
    return bands, (bands != "") & np.isfinite(times)


def _is_usable(flux: np.ndarray, error: np.ndarray) -> np.ndarray:
    return np.isfinite(flux) & np.isfinite(error) & (error > 0)
