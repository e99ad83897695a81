# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Time series of light curves."""

from typing import TYPE_CHECKING, Any

import numpy as np
from astropy.table import MaskedColumn, Table
from astropy.time import Time
from astropy.utils.exceptions import AstropyUserWarning

from ..messages import warn
from ..surveys import Survey, survey_of
from .epochs import middle_of_exposures
from .selection import chosen_rows, require_columns, require_one_object

if TYPE_CHECKING:
    from astropy.timeseries import TimeSeries

__all__ = ["to_timeseries"]


def to_timeseries(
    table: Table, band: str | None = None, *, midexposure: bool = False, withupperlim: bool = False
) -> "TimeSeries":
    """Convert the light curve of one object to a time series.

    Parameters
    ----------
    table : `~astropy.table.Table`
        From ``query_object``.
    band : str, optional
        ``"g"``, ``"r"`` or ``"i"``; for Rubin also ``"u"``, ``"z"`` or ``"y"``. None: all bands.
    midexposure : bool, optional
        Use the middle of each exposure. (ZTF alerts have the time of its start.) The table must have
        ``i:exptime``; rows without an exposure time (upper limits and detections of bad quality) keep the
        start, with a warning. Times of Rubin alerts are always the middle.
    withupperlim : bool, optional
        Include the upper limits and the detections of bad quality, if the table has any.

    Returns
    -------
    series : `~astropy.timeseries.TimeSeries`
        Oldest row first, with ``time`` (UTC for ZTF, TAI for Rubin) and all columns of the table. Columns
        with a unit are `~astropy.units.Quantity`, masked where a value is missing, with NaN under the mask,
        so that ``from_timeseries`` of astropy's periodograms leaves out these rows.

    Raises
    ------
    FinkQueryError
        The table lacks a required column or holds several objects, or the survey has no such band.

    Warns
    -----
    AstropyUserWarning
        With ``midexposure=True``, some rows have no exposure time.

    Examples
    --------
    The period of a variable star:

    >>> import astropy.units as u
    >>> from astropy.timeseries import LombScargle
    >>> from astroquery_fink.lightcurve import add_apparent_magnitude, to_timeseries
    >>> table = add_apparent_magnitude(Fink.query_object("ZTF99simrrly"))
    >>> series = to_timeseries(table, band="r")
    >>> periodogram = LombScargle.from_timeseries(series, "magnitude", "magnitude_error")
    >>> frequency, power = periodogram.autopower(maximum_frequency=5 / u.day)
    >>> print(f"{1 / frequency[power.argmax()]:.4f}")
    0.5523 d
    """
    from astropy.timeseries import TimeSeries

    survey = survey_of(table)
    columns = survey.columns
    exposure_time = columns.exposure_time if midexposure else None
    needed = [columns.time, columns.band if band else None, exposure_time]
    require_columns(table, filter(None, needed), "to_timeseries")
    require_one_object(table, "to_timeseries")
    chosen: Any = table[chosen_rows(table, survey, band, withupperlim)]
    chosen.sort(columns.time)
    times = _middle(chosen, survey) if midexposure else survey.times(chosen)
    _put_nan_under_masks(chosen)
    return TimeSeries(chosen, time=times)


def _middle(table: Table, survey: Survey) -> Time:
    """The middle of each exposure; a warning says how many times are the start."""
    times, unknown = middle_of_exposures(table, survey)
    if unknown.any():
        warn(
            f"midexposure=True: {unknown.sum()} row(s), such as upper limits, have no "
            f"{survey.columns.exposure_time}; their times are the start of the exposure.",
            AstropyUserWarning,
        )
    return times


def _put_nan_under_masks(table: Table) -> None:
    """Put NaN under all masks, because periodograms recognize missing values by NaN."""
    for name, column in table.columns.items():
        if isinstance(column, MaskedColumn) and _is_float_in_a_series(column) and column.mask.any():
            floats = column.astype(np.result_type(column.dtype, np.float32))
            np.ma.getdata(floats)[column.mask] = np.nan
            table.replace_column(name, floats)


def _is_float_in_a_series(column: MaskedColumn) -> bool:
    return column.dtype.kind == "f" or (column.dtype.kind in "iu" and column.unit is not None)
