# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The times of a light curve: the middle of each exposure, in any time scale."""

from typing import Any

import astropy.units as u
import numpy as np
from astropy.table import Table
from astropy.time import Time

from ..exceptions import FinkQueryError
from ..messages import shown
from ..surveys import Survey
from ..surveys.photometry import plain

__all__ = ["in_scale", "middle_of_exposures"]

_SCALES = ("utc", "tai", "tt", "tdb")


def middle_of_exposures(table: Table, survey: Survey) -> tuple[Time, np.ndarray]:
    """The middle of each exposure, and the rows whose time is its start because its length is unknown."""
    times, column = survey.times(table), survey.columns.exposure_time
    if column is None:
        return times, np.zeros(len(table), dtype=bool)
    if column not in table.colnames:
        return times, np.ones(len(table), dtype=bool)
    exposures = np.ma.filled(plain(table[column]).astype(float), np.nan)
    unknown = ~np.isfinite(exposures)
    half: Any = np.where(unknown, 0, exposures) / 2 * (table[column].unit or u.s)
    return times + half, unknown


def in_scale(times: Time, scale: Any) -> Time:
    """The same times in another time scale."""
    if not isinstance(scale, str) or scale.lower() not in _SCALES:
        raise FinkQueryError(f"scale={shown(scale)} is not a time scale: give one of {', '.join(_SCALES)}.")
    return getattr(times, scale.lower())
