# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""How a survey publishes brightness, and its conversion to fluxes in Jy and AB magnitudes.

Values and errors are masked arrays with NaN under the mask; errors are 1 sigma, fluxes are in Jy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import astropy.units as u
import numpy as np
from astropy.table import Table

__all__ = ["Fluxes", "Magnitudes", "Measurement", "flux", "magnitude", "nan_masked", "plain"]

Measurement: TypeAlias = tuple[np.ma.MaskedArray, np.ma.MaskedArray]
"""Values and their errors."""

_ZERO_POINT = u.AB.to(u.Jy)
_PER_MAGNITUDE = 0.4 * np.log(10)


def flux(magnitude: np.ma.MaskedArray, error: np.ma.MaskedArray) -> Measurement:
    """Convert AB magnitudes to fluxes."""
    value = _ZERO_POINT * 10 ** (-0.4 * magnitude)
    return nan_masked(value), nan_masked(_PER_MAGNITUDE * error * value)


def magnitude(flux: np.ma.MaskedArray, error: np.ma.MaskedArray) -> Measurement:
    """Convert fluxes to AB magnitudes, masked where the flux is not positive."""
    positive = np.ma.masked_less_equal(flux, 0)
    value = -2.5 * np.ma.log10(positive / _ZERO_POINT)
    with np.errstate(over="ignore"):  # fluxes near the smallest float: their errors have no number
        relative = np.ma.masked_invalid(error / positive)
    return nan_masked(value), nan_masked(relative / _PER_MAGNITUDE)


@dataclass(frozen=True)
class Magnitudes:
    """Photometry on difference images, as magnitudes of the absolute flux with a sign in another column.

    Parameters
    ----------
    magnitude, magnitude_error : str
        Columns of the difference.
    sign : str
        Column that has one of the values of ``brighter`` if the source was brighter than the reference.
    brighter : tuple of str
    reference, reference_error : str
        Columns with the magnitude of the nearest source in the reference image.
    distance : str
        Column with the distance to that source.
    distance_unit : `~astropy.units.UnitBase`
        Of the distance.
    limit : str
        Column with the limiting magnitude of the image.
    limit_significance : float
        By how many sigma a source of the limiting magnitude is detected.
    bandpasses : dict
        Filter -> name of its bandpass in sncosmo, which redback uses, too.
    """

    magnitude: str
    magnitude_error: str
    sign: str
    brighter: tuple[str, ...]
    reference: str
    reference_error: str
    distance: str
    distance_unit: u.UnitBase
    limit: str
    limit_significance: float
    bandpasses: Mapping[str, str]

    @property
    def limit_columns(self) -> tuple[str, ...]:
        """The columns that `limits` needs."""
        return self.magnitude, self.limit

    @property
    def difference_columns(self) -> tuple[str, ...]:
        """The columns that `difference_flux` needs."""
        return self.magnitude, self.magnitude_error, self.sign

    @property
    def source_columns(self) -> tuple[str, ...]:
        """The columns that `source_flux` needs."""
        return *self.difference_columns, self.reference, self.reference_error, self.distance

    @property
    def magnitude_columns(self) -> tuple[str, ...]:
        """The columns that `difference_magnitude` needs."""
        return self.magnitude, self.magnitude_error

    def difference_magnitude(self, table: Table) -> Measurement:
        """Magnitude of the difference, whatever its sign."""
        return _floats(table[self.magnitude]), _floats(table[self.magnitude_error])

    def difference_flux(self, table: Table) -> Measurement:
        """Flux of the source minus the flux of the reference."""
        value, error = flux(*self.difference_magnitude(table))
        sign = plain(table[self.sign])
        signs = np.ma.array(np.where(np.isin(sign.data, self.brighter), 1, -1), mask=sign.mask)
        return nan_masked(signs * value), error

    def limits(self, table: Table) -> Measurement:
        """Flux of the upper limits, and 1 sigma of their noise; masked in rows with a detection."""
        limit = _floats(table[self.limit])
        value, _ = flux(limit, limit)
        detected = ~np.ma.getmaskarray(_floats(table[self.magnitude]))
        value = nan_masked(np.ma.masked_where(detected, value))
        return value, value / self.limit_significance

    def source_flux(self, table: Table, match_radius: u.Quantity) -> Measurement:
        """Flux of the source: reference plus difference; masked without a reference in the radius."""
        difference, difference_error = self.difference_flux(table)
        reference, reference_error = flux(
            _floats(table[self.reference]), _floats(table[self.reference_error])
        )
        radius = match_radius.to_value(self.distance_unit)
        far = ~np.ma.filled(_floats(table[self.distance]) <= radius, False)
        total, error = reference + difference, np.ma.sqrt(difference_error**2 + reference_error**2)
        unknown = far | np.ma.getmaskarray(total) | np.ma.getmaskarray(error)
        return nan_masked(np.ma.array(total, mask=unknown)), nan_masked(np.ma.array(error, mask=unknown))


