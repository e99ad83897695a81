# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The kinds of brightness in which a light curve can be drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeAlias

import numpy as np
from astropy.table import Table

from ..exceptions import FinkQueryError
from ..lightcurve import add_apparent_magnitude
from ..messages import shown
from ..surveys import Survey
from ..surveys.photometry import Measurement, flux, plain

__all__ = ["BRIGHTNESSES", "Brightness", "brightness_of"]

_MICRO = 1e6

Names: TypeAlias = Callable[[Survey], tuple[str, ...]]
Measure: TypeAlias = Callable[[Table, Survey], Measurement]
Limit: TypeAlias = Callable[[Table, Survey], np.ma.MaskedArray]


@dataclass(frozen=True)
class Brightness:
    """One kind of brightness; ``measured`` returns values and errors, ``limit`` upper limits."""

    label: str  # of the axis
    is_magnitude: bool  # smaller numbers are brighter
    needs: Names  # the columns that it needs
    measured: Measure
    limit: Limit | None = None


def brightness_of(name: Any) -> Brightness:
    """The kind of brightness of this name."""
    if isinstance(name, str) and name in BRIGHTNESSES:
        return BRIGHTNESSES[name]
    nearest = get_close_matches(str(name), BRIGHTNESSES, n=1, cutoff=0)[0]
    valid = ", ".join(map(repr, BRIGHTNESSES))
    raise FinkQueryError(f"brightness={shown(name)} is not one of {valid}. Did you mean {nearest!r}?")


def _values(table: Table, name: Any) -> np.ma.MaskedArray:
    return np.ma.asarray(plain(table[name]), dtype=float)


def _in_microjansky(flux: Measurement) -> Measurement:
    values, errors = flux
    return values * _MICRO, errors * _MICRO


def _difference(table: Table, survey: Survey) -> Measurement:
    return survey.photometry.difference_magnitude(table)


def _difference_limit(table: Table, survey: Survey) -> np.ma.MaskedArray:
    return _values(table, survey.columns.limit)


def _difference_flux(table: Table, survey: Survey) -> Measurement:
    return _in_microjansky(survey.photometry.difference_flux(table))


def _difference_flux_limit(table: Table, survey: Survey) -> np.ma.MaskedArray:
    limit = _difference_limit(table, survey)
    return flux(limit, limit)[0] * _MICRO


def _apparent(table: Table, survey: Survey) -> Measurement:
    table = add_apparent_magnitude(table.copy(copy_data=False))
    return _values(table, "magnitude"), _values(table, "magnitude_error")


def _flux(table: Table, survey: Survey) -> Measurement:
    table = add_apparent_magnitude(table.copy(copy_data=False))
    return _in_microjansky((_values(table, "flux"), _values(table, "flux_error")))


BRIGHTNESSES = {
    "difference": Brightness(
        "Difference magnitude (AB)",
        is_magnitude=True,
        needs=lambda survey: survey.photometry.magnitude_columns,
        measured=_difference,
        limit=_difference_limit,
    ),
    "apparent": Brightness(
        "Magnitude (AB)",
        is_magnitude=True,
        needs=lambda survey: survey.photometry.source_columns,
        measured=_apparent,
    ),
    "flux": Brightness(
        "Flux (µJy)",
        is_magnitude=False,
        needs=lambda survey: survey.photometry.source_columns,
        measured=_flux,
    ),
    "difference flux": Brightness(
        "Difference flux (µJy)",
        is_magnitude=False,
        needs=lambda survey: survey.photometry.difference_columns,
        measured=_difference_flux,
        limit=_difference_flux_limit,
    ),
}
