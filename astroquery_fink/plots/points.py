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

__all__ = ["Points", "objects_of", "points_of"]


class Points(NamedTuple):
    """The points of a light curve that have the same band and quality."""

    band: str
    quality: str
    rows: np.ndarray  # their indices in the Table
    values: np.ndarray
    errors: np.ndarray | None  # NaN where the error is unknown; None of upper limits


def objects_of(table: Table, survey: Survey) -> list[tuple[str, np.ndarray]]:
    """The name and the rows of each object, in the order of the table; without ids one object without a name."""
    names = _names(table, survey)
    if names is None:
        return [("", np.arange(len(table)))]
    _, first, inverse = np.unique(names, return_index=True, return_inverse=True)
    ordered = np.split(np.argsort(inverse, kind="stable"), np.cumsum(np.bincount(inverse))[:-1])
    return [(names[ordered[one][0]], ordered[one]) for one in np.argsort(first)]


def _names(table: Table, survey: Survey) -> np.ndarray | None:
    """The name of the object of each row: of the Solar System object, otherwise the id."""
    names = np.full(len(table), "", dtype=object)
    for column in (survey.columns.object_id, survey.solar_system.added[0]):
        if column in table.colnames:
            values = plain(table[column])
            known = ~np.ma.getmaskarray(values)
            names[known] = values.data[known].astype(str)
    return names.astype(str) if len(names) and (names != "").any() else None


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