@dataclass(frozen=True)
class Fluxes:
    """Photometry as fluxes with a sign, on difference images and on the images themselves.

    Parameters
    ----------
    difference, difference_error : str
        Columns of the difference.
    source, source_error : str
        Columns of the source itself.
    unit : `~astropy.units.UnitBase`
        Of all these columns.
    bandpasses : dict
        Filter -> name of its bandpass in sncosmo, which redback uses, too.
    """

    difference: str
    difference_error: str
    source: str
    source_error: str
    unit: u.UnitBase
    bandpasses: Mapping[str, str]

    @property
    def limit_columns(self) -> tuple[str, ...]:
        """The columns that `limits` needs: none."""
        return ()

    @property
    def difference_columns(self) -> tuple[str, ...]:
        """The columns that `difference_flux` needs."""
        return self.difference, self.difference_error

    @property
    def magnitude_columns(self) -> tuple[str, ...]:
        """The columns that `difference_magnitude` needs."""
        return self.difference_columns

    @property
    def source_columns(self) -> tuple[str, ...]:
        """The columns that `source_flux` needs."""
        return self.source, self.source_error

    def difference_magnitude(self, table: Table) -> Measurement:
        """AB magnitude of the difference, masked where the flux is below its error."""
        value, error = self.difference_flux(table)
        return magnitude(np.ma.masked_where(np.ma.filled(value < error, True), value), error)

    def difference_flux(self, table: Table) -> Measurement:
        """Flux of the source minus the flux of the reference."""
        return self._jansky(table, self.difference, self.difference_error)

    def source_flux(self, table: Table, match_radius: u.Quantity | None = None) -> Measurement:
        """Flux of the source, measured on the images; it needs no radius, unlike that of `Magnitudes`."""
        return self._jansky(table, self.source, self.source_error)

    def limits(self, table: Table) -> Measurement:
        """All masked: forced photometry has a flux in each image, so that there are no upper limits."""
        nothing = np.ma.masked_all(len(table))
        return nan_masked(nothing), nan_masked(nothing)

    def _jansky(self, table: Table, value: str, error: str) -> Measurement:
        factor = self.unit.to(u.Jy)
        return _floats(table[value]) * factor, _floats(table[error]) * factor


def plain(column: Any) -> np.ma.MaskedArray:
    """The values of any column, without unit; bytes, which FITS files hold, are decoded to text."""
    values = np.asarray(getattr(column, "unmasked", column))
    if values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8")
    return np.ma.array(values, mask=getattr(column, "mask", False))


def nan_masked(values: Any) -> np.ma.MaskedArray:
    """Put NaN under the mask of floats, for code that ignores masks; a copy, if it is changed."""
    if values.dtype.kind != "f" or not np.ma.is_masked(values):
        return values
    return np.ma.array(np.ma.filled(values, np.nan), mask=np.ma.getmaskarray(values))


def _floats(column: Any) -> np.ma.MaskedArray:
    return nan_masked(np.ma.masked_invalid(plain(column).astype(float)))
