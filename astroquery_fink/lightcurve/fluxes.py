# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The flux of the difference, with its sign, in any unit."""

from typing import Any

import astropy.units as u
import numpy as np
from astropy.table import MaskedColumn, Table

from ..exceptions import FinkQueryError
from ..messages import shown
from ..surveys import survey_of
from .selection import require_difference

__all__ = ["add_difference_flux", "flux_unit", "zero_point"]


def add_difference_flux(table: Table, unit: u.UnitBase | str = "uJy", *, withupperlim: bool = False) -> Table:
    """Add the flux of the difference, negative where the source was fainter than the reference.

    An alert of ZTF has the magnitude of the absolute difference in ``i:magpsf``, and its sign in
    ``i:isdiffpos``; both make the flux. Rubin publishes it, as ``r:psfFlux``.

    Parameters
    ----------
    table : `~astropy.table.Table`
        From ``query_object``, ``query_objects`` or any other query for alerts. The columns are added to this
        table.
    unit : `~astropy.units.Unit` or str, optional
        A unit of spectral flux density per frequency, such as ``"nJy"``, ``"mJy"`` or
        ``"erg / (s cm2 Hz)"``. For fluxes with an AB zero point of 25 take ``10 ** (-0.4 * 25) * u.AB``.
    withupperlim : bool, optional
        Give each upper limit a flux of 0 and the 1-sigma error of a source at the limit, which ZTF states for
        5 sigma: a fifth of the limiting flux. Fits that use only fluxes and errors can then include limits;
        it assumes that the source was absent. By default upper limits are masked. Rubin has no upper limits:
        its forced photometry is the measured flux.

    Returns
    -------
    table : `~astropy.table.Table`
        The same table, with the columns ``difference_flux`` and ``difference_flux_error`` in ``unit``, masked
        where the alert has no magnitude or sign. ``meta["zp"]`` of both columns is the AB zero point:
        ``magnitude = zp - 2.5 * log10(flux)``.

    Raises
    ------
    FinkQueryError
        The table lacks a required column, or ``unit`` is not a unit of spectral flux density.

    Examples
    --------
    >>> from astroquery_fink.lightcurve import add_difference_flux
    >>> table = add_difference_flux(Fink.query_object("ZTF99simsnia"))
    >>> table["difference_flux"].unit, table["difference_flux"].meta["zp"]
    (Unit("uJy"), 23.9)
    """
    photometry, target = survey_of(table).photometry, flux_unit(unit)
    require_difference(table, withupperlim, "add_difference_flux")
    flux, error = photometry.difference_flux(table)
    error = np.ma.array(error, mask=np.ma.getmaskarray(flux) | np.ma.getmaskarray(error))
    if withupperlim:
        _, noise = photometry.limits(table)
        is_limit = ~np.ma.getmaskarray(noise)
        flux, error = np.ma.where(is_limit, 0.0, flux), np.ma.where(is_limit, noise, error)
    added = {
        "difference_flux": (flux, "", "Flux of the source minus flux of the reference"),
        "difference_flux_error": (error, "stat.error;", "1-sigma error of difference_flux"),
    }
    for name, (values, kind, description) in added.items():
        table[name] = _column(values, target, f"{kind}phot.flux.density;em.opt", description)
    return table


def flux_unit(unit: Any) -> u.UnitBase:
    """A unit of spectral flux density per frequency."""
    try:
        parsed: Any = u.Unit(unit)
    except (TypeError, ValueError):
        parsed = None
    if not isinstance(parsed, u.UnitBase) or not parsed.is_equivalent(u.Jy):
        raise FinkQueryError(
            f"unit={shown(unit)} is not a unit of spectral flux density per frequency: give one such as "
            "'uJy' or 'nJy'. (Magnitudes cannot hold negative fluxes.)"
        )
    return parsed


def zero_point(unit: u.UnitBase) -> float:
    """The AB magnitude of a flux of 1 in this unit."""
    return round(-2.5 * float(np.log10(unit.to(u.AB))), 6)


def _column(jansky: np.ma.MaskedArray, unit: u.UnitBase, ucd: str, description: str) -> MaskedColumn:
    zp = zero_point(unit)
    return MaskedColumn(
        np.ma.array(np.ma.filled(jansky, np.nan) * u.Jy.to(unit), mask=np.ma.getmaskarray(jansky)),
        unit=unit,
        format=".6g",
        description=f"{description}; AB zero point {zp:g}",
        meta={"ucd": ucd, "zp": zp, "zpsys": "ab"},
    )
