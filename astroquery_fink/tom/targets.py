# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Alerts -> objects that can become targets, and the names of targets."""

from typing import Any

import numpy as np
from astropy.table import Table
from tom_targets.models import Target

from ..core import FinkClass
from ..surveys import Survey
from ..surveys.photometry import plain
from .telescopes import Telescope

__all__ = ["EXTRAS", "existing_target", "objects_in", "other_names"]

EXTRAS = ("fink_class", "tns_class", "simbad_class", "redshift")
"""tuple of str : What is stored with a new target if it is known."""

_UNKNOWN = {"Unknown", "Fail", "nan", "", None}


def objects_in(table: Table, telescope: Telescope) -> list[dict[str, Any]]:
    """The objects of a Table of alerts, each with the facts of its first row."""
    rows = np.flatnonzero(_can_be_targets(table, telescope))
    ids = plain(table[telescope.survey.columns.object_id]).data[rows]
    _, first = np.unique(ids, return_index=True)
    facts = _facts(table[rows[np.sort(first)]], telescope)
    return [dict(zip(facts, values, strict=True)) for values in zip(*facts.values(), strict=True)]


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


def _facts(table: Table, telescope: Telescope) -> dict[str, list[Any]]:
    """What a TOM shows of each row; None where it is unknown."""
    survey, columns = telescope.survey, telescope.survey.columns
    names = [str(name) for name in _values(table, columns.object_id)]
    magnitudes, _ = survey.photometry.difference_magnitude(table)
    separations = _values(table, survey.cone.separation)
    details = {detail: _first_known(table, held_by) for detail, held_by in telescope.details.items()}
    class_names = survey.report.class_names
    details["fink_class"] = [class_names.get(one, one) for one in details["fink_class"]]
    return {
        "name": names,
        "ra": _values(table, columns.ra),
        "dec": _values(table, columns.dec),
        "portal": [survey.report.portal.format(name) for name in names],
        "time": [time[:16] for time in survey.times(table).utc.iso],
        "band": [survey.bands.get(band) for band in _values(table, columns.band)],
        "magnitude": [_rounded(magnitude) for magnitude in magnitudes.tolist()],
        "fainter": _fainter(table, survey),
        "separation": [_rounded(degrees and degrees * 3600) for degrees in separations],
        **details,
    }


def _fainter(table: Table, survey: Survey) -> list[bool]:
    """Whether the source is fainter than the reference; False if the Table does not say."""
    if not set(survey.photometry.difference_columns) <= set(table.colnames):
        return [False] * len(table)
    fluxes, _ = survey.photometry.difference_flux(table)
    return np.ma.filled(fluxes < 0, False).tolist()


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 2)


def _first_known(table: Table, columns: tuple[str, ...]) -> list[Any]:
    """For each row, the first value of these columns that says something, None without one."""
    rows = zip(*(_values(table, name) for name in columns), strict=True)
    return [next((value for value in values if value not in _UNKNOWN), None) for values in rows]


def _values(table: Table, column: str) -> list[Any]:
    """Python values, None where a row has none."""
    if column not in table.colnames:
        return [None] * len(table)
    return plain(table[column]).tolist()
