# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""From the Table of a light curve to the brightness of the source itself, and to a time series."""

import astropy.units as u
import numpy as np
from astropy.table import MaskedColumn
from astropy.utils.exceptions import AstropyUserWarning

from .exceptions import FinkQueryError
from .messages import warn
from .surveys import survey_of
from .surveys.photometry import magnitude, plain

__all__ = ["add_apparent_magnitude", "to_timeseries"]


def add_apparent_magnitude(table, *, match_radius=1.5 * u.arcsec):
    """Add the brightness of the source itself to a light curve of differences.

    An alert of ZTF has the difference between an image and a reference image. The flux of the source is
    that of the reference plus the difference, which is negative where the source was fainter; the
    errors are taken to be independent:

    .. math::

       F = F_\\mathrm{nr} \\pm F_\\mathrm{psf}, \\quad
       \\sigma_F^2 = \\sigma_{F_\\mathrm{nr}}^2 + \\sigma_{F_\\mathrm{psf}}^2, \\quad
       m = -2.5 \\log_{10} (F / 3631\\,\\mathrm{Jy})

    with the fluxes of ``i:magnr`` and ``i:magpsf`` and the sign of ``i:isdiffpos``. Take it for
    what is in the reference image as a point source: variable stars, quasars. A supernova is not; its
    difference magnitude is its magnitude, and what is added here would be that of its galaxy's core.

    Rubin measures the flux of the source on each image, ``r:scienceFlux``; it is taken as it is.

    Parameters
    ----------
    table : `~astropy.table.Table`
        From ``query_object`` or ``query_objects``. It is changed.
    match_radius : `~astropy.units.Quantity` or str, optional
        How far the nearest source of the reference image (``i:distnr``) may be from the alert to be
        taken for the same one. The default is the radius within which ZTF makes alerts one object; Rubin
        needs none.

    Returns
    -------
    table : `~astropy.table.Table`
        The same, with the columns ``magnitude`` and ``magnitude_error`` (mag, AB), ``flux`` and
        ``flux_error`` (Jy): masked in rows that have no detection or no reference; the magnitudes,
        too, where the flux is not positive.

    Raises
    ------
    FinkQueryError
        The table lacks a column that is needed, or ``match_radius`` is no angle.

    References
    ----------
    The fields: https://zwickytransientfacility.github.io/ztf-avro-alert/schema.html. The sum, and when
    it holds: Förster et al. 2021, AJ 161, 242, section 3.2 (there with other errors).

    Examples
    --------
    >>> from astroquery_fink.lightcurve import add_apparent_magnitude
    >>> table = add_apparent_magnitude(fink.query_object("ZTF99simrrly"))
    >>> table["magnitude"].unit, table["flux"].unit
    (Unit("mag"), Unit("Jy"))
    """
    survey = survey_of(table)
    refuse_incomplete(table, survey.photometry.source_columns, "add_apparent_magnitude")
    flux, flux_error = survey.photometry.source_flux(table, _angle(match_radius))
    values = (*magnitude(flux, flux_error), flux, flux_error)
    for (name, unit, shown, description), value in zip(_ADDED, values, strict=True):
        table[name] = MaskedColumn(value, unit=unit, format=shown, description=description)
    return table


_ADDED = (
    ("magnitude", u.mag, ".4f", "AB magnitude of the source, not of the difference"),
    ("magnitude_error", u.mag, ".4f", "1-sigma error of magnitude"),
    ("flux", u.Jy, ".4e", "Flux of the source, not of the difference"),
    ("flux_error", u.Jy, ".4e", "1-sigma error of flux"),
)


