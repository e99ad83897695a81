# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""How a survey writes brightness, and the fluxes that follow from it, in Jy."""

from dataclasses import dataclass

import astropy.units as u
import numpy as np

__all__ = ["Fluxes", "Magnitudes", "flux", "magnitude", "nan_masked", "plain"]

_ZERO_POINT = u.AB.to(u.Jy)
_PER_MAGNITUDE = 0.4 * np.log(10)


def flux(magnitude, error):
    """Fluxes of AB magnitudes.

    Parameters
    ----------
    magnitude, error : `~numpy.ma.MaskedArray`
        In mag; ``error`` is 1 sigma.

    Returns
    -------
    flux, error : `~numpy.ma.MaskedArray`
        In Jy.
    """
    value = _ZERO_POINT * 10 ** (-0.4 * magnitude)
    return nan_masked(value), nan_masked(_PER_MAGNITUDE * error * value)


def magnitude(flux, error):
    """AB magnitudes of fluxes, masked where the flux is not positive.

    Parameters
    ----------
    flux, error : `~numpy.ma.MaskedArray`
        In Jy; ``error`` is 1 sigma.

    Returns
    -------
    magnitude, error : `~numpy.ma.MaskedArray`
        In mag.
    """
    positive = np.ma.masked_less_equal(flux, 0)
    value = -2.5 * np.ma.log10(positive / _ZERO_POINT)
    return nan_masked(value), nan_masked(error / (_PER_MAGNITUDE * positive))


@dataclass(frozen=True)
class Magnitudes:
    """Photometry on difference images, as magnitudes of the absolute flux with a sign beside them.

    Parameters
    ----------
    magnitude, magnitude_error : str
        Columns of the difference.
    sign : str
        Column that tells whether the source was brighter than the reference.
    brighter : tuple of str
        What it says then.
    reference, reference_error : str
        Columns with the magnitude of the nearest source of the reference image.
    distance : str
        Column with the distance to that source.
    distance_unit : `~astropy.units.UnitBase`
        What a distance of 1 is on the sky.
    """

    magnitude: str
    magnitude_error: str
    sign: str
    brighter: tuple
    reference: str
    reference_error: str
    distance: str
    distance_unit: u.UnitBase

    @property
    def difference_columns(self):
        """What `difference_flux` needs."""
        return self.magnitude, self.magnitude_error, self.sign

    @property
    def source_columns(self):
        """What `source_flux` needs."""
        return *self.difference_columns, self.reference, self.reference_error, self.distance

    @property
    def magnitude_columns(self):
        """What `difference_magnitude` needs."""
        return self.magnitude, self.magnitude_error

    def difference_magnitude(self, table):
        """Magnitude of the difference, whatever its sign.

        Parameters
        ----------
        table : `~astropy.table.Table`

        Returns
        -------
        magnitude, error : `~numpy.ma.MaskedArray`
            In mag.
        """
        return _floats(table[self.magnitude]), _floats(table[self.magnitude_error])

    def difference_flux(self, table):
        """Flux of the source minus that of the reference.

        Parameters
        ----------
        table : `~astropy.table.Table`

        Returns
        -------
        flux, error : `~numpy.ma.MaskedArray`
            In Jy, negative where the source was fainter than in the reference.
        """
        value, error = flux(*self.difference_magnitude(table))
        sign = plain(table[self.sign])
        signs = np.ma.array(np.where(np.isin(sign.data, self.brighter), 1, -1), mask=sign.mask)
        return nan_masked(signs * value), error

    def source_flux(self, table, match_radius):
        """Flux of the source itself: that of the reference and the difference.

        Parameters
        ----------
        table : `~astropy.table.Table`
        match_radius : `~astropy.units.Quantity`
            Farther than this, the nearest source of the reference is taken for another one.

        Returns
        -------
        flux, error : `~numpy.ma.MaskedArray`
            In Jy, masked where the reference of the source is not known.
        """
        difference, difference_error = self.difference_flux(table)
        reference, reference_error = flux(
            _floats(table[self.reference]), _floats(table[self.reference_error])
        )
        far = ~np.ma.filled(_floats(table[self.distance]) <= match_radius.to_value(self.distance_unit), False)
        total, error = reference + difference, np.ma.sqrt(difference_error**2 + reference_error**2)
        unknown = far | np.ma.getmaskarray(total) | np.ma.getmaskarray(error)
        return nan_masked(np.ma.array(total, mask=unknown)), nan_masked(np.ma.array(error, mask=unknown))


@dataclass(frozen=True)
class Fluxes:
    """Photometry as fluxes: on difference images, with their sign, and on the images themselves.

    Parameters
    ----------
    difference, difference_error : str
        Columns of the difference.
    source, source_error : str
        Columns of the source itself.
    unit : `~astropy.units.UnitBase`
        Of all of them.
    """

    difference: str
    difference_error: str
    source: str
    source_error: str
    unit: u.UnitBase

    @property
    def difference_columns(self):
        """What `difference_flux` needs."""
        return self.difference, self.difference_error

    @property
    def magnitude_columns(self):
        """What `difference_magnitude` needs."""
        return self.difference_columns

    @property
    def source_columns(self):
        """What `source_flux` needs."""
        return self.source, self.source_error

    def difference_magnitude(self, table):
        """AB magnitude of the difference.

        Parameters
        ----------
        table : `~astropy.table.Table`

        Returns
        -------
        magnitude, error : `~numpy.ma.MaskedArray`
            In mag, masked where the flux is below its error, so that a magnitude would say nothing.
        """
        value, error = self.difference_flux(table)
        return magnitude(np.ma.masked_where(np.ma.filled(value < error, True), value), error)

    def difference_flux(self, table):
        """Flux of the source minus that of the reference.

        Parameters
        ----------
        table : `~astropy.table.Table`

        Returns
        -------
        flux, error : `~numpy.ma.MaskedArray`
            In Jy, negative where the source was fainter than in the reference.
        """
        return self._jansky(table, self.difference_columns)

    def source_flux(self, table, match_radius=None):
        """Flux of the source itself, measured on the images.

        Parameters
        ----------
        table : `~astropy.table.Table`
        match_radius : `~astropy.units.Quantity`, optional
            Not needed: no other source is taken for this one.

        Returns
        -------
        flux, error : `~numpy.ma.MaskedArray`
            In Jy.
        """
        return self._jansky(table, self.source_columns)

    def _jansky(self, table, columns):
        return tuple(_floats(table[name]) * self.unit.to(u.Jy) for name in columns)


def plain(column):
    """What a column holds, whether its table came from Fink, from a FITS file, or is a QTable.

    Parameters
    ----------
    column : `~astropy.table.Column` or `~astropy.units.Quantity`

    Returns
    -------
    values : `~numpy.ma.MaskedArray`
        Without a unit; text is text, which FITS has as bytes.
    """
    values = np.asarray(getattr(column, "unmasked", column))
    if values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8")
    return np.ma.array(values, mask=getattr(column, "mask", False))


def nan_masked(values):
    """The same, with NaN under the mask of floats: what does not heed a mask does not take it for a number.

    Parameters
    ----------
    values : `~numpy.ma.MaskedArray`

    Returns
    -------
    values : `~numpy.ma.MaskedArray`
        A copy, if it is changed.
    """
    if values.dtype.kind != "f" or not np.ma.is_masked(values):
        return values
    return np.ma.array(np.ma.filled(values, np.nan), mask=np.ma.getmaskarray(values))


def _floats(column):
    return nan_masked(np.ma.masked_invalid(plain(column).astype(float)))
