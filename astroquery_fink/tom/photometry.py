# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A light curve -> photometry of a target in a TOM."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from astropy.table import Table
from astropy.time import TimezoneInfo
from tom_dataproducts.models import PhotometryReducedDatum

from ..lightcurve import to_timeseries
from ..surveys import Survey
from ..surveys.photometry import magnitude, plain
from ..tables.cutouts import header_columns
from .telescopes import Telescope

__all__ = ["DETECTION", "datums", "light_curve_columns", "save_photometry"]

DETECTION = 3
"""int : The signal-to-noise ratio from which a difference flux is a detection; others are upper limits."""

_MICROJANSKY = 1e6  # in 1 Jy
_DIGITS = 4  # of magnitudes, and of fluxes in microjansky


def light_curve_columns(telescope: Telescope) -> list[str]:
    """The columns of a light curve that photometry and the headers of cutouts need."""
    survey = telescope.survey
    photometry = [*survey.photometry.difference_columns, survey.columns.limit, telescope.exposure]
    return list(dict.fromkeys(filter(None, [*header_columns(survey), *photometry])))


def datums(table: Table, telescope: Telescope, bandpasses: Mapping[Any, str]) -> list[dict[str, Any]]:
    """The photometry in a light curve, as fields of ``PhotometryReducedDatum``, oldest first."""
    survey = telescope.survey
    if not len(table):
        return []
    measured = _measurements(to_timeseries(table, midexposure=True), telescope, bandpasses)
    limits = _upper_limits(_of_exposures_without_measurement(table, survey), telescope, bandpasses)
    return sorted([*measured, *limits], key=lambda datum: datum["timestamp"])


def save_photometry(target: Any, found: list[dict[str, Any]], source: str) -> list[Any]:
    """Store the exposures that the target does not have yet, and return all that it has from this source."""
    stored = PhotometryReducedDatum.objects.filter(target=target, source_name=source)
    known = set(stored.values_list("timestamp", flat=True))
    new = [
        PhotometryReducedDatum(target=target, source_name=source, **datum)
        for datum in found
        if datum["timestamp"] not in known
    ]
    PhotometryReducedDatum.objects.bulk_create(new, ignore_conflicts=True)
    return list(stored.order_by("timestamp"))


def _of_exposures_without_measurement(table: Table, survey: Survey) -> Table:
    """The rows of upper limits, for a survey whose light curves have such rows."""
    if survey.columns.limit is None or survey.columns.tag not in table.colnames:
        return table[:0]
    return table[plain(table[survey.columns.tag]).data == "upperlim"]


def _upper_limits(
    table: Table, telescope: Telescope, bandpasses: Mapping[Any, str]
) -> Iterator[dict[str, Any]]:
    """Upper limits of exposures without a detection."""
    if not len(table):
        return
    series = to_timeseries(table, withupperlim=True)
    values = _floats(series[telescope.survey.columns.limit])
    for index, common in _common_fields(series, telescope, bandpasses):
        if values[index] is not None:
            yield common | {"limit": values[index]}


def _measurements(
    series: Any, telescope: Telescope, bandpasses: Mapping[Any, str]
) -> Iterator[dict[str, Any]]:
    """Detections, and upper limits where the difference is too faint or negative."""
    photometry = telescope.survey.photometry
    fluxes, errors = photometry.difference_flux(series)
    detected = np.ma.filled(fluxes >= DETECTION * errors, False)
    magnitudes, magnitude_errors = map(_floats, photometry.difference_magnitude(series))
    limits = _floats(_limits(series, errors, telescope.survey))
    negative = np.ma.filled(fluxes <= -DETECTION * errors, False)
    signed, signed_errors = _floats(fluxes * _MICROJANSKY), _floats(errors * _MICROJANSKY)
    for index, common in _common_fields(series, telescope, bandpasses):
        common["value"] |= {
            "difference_flux_uJy": signed[index],
            "difference_flux_error_uJy": signed_errors[index],
            "fainter_than_reference": bool(negative[index]),
        }
        if detected[index]:
            yield common | {"brightness": magnitudes[index], "brightness_error": magnitude_errors[index]}
        elif limits[index] is not None:
            yield common | {"limit": limits[index]}


def _limits(series: Any, errors: np.ma.MaskedArray, survey: Survey) -> Any:
    """The magnitude limits of the exposures; if the survey has none, the magnitudes of 3-sigma fluxes."""
    if survey.columns.limit is not None:
        return series[survey.columns.limit]
    return magnitude(DETECTION * errors, errors)[0]


def _common_fields(
    series: Any, telescope: Telescope, bandpasses: Mapping[Any, str]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Index and common fields of each row in a known band, without forced photometry of detections."""
    survey = telescope.survey
    times = series.time.utc.to_datetime(timezone=TimezoneInfo())
    bands = [bandpasses.get(band) for band in plain(series[survey.columns.band]).tolist()]
    kinds = _kinds(series, survey)
    alerts = plain(series[survey.columns.alert_id]).tolist()
    exposures = _floats(series[telescope.exposure])
    page = survey.report.portal.format(plain(series[survey.columns.object_id])[0])
    detections = {
        (time, band) for time, band, kind in zip(times, bands, kinds, strict=True) if kind == "valid"
    }
    for index, (time, band, kind) in enumerate(zip(times, bands, kinds, strict=True)):
        if band is None or (kind == "forced" and (time, band) in detections):
            continue
        yield (
            index,
            {
                "timestamp": time,
                "bandpass": band,
                "unit": "mag",
                "exposure_time": exposures[index],
                "telescope": telescope.name,
                "instrument": telescope.instrument,
                "source_location": page,
                "value": {"kind": kind, "alert": alerts[index] and str(alerts[index])},
            },
        )


def _kinds(series: Any, survey: Survey) -> list[str]:
    """What each row is: ``valid``, ``forced`` or ``upperlim``."""
    if survey.columns.tag not in series.colnames:
        return ["valid"] * len(series)
    return plain(series[survey.columns.tag]).tolist()


def _floats(column: Any) -> list[float | None]:
    """Python floats, None where a value is missing."""
    values = np.ma.filled(plain(column).astype(float), np.nan)
    return [round(float(value), _DIGITS) if np.isfinite(value) else None for value in values]
