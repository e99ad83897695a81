# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The kinds of brightness in which a light curve can be drawn, and the units of fluxes."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, TypeAlias

import astropy.units as u
import numpy as np
from astropy.table import Table

from ..exceptions import FinkQueryError
from ..lightcurve import add_apparent_magnitude
from ..messages import shown
from ..surveys import Survey
from ..surveys.photometry import Measurement, flux, plain

__all__ = ["BRIGHTNESSES", "Brightness", "Ordinate", "brightness_of"]

Names: TypeAlias = Callable[[Survey], tuple[str, ...]]
Measure: TypeAlias = Callable[[Table, Survey], Measurement]
Limit: TypeAlias = Callable[[Table, Survey], np.ma.MaskedArray]


@dataclass(frozen=True, kw_only=True)
class Ordinate:
    """What the vertical axis of a figure shows: AB magnitudes, or fluxes in a unit."""

    title: str
    unit: u.UnitBase | None = None  # None: AB magnitudes

    @property
    def is_magnitude(self) -> bool:
        """Whether smaller numbers are brighter."""
        return self.unit is None

    @property
    def label(self) -> str:
        """The label of the axis."""
        return f"{self.title} ({'AB' if self.unit is None else self.unit.to_string('unicode')})"


@dataclass(frozen=True, kw_only=True)
class Brightness(Ordinate):
    """A kind of brightness, and how it is computed from a light curve."""

    name: str
    needs: Names  # the columns that it needs
    measure: Measure  # values and errors, in mag or Jy
    upper_limit: Limit | None = None

    def measured(self, table: Table, survey: Survey) -> Measurement:
        """Values and errors, in the unit."""
        values, errors = self.measure(table, survey)
        return values * self._factor, errors * self._factor

    def limit(self, table: Table, survey: Survey) -> np.ma.MaskedArray | None:
        """Upper limits in the unit; None if this kind or the table has none."""
        if self.upper_limit is None or survey.columns.limit not in table.colnames:
            return None
        return self.upper_limit(table, survey) * self._factor

    @property
    def _factor(self) -> float:
        return 1.0 if self.unit is None else u.Jy.to(self.unit)


def brightness_of(name: Any, fluxunit: Any = None) -> Brightness:
    """The kind of brightness of this name, in a unit if it is a flux."""
    if not isinstance(name, str) or name not in BRIGHTNESSES:
        nearest = get_close_matches(str(name), BRIGHTNESSES, n=1, cutoff=0)[0]
        valid = ", ".join(map(repr, BRIGHTNESSES))
        raise FinkQueryError(f"brightness={shown(name)} is not one of {valid}. Did you mean {nearest!r}?")
    kind = BRIGHTNESSES[name]
    if fluxunit is None:
        return kind
    if kind.is_magnitude:
        raise FinkQueryError(
            f"fluxunit={shown(fluxunit)} is for fluxes, but brightness={name!r} is a magnitude: "
            "give brightness='difference flux' or 'flux', or leave out fluxunit."
        )
    return replace(kind, unit=_flux_unit(fluxunit))


def _flux_unit(given: Any) -> u.UnitBase:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", u.UnitsWarning)  # of how FITS files would write the unit
            unit: Any = u.Unit(given)
        if isinstance(unit, u.UnitBase) and unit.is_equivalent(u.Jy):
            return unit
    except (TypeError, ValueError):
        pass
    raise FinkQueryError(
        f"fluxunit={shown(given)} is not a unit of flux density: give a unit such as 'nJy', 'mJy' or "
        "'erg / (s cm2 Hz)'."
    )


def _values(table: Table, name: Any) -> np.ma.MaskedArray:
    return np.ma.masked_invalid(np.ma.asarray(plain(table[name]), dtype=float))


def _difference(table: Table, survey: Survey) -> Measurement:
    return survey.photometry.difference_magnitude(table)


def _difference_limit(table: Table, survey: Survey) -> np.ma.MaskedArray:
    return _values(table, survey.columns.limit)


def _difference_flux(table: Table, survey: Survey) -> Measurement:
    return survey.photometry.difference_flux(table)


def _difference_flux_limit(table: Table, survey: Survey) -> np.ma.MaskedArray:
    limit = _difference_limit(table, survey)
    return flux(limit, limit)[0]


def _apparent(table: Table, survey: Survey) -> Measurement:
    table = add_apparent_magnitude(table.copy(copy_data=False))
    return _values(table, "magnitude"), _values(table, "magnitude_error")


def _flux(table: Table, survey: Survey) -> Measurement:
    table = add_apparent_magnitude(table.copy(copy_data=False))
    return _values(table, "flux"), _values(table, "flux_error")


_KINDS = (
    Brightness(
        name="difference",
        title="Difference magnitude",
        needs=lambda survey: survey.photometry.magnitude_columns,
        measure=_difference,
        upper_limit=_difference_limit,
    ),
    Brightness(
        name="apparent",
        title="Magnitude",
        needs=lambda survey: survey.photometry.source_columns,
        measure=_apparent,
    ),
    Brightness(
        name="flux",
        title="Flux",
        needs=lambda survey: survey.photometry.source_columns,
        measure=_flux,
        unit=u.uJy,
    ),
    Brightness(
        name="difference flux",
        title="Difference flux",
        needs=lambda survey: survey.photometry.difference_columns,
        measure=_difference_flux,
        upper_limit=_difference_flux_limit,
        unit=u.uJy,
    ),
)
BRIGHTNESSES = {kind.name: kind for kind in _KINDS}
