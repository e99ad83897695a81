# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The brightness of the source itself, as columns of a light curve."""

from typing import Any

import astropy.units as u
from astropy.table import MaskedColumn, Table

from ..exceptions import FinkQueryError
from ..messages import shown
from ..surveys import survey_of
from ..surveys.photometry import magnitude
from .selection import require_columns

__all__ = ["MATCH_RADIUS", "add_apparent_magnitude"]

MATCH_RADIUS: u.Quantity = 1.5 * u.arcsec


def add_apparent_magnitude(table: Table, *, match_radius: u.Quantity | str = MATCH_RADIUS) -> Table:
    """Add the brightness of the source itself to a light curve of difference images.

    An alert of ZTF holds the difference between an image and a reference image. The flux of the source is
    the flux of the reference plus the difference, which is negative if the source was fainter; the errors
    are assumed to be independent:

    .. math::

       F = F_\\mathrm{nr} \\pm F_\\mathrm{psf}, \\quad
       \\sigma_F^2 = \\sigma_{F_\\mathrm{nr}}^2 + \\sigma_{F_\\mathrm{psf}}^2, \\quad
       m = -2.5 \\log_{10} (F / 3631\\,\\mathrm{Jy})

    with the fluxes of ``i:magnr`` and ``i:magpsf`` and the sign of ``i:isdiffpos``. Use it for sources that
    are in the reference image as point sources: variable stars, quasars. A supernova is not in the reference
    image: its magnitude is the difference magnitude, and this function would add the core of its galaxy.

    Rubin measures the flux of the source on each image; this flux, ``r:scienceFlux``, is used unchanged.

    Parameters
    ----------
    table : `~astropy.table.Table`
        From ``query_object`` or ``query_objects``. The columns are added to this table.
    match_radius : `~astropy.units.Quantity` or str, optional
        The largest distance between the alert and the nearest source in the reference image
        (``i:distnr``) at which both are considered the same source. The default is the radius within which
        ZTF assigns alerts to one object. Not used for Rubin.

    Returns
    -------
    table : `~astropy.table.Table`
        The same table, with the columns ``magnitude`` and ``magnitude_error`` (mag, AB), ``flux`` and
        ``flux_error`` (Jy). All are masked in rows without a detection or a reference; the magnitudes also
        where the flux is not positive.

    Raises
    ------
    FinkQueryError
        The table lacks a required column, or ``match_radius`` is not a valid angle.

    References
    ----------
    The fields: https://zwickytransientfacility.github.io/ztf-avro-alert/schema.html. The sum of the fluxes
    and its limits: Förster et al. 2021, AJ 161, 242, section 3.2 (with different errors).

    Examples
    --------
    >>> from astroquery_fink.lightcurve import add_apparent_magnitude
    >>> table = add_apparent_magnitude(Fink.query_object("ZTF99simrrly"))
    >>> table["magnitude"].unit, table["flux"].unit
    (Unit("mag"), Unit("Jy"))
    """
    survey = survey_of(table)
    require_columns(table, survey.photometry.source_columns, "add_apparent_magnitude")
    flux, flux_error = survey.photometry.source_flux(table, _angle(match_radius))
    values = (*magnitude(flux, flux_error), flux, flux_error)
    for (name, unit, digits, ucd, description), value in zip(_ADDED, values, strict=True):
        attributes = {"unit": unit, "format": digits, "description": description, "meta": {"ucd": ucd}}
        table[name] = MaskedColumn(value, **attributes)
    return table


_ADDED = (
    ("magnitude", u.mag, ".4f", "phot.mag;em.opt", "AB magnitude of the source, not of the difference"),
    ("magnitude_error", u.mag, ".4f", "stat.error;phot.mag;em.opt", "1-sigma error of magnitude"),
    ("flux", u.Jy, ".4e", "phot.flux.density;em.opt", "Flux of the source, not of the difference"),
    ("flux_error", u.Jy, ".4e", "stat.error;phot.flux.density;em.opt", "1-sigma error of flux"),
)


def _angle(match_radius: Any) -> u.Quantity:
    try:
        return u.Quantity(float(u.Quantity(match_radius).to_value(u.arcsec)), u.arcsec)
    except (TypeError, ValueError) as error:
        message = f"match_radius={shown(match_radius)} is not a valid angle"
        raise FinkQueryError(f"{message}: give a Quantity, such as 1.5 * u.arcsec.") from error