def to_timeseries(table, band=None, *, midexposure=False, withupperlim=False):
    """The light curve of one object as a time series.

    Parameters
    ----------
    table : `~astropy.table.Table`
        From ``query_object``.
    band : str, optional
        ``"g"``, ``"r"`` or ``"i"``, of Rubin also ``"u"``, ``"z"`` or ``"y"``; None: all.
    midexposure : bool, optional
        Times of the middle of the exposures; ZTF's are those of the start otherwise, and need
        ``i:exptime``. Rows without one, which are the upper limits and detections of bad quality, keep
        the start, with a warning. Rubin's times are always those of the middle.
    withupperlim : bool, optional
        Also the upper limits and the detections of bad quality, if the table has them.

    Returns
    -------
    series : `~astropy.timeseries.TimeSeries`
        Oldest first, with ``time`` (ZTF's in UTC, Rubin's in TAI) and all columns of the table; those
        with a unit are `~astropy.units.Quantity`, masked where a value is missing, and NaN under the mask:
        ``from_timeseries`` of astropy's periodograms leaves such rows out.

    Raises
    ------
    FinkQueryError
        The table lacks a column that is needed or holds several objects, or the survey has no such band.

    Warns
    -----
    AstropyUserWarning
        With ``midexposure=True`` some rows have no exposure time.

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
    midexposure = midexposure and survey.columns.exposure_time is not None
    needed = (
        [survey.columns.time]
        + [survey.columns.band] * bool(band)
        + [survey.columns.exposure_time] * midexposure
    )
    refuse_incomplete(table, needed, "to_timeseries")
    refuse_several(table, "to_timeseries")
    chosen = table[_rows(table, survey, band, withupperlim)]
    chosen.sort(survey.columns.time)
    times = survey.times(chosen)
    if midexposure:
        times = times + _half_exposures(chosen, survey)
    _put_nan_under_masks(chosen)
    return TimeSeries(chosen, time=times)


def _half_exposures(table, survey):
    """Half of each exposure time; nothing where there is none."""
    exposures = plain(table[survey.columns.exposure_time]).astype(float)
    unknown = ~np.isfinite(np.ma.filled(exposures, np.nan))
    if unknown.any():
        warn(
            f"midexposure=True: {unknown.sum()} row(s) have no {survey.columns.exposure_time}, as upper limits do; "
            "their times are those of the start.",
            AstropyUserWarning,
        )
    unit = table[survey.columns.exposure_time].unit or u.s
    return np.where(unknown, 0, np.ma.filled(exposures, 0)) / 2 * unit


def _put_nan_under_masks(table):
    """Also where the user masked a value: periodograms look for NaN, not at masks."""
    for name, column in table.columns.items():
        if isinstance(column, MaskedColumn) and _is_float_in_a_series(column) and column.mask.any():
            floats = column.astype(np.result_type(column.dtype, np.float32))
            np.ma.getdata(floats)[column.mask] = np.nan
            table.replace_column(name, floats)


def _is_float_in_a_series(column):
    return column.dtype.kind == "f" or (column.dtype.kind in "iu" and column.unit is not None)


def _rows(table, survey, band, withupperlim):
    """Which rows are of the band, and detections unless all are wanted."""
    rows = np.ones(len(table), dtype=bool)
    if band is not None:
        rows &= np.ma.filled(plain(table[survey.columns.band]) == _band_value(band, survey), False)
    if not withupperlim and survey.columns.tag in table.colnames:
        rows &= np.isin(plain(table[survey.columns.tag]).data, survey.measured)
    return rows


def _band_value(band, survey):
    values = {name: value for value, name in survey.bands.items()}
    if not isinstance(band, str) or band not in values:
        raise FinkQueryError(f"band={band!r} is none of {survey.title}'s: {', '.join(values)}.")
    return values[band]


def _angle(match_radius):
    try:
        return u.Quantity(float(u.Quantity(match_radius).to_value(u.arcsec)), u.arcsec)
    except (TypeError, ValueError) as error:
        raise FinkQueryError(
            f"match_radius={match_radius!r} is no angle: give a Quantity, such as 1.5 * u.arcsec."
        ) from error


def refuse_incomplete(table, needed, who):
    """Refuse a table that lacks columns.

    Parameters
    ----------
    table : `~astropy.table.Table`
    needed : iterable of str
    who : str
        The function that needs them.

    Raises
    ------
    FinkQueryError
        It names those that are not there.
    """
    lacking = [name for name in needed if name not in table.colnames]
    if lacking:
        raise FinkQueryError(f"{who} needs the column(s) {', '.join(lacking)}: ask for them, or for all.")


def refuse_several(table, who):
    """Refuse a table of several objects.

    Parameters
    ----------
    table : `~astropy.table.Table`
    who : str
        The function that takes one.

    Raises
    ------
    FinkQueryError
        It says by which column to choose.
    """
    key = survey_of(table).columns.object_id
    if key in table.colnames and len(set(plain(table[key]).tolist())) > 1:
        raise FinkQueryError(f"{who} takes one object, and this table has several; choose by {key!r}.")
