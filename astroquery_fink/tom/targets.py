# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Alerts -> objects that can become targets, and the names of targets."""

from typing import Any

import numpy as np
from astropy.table import Table
from tom_targets.models import Target

from ..core import FinkClass
from ..surveys.photometry import plain
from .telescopes import Telescope

__all__ = ["EXTRAS", "existing_target", "objects_in", "other_names"]

EXTRAS = ("fink_class", "tns_class", "simbad_class", "redshift")
"""tuple of str : What is stored with a new target if it is known."""

_UNKNOWN = {"Unknown", "Fail", "nan", "", None}


def objects_in(table: Table, telescope: Telescope) -> list[dict[str, Any]]:
    """The objects of a Table of alerts, each with the facts of its first row."""
    columns = telescope.survey.columns
    found: dict[str, dict[str, Any]] = {}
    for index in np.flatnonzero(_can_be_targets(table, telescope)):
        row = table[int(index)]
        found.setdefault(str(row[columns.object_id]), _object(row, telescope))
    return list(found.values())


def existing_target(names: list[str]) -> Any:
    """The target that has one of these names, as this TOM compares names; None if there is none."""
    return next((match for name in names if (match := Target.matches.match_name(name).first())), None)


def other_names(client: FinkClass, objectid: str) -> list[str]:
    """The names of an object at the Transient Name Server."""
    table: Any = client.resolve_name(objectid, resolver="tns", reverse=True)
    return [str(name) for name in plain(table["name"]).tolist() if name]


def _can_be_targets(table: Table, telescope: Telescope) -> np.ndarray:
    """The rows of objects at a fixed position, which known Solar System objects are not."""
    survey = telescope.survey
    usable = ~np.ma.getmaskarray(plain(table[survey.columns.object_id]))
    known = survey.solar_system.known
    if known is not None and known[0] in table.colnames:
        usable &= np.ma.filled(plain(table[known[0]]) != known[1], True)
    return usable


def _object(row: Any, telescope: Telescope) -> dict[str, Any]:
    survey = telescope.survey
    name = str(row[survey.columns.object_id])
    magnitudes, _ = survey.photometry.difference_magnitude(Table(row))
    details = {detail: _first_known(row, columns) for detail, columns in telescope.details.items()}
    return {
        "name": name,
        "ra": float(row[survey.columns.ra]),
        "dec": float(row[survey.columns.dec]),
        "portal": telescope.portal.format(name),
        "time": survey.times(Table(row)).utc.iso[0][:16],
        "band": survey.bands.get(_value(row, survey.columns.band)),
        "magnitude": None if magnitudes.mask.any() else round(float(magnitudes[0]), 2),
        "separation": _separation(row, survey.cone.separation),
    } | {detail: value for detail, value in details.items() if value is not None}


def _separation(row: Any, column: str) -> float | None:
    """Arcseconds from the centre of a cone."""
    degrees = _value(row, column)
    return None if degrees is None else round(degrees * 3600, 2)


def _first_known(row: Any, columns: tuple[str, ...]) -> Any:
    return next((value for name in columns if (value := _value(row, name)) not in _UNKNOWN), None)


def _value(row: Any, column: str) -> Any:
    """A Python value, None if the row has none."""
    if column not in row.colnames or np.ma.is_masked(row[column]):
        return None
    return plain(row[column]).tolist()
