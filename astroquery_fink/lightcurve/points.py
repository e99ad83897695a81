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

__all__ = ["Points", "difference_points", "points_of", "usable_rows"]

_SECOND = 1 / 86400  # days; exposures of one band are farther apart

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
    flux, error = _filled(measured(table))
    used, is_limit = usable_rows(table, (flux, error), band), np.zeros(len(table), dtype=bool)
    if limits is not None:
        limit, noise = _filled(limits(table))
        is_limit = usable_rows(table, (limit, noise), band, withupperlim=True)
        flux, error = np.where(is_limit, limit, flux), np.where(is_limit, noise, error)
    bands = _bands(table, survey)
    rows = _one_per_exposure(table, survey, bands, np.flatnonzero(used | is_limit))
    timed = [name for name in (survey.columns.time, survey.columns.exposure_time) if name in table.colnames]
    times, _ = middle_of_exposures(table[timed][rows], survey)
    return Points(rows, in_scale(times, scale), bands[rows], flux[rows], error[rows], is_limit[rows])


def usable_rows(
    table: Table, measurement: tuple[Any, Any], band: str | None, withupperlim: bool = False
) -> np.ndarray:
    """Select the rows of a band, or of all, whose time, band, value and error are known."""
    survey = survey_of(table)
    times = np.ma.filled(plain(table[survey.columns.time]).astype(float), np.nan)
    value, error = _filled(measurement)
    known = (_bands(table, survey) != "") & np.isfinite(times) & np.isfinite(value) & np.isfinite(error)
    return known & (error > 0) & chosen_rows(table, survey, band, withupperlim)


def _filled(measurement: tuple[Any, Any]) -> tuple[np.ndarray, np.ndarray]:
    value, error = measurement
    return np.ma.filled(value, np.nan), np.ma.filled(error, np.nan)


def _bands(table: Table, survey: Survey) -> np.ndarray:
    """The filter of each row; an empty text if it is not known."""
    values = plain(table[survey.columns.band]).tolist()
    return np.array([survey.bands.get(value, "") for value in values], dtype=str)


def _one_per_exposure(table: Table, survey: Survey, bands: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The rows in order of time; of those of one exposure, the ones whose tag is last in ``measured``."""
    times = plain(table[survey.columns.time]).data
    if survey.columns.tag in table.colnames and len(rows):
        rows = rows[np.lexsort((times[rows], bands[rows]))]
        is_next = (bands[rows][1:] != bands[rows][:-1]) | (np.diff(times[rows]) > _SECOND)
        begins = np.concatenate([[0], 1 + np.flatnonzero(is_next)])
        ranks = {tag: rank for rank, tag in enumerate(survey.measured)}
        rank = np.array([ranks.get(tag, -1) for tag in plain(table[survey.columns.tag])[rows].tolist()])
        best = np.repeat(np.maximum.reduceat(rank, begins), np.diff(begins, append=len(rows)))
        rows = rows[rank == best]
    return rows[np.argsort(times[rows], kind="stable")]
