# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Conversion of light curves: the brightness of the source itself, and time series."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import astropy.units as u
import numpy as np
from astropy.table import MaskedColumn, Table
from astropy.utils.exceptions import AstropyUserWarning

from .exceptions import FinkQueryError
from .messages import shown, warn
from .surveys import Survey, survey_of
from .surveys.photometry import magnitude, plain

if TYPE_CHECKING:
    from astropy.timeseries import TimeSeries

__all__ = ["add_apparent_magnitude", "to_timeseries"]


def add_apparent_magnitude(table: Table, *, match_radius: u.Quantity | str = 1.5 * u.arcsec) -> Table:
    """Add the brightness of the source itself to a light curve of difference images.

    An alert of ZTF holds the difference between an image and a reference image. The flux of the source is
    the flux of the reference plus the difference, which is negative if the source was fainter; the errors
    are assumed to be independent:

    .. math::

       F = F_\\mathrm{nr} \\pm F_\\mathrm{psf}, \\quad
       \\sigma_F^2 = \\sigma_{F_\\mathrm{nr}}^2 + \\sigma_{F_\\mathrm{psf}}^2, \\quad
       m = -2.5 \\log_{10} (F / 3631\\,\\mathrm{Jy})

    with the fluxes of ``i:magnr`` and ``i:magpsf`` and the sign of ``i:isdiffpos``. Use it for sources that
    are in the reference image as point sources: variable stars, quasars. A supernova is not in the reference
    image: its magnitude is the difference magnitude, and this function would add the core of its galaxy.

    Rubin measures the flux of the source on each image; this flux, ``r:scienceFlux``, is used unchanged.

    Parameters
    ----------
    table : `~astropy.table.Table`
        From ``query_object`` or ``query_objects``. The columns are added to this table.
    match_radius : `~astropy.units.Quantity` or str, optional
        The largest distance between the alert and the nearest source in the reference image
        (``i:distnr``) at which both are considered the same source. The default is the radius within which
        ZTF assigns alerts to one object. Not used for Rubin.

    Returns
    -------
    table : `~astropy.table.Table`
        The same table, with the columns ``magnitude`` and ``magnitude_error`` (mag, AB), ``flux`` and
        ``flux_error`` (Jy). All are masked in rows without a detection or a reference; the magnitudes also
        where the flux is not positive.

    Raises
    ------
    FinkQueryError
        The table lacks a required column, or ``match_radius`` is not a valid angle.

    References
    ----------
    The fields: https://zwickytransientfacility.github.io/ztf-avro-alert/schema.html. The sum of the fluxes
    and its limits: Förster et al. 2021, AJ 161, 242, section 3.2 (with different errors).

    Examples
    --------
    >>> from astroquery_fink.lightcurve import add_apparent_magnitude
    >>> table = add_apparent_magnitude(fink.query_object("ZTF99simrrly"))
    >>> table["magnitude"].unit, table["flux"].unit
    (Unit("mag"), Unit("Jy"))
    """
    survey = survey_of(table)
    require_columns(table, survey.photometry.source_columns, "add_apparent_magnitude")
    flux, flux_error = survey.photometry.source_flux(table, _angle(match_radius))
    values = (*magnitude(flux, flux_error), flux, flux_error)
    for (name, unit, digits, description), value in zip(_ADDED, values, strict=True):
        table[name] = MaskedColumn(value, unit=unit, format=digits, description=description)
    return table


_ADDED = (
    ("magnitude", u.mag, ".4f", "AB magnitude of the source, not of the difference"),
    ("magnitude_error", u.mag, ".4f", "1-sigma error of magnitude"),
    ("flux", u.Jy, ".4e", "Flux of the source, not of the difference"),
    ("flux_error", u.Jy, ".4e", "1-sigma error of flux"),
)


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
    >>> table = add_apparent_magnitude(fink.query_object("ZTF99simrrly"))
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
    chosen: Any = table[_rows(table, survey, band, withupperlim)]
    chosen.sort(columns.time)
    times: Any = survey.times(chosen)
    if exposure_time is not None:
        times = times + _half_exposures(chosen, exposure_time)
    _put_nan_under_masks(chosen)
    return TimeSeries(chosen, time=times)


def _half_exposures(table: Table, column: str) -> u.Quantity:
    """Half of each exposure time, and 0 where it is unknown."""
    exposures = plain(table[column]).astype(float)
    unknown = ~np.isfinite(np.ma.filled(exposures, np.nan))
    if unknown.any():
        warn(
            f"midexposure=True: {unknown.sum()} row(s), such as upper limits, have no {column}; "
            "their times are the start of the exposure.",
            AstropyUserWarning,
        )
    return np.where(unknown, 0, np.ma.filled(exposures, 0)) / 2 * (table[column].unit or u.s)


def _put_nan_under_masks(table: Table) -> None:
    """Put NaN under all masks, because periodograms recognize missing values by NaN."""
    for name, column in table.columns.items():
        if isinstance(column, MaskedColumn) and _is_float_in_a_series(column) and column.mask.any():
            floats = column.astype(np.result_type(column.dtype, np.float32))
            np.ma.getdata(floats)[column.mask] = np.nan
            table.replace_column(name, floats)


def _is_float_in_a_series(column: MaskedColumn) -> bool:
    return column.dtype.kind == "f" or (column.dtype.kind in "iu" and column.unit is not None)


def _rows(table: Table, survey: Survey, band: str | None, withupperlim: bool) -> np.ndarray:
    """Select the rows of a band, without upper limits unless they are wanted."""
    rows = np.ones(len(table), dtype=bool)
    if band is not None:
        rows &= np.ma.filled(plain(table[survey.columns.band]) == _band_value(band, survey), False)
    if not withupperlim and survey.columns.tag in table.colnames:
        rows &= np.isin(plain(table[survey.columns.tag]).data, survey.measured)
    return rows


def _band_value(band: Any, survey: Survey) -> Any:
    """The value of the band column."""
    values = {name: value for value, name in survey.bands.items()}
    if not isinstance(band, str) or band not in values:
        raise FinkQueryError(f"band={shown(band)} is not a band of {survey.title}: give {', '.join(values)}.")
    return values[band]


def _angle(match_radius: Any) -> u.Quantity:
    try:
        return u.Quantity(float(u.Quantity(match_radius).to_value(u.arcsec)), u.arcsec)
    except (TypeError, ValueError) as error:
        message = f"match_radius={shown(match_radius)} is not a valid angle"
        raise FinkQueryError(f"{message}: give a Quantity, such as 1.5 * u.arcsec.") from error


def require_columns(table: Table, needed: Iterable[str], caller: str) -> None:
    """Refuse a table that lacks columns; the message names the caller and the columns."""
    lacking = [name for name in needed if name not in table.colnames]
    if lacking:
        raise FinkQueryError(
            f"{caller} needs the column(s) {', '.join(lacking)}: request them, or request all columns."
        )


def require_one_object(table: Table, caller: str) -> None:
    """Refuse a table of several objects; the message names the caller."""
    key = survey_of(table).columns.object_id
    if key in table.colnames and len(set(plain(table[key]).tolist())) > 1:
        raise FinkQueryError(
            f"{caller} needs a table of one object, but this table has several: select one by {key!r}."
        )
