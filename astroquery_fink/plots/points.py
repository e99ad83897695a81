# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The objects of a Table, and the points of a light curve by band and quality."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from astropy.table import Table

from ..surveys import Survey
from ..surveys.photometry import plain
from .brightness import Brightness
from .looks import QUALITIES

__all__ = ["Points", "mjd_of", "objects_of", "points_of", "split_by", "tables_of", "timed_points"]


class Points(NamedTuple):
    """The points of a light curve that have the same band and quality."""

    band: str
    quality: str
    rows: np.ndarray  # their indices in the Table
    values: np.ndarray
    errors: np.ndarray | None  # NaN where the error is unknown; None of upper limits


def objects_of(table: Table, survey: Survey) -> list[tuple[str, np.ndarray]]:
    """The name and the rows of each object, in the order of the table; one nameless object without ids."""
    names = _names(table, survey)
    if names is None:
        return [("", np.arange(len(table)))]
    return split_by(names)


def split_by(names: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """Each name and its rows, in the order in which the names appear."""
    values, first, inverse = np.unique(names, return_index=True, return_inverse=True)
    rows = np.split(np.argsort(inverse, kind="stable"), np.cumsum(np.bincount(inverse))[:-1])
    return [(str(values[one]), rows[one]) for one in np.argsort(first)]


def _names(table: Table, survey: Survey) -> np.ndarray | None:
    """The name of the object of each row: its id, or the name of a Solar System object."""
    names = np.full(len(table), "", dtype=object)
    columns = (survey.columns.object_id, survey.solar_system.added[0])  # the last one that is known counts
    for column in columns[::-1] if survey.solar_system.known is None else columns:
        if column in table.colnames:
            values = plain(table[column])
            known = ~np.ma.getmaskarray(values)
            names[known] = values.data[known].astype(str)
    return names.astype(str) if len(names) and (names != "").any() else None


def tables_of(table: Table, survey: Survey, objects: list[np.ndarray]) -> list[Table]:
    """The light curve of each object, with the columns that figures need: a row of an alert has 150."""
    if len(objects) == 1:
        return [table]
    columns, photometry = survey.columns, survey.photometry
    needed = (columns.time, columns.band, columns.tag, columns.limit)
    needed += photometry.difference_columns + photometry.source_columns
    light = table[[name for name in dict.fromkeys(needed) if name in table.colnames]]
    return [light[rows] for rows in objects]


def points_of(table: Table, survey: Survey, kind: Brightness) -> Iterator[Points]:
    """The points of each band and quality that has any."""
    columns = survey.columns
    has_tags = columns.tag in table.colnames
    tags = plain(table[columns.tag]).filled("") if has_tags else np.full(len(table), "valid")
    values, errors = kind.measured(table, survey)
    errors = np.where(np.isfinite(errors.filled(np.nan)) & (errors.filled(-1) >= 0), errors.data, np.nan)
    bands = plain(table[columns.band])
    drawn: dict[str, tuple[Any, Any]] = dict.fromkeys(QUALITIES, (values, errors))
    drawn["upperlim"] = (kind.limit(table, survey), None)
    for value, band in survey.bands.items():
        of_band = np.ma.filled(bands == value, False)
        for quality, (y, dy) in drawn.items():
            if y is not None:
                rows = np.flatnonzero(of_band & (tags == quality) & np.isfinite(y.filled(np.nan)))
                if len(rows):
                    yield Points(band, quality, rows, y.data[rows], None if dy is None else dy[rows])


def timed_points(
    table: Table, survey: Survey, kind: Brightness, scale: str
) -> list[tuple[np.ndarray, Points]]:
    """The times, as MJD in a time scale, and the points; rows without a time are left out."""
    mjd = mjd_of(table, survey, scale)
    known = np.isfinite(mjd)
    if not known.all():
        table, mjd = table[known], mjd[known]
    return [(mjd[points.rows], points) for points in points_of(table, survey, kind)]


def mjd_of(table: Table, survey: Survey, scale: str) -> np.ndarray:
    """The time of each row as MJD in a time scale; NaN where it is unknown."""
    column = survey.columns.time
    values = np.ma.filled(plain(table[column]).astype(float), np.nan)
    known = np.isfinite(values)
    mjd = np.full(len(values), np.nan)
    if known.any():
        times: Any = survey.times(Table({column: values[known]}))
        mjd[known] = getattr(times, scale).mjd
    return mjd
