# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Where on the sky: positions and radii."""

from http.client import HTTPException

import astropy.units as u
import numpy as np
from astropy.coordinates import Angle, BaseCoordinateFrame, SkyCoord
from astropy.coordinates.name_resolve import NameResolveError

from ..exceptions import FinkQueryError, FinkServiceError
from ..messages import is_tabular, shown
from .coordinate_tables import columns_of, positions_of
from .coordinate_text import FORMS, degrees_of, is_name
from .text import is_many, text_of

__all__ = ["positions", "radius_arcsec"]


def positions(coordinates):
    """One position or many.

    Parameters
    ----------
    coordinates : `~astropy.coordinates.SkyCoord`, frame, str, `~astropy.table.Table`, or list
        Text in degrees or sexagesimal, ICRS, or a name that Sesame can resolve; a Table, Row or DataFrame
        with a column of SkyCoord or columns such as ra and dec; a list of any of these.

    Returns
    -------
    places : `~astropy.coordinates.SkyCoord`
        ICRS; scalar or 1-d.

    Raises
    ------
    FinkQueryError
        It is no position; the message names the rows that have none.
    FinkServiceError
        A name cannot be resolved because Sesame cannot be reached.
    """
    if isinstance(coordinates, (str, bytes)):
        return _of_text(text_of(coordinates))
    if isinstance(coordinates, (SkyCoord, BaseCoordinateFrame)):
        return _of_frame(coordinates)
    if is_tabular(coordinates):
        found = columns_of(coordinates)
        return _of_frame(found) if isinstance(found, SkyCoord) else _checked(*positions_of(*found))
    if is_many(coordinates):
        return _of_list(coordinates)
    raise FinkQueryError(f"coordinates={shown(coordinates)} is no position: give {FORMS}.")


def _of_text(text):
    try:
        return SkyCoord(*degrees_of(text), unit="deg")
    except FinkQueryError:
        if not is_name(text):
            raise
    return _of_name(text)


def _of_name(name):
    try:
        return SkyCoord.from_name(name).icrs
    except NameResolveError as error:
        reason = str(error)
        if "Unable to find coordinates" in reason:
            message = f"coordinates={shown(name)} is no name that Sesame knows: give {FORMS}."
            raise FinkQueryError(message) from error
    except (OSError, ValueError, HTTPException) as error:
        reason = str(error)
    raise FinkServiceError(
        f"coordinates={shown(name)}: the name resolver Sesame failed ({' '.join(reason.split())[:300]}); "
        "give the coordinates."
    )


def _of_frame(frame):
    """Any frame in ICRS; one that lacks a time or a place on Earth cannot be transformed."""
    try:
        icrs = SkyCoord(frame).icrs
        return _checked(icrs.ra.deg, icrs.dec.deg)
    except FinkQueryError:
        raise
    except Exception as error:  # each frame has errors of its own
        message = f"coordinates: the frame {frame.name} cannot be transformed to ICRS ({error})."
        remedy = " AltAz and the like need obstime and location." if hasattr(frame, "obstime") else ""
        raise FinkQueryError(message + remedy) from error


def _of_list(values):
    """Each member a position of its own."""
    found = [_of_member(number, value) for number, value in enumerate(values)]
    return _checked(np.array([ra for ra, _ in found]), np.array([dec for _, dec in found]))


def _of_member(number, value):
    if is_many(value) and not isinstance(value, (SkyCoord, BaseCoordinateFrame)) and not is_tabular(value):
        value = None
    if value is None or isinstance(value, (float, int, np.number, u.Quantity)):
        remedy = "give SkyCoord(ra, dec, unit='deg') in place of numbers"
        raise FinkQueryError(f"coordinates: number {number} of the list is no position: {remedy}.")
    try:
        place = positions(value)
    except FinkQueryError as error:
        raise FinkQueryError(f"coordinates: number {number} of the list: {error}") from error
    if not place.isscalar:
        raise FinkQueryError(
            f"coordinates: number {number} of the list holds {place.size} positions, not one."
        )
    return place.ra.deg, place.dec.deg


def _checked(ra, dec):
    """A SkyCoord of degrees, masked ones as NaN; positions that are none are named."""
    ra, dec = (np.ravel(_plain(values)) if np.ndim(values) else _plain(values) for values in (ra, dec))
    _refuse(~(np.isfinite(ra) & np.isfinite(dec)), "has no position (masked, or not finite)")
    for row in np.flatnonzero(np.abs(dec) > 90):
        which = f" of row {row}" if np.ndim(dec) else ""
        value = f"the declination {np.ravel(dec)[row]:g}{which}"
        raise FinkQueryError(f"coordinates: {value} is not from -90 to 90 degrees.")
    return SkyCoord(ra, dec, unit="deg")


def _plain(values):
    filled = getattr(values, "filled", None)
    return np.asarray(filled(np.nan) if filled else values, dtype=float)


def _refuse(bad, what):
    rows = np.flatnonzero(bad)
    if len(rows):
        some = ", ".join(map(str, rows[:10])) + (f" and {len(rows) - 10} more" if len(rows) > 10 else "")
        where = f"row {some}" if len(rows) == 1 else f"each of the rows {some}"
        raise FinkQueryError(f"coordinates: {where if np.ndim(bad) else 'it'} {what}: leave it out.")


def radius_arcsec(radius, most):
    """A radius as the server wants it.

    Parameters
    ----------
    radius : `~astropy.units.Quantity` or str
        Text with a unit, such as ``"5 arcsec"``; a bare number could mean anything.
    most : float
        In arcsec.

    Returns
    -------
    arcsec : float
    """
    example = "such as 5 * u.arcsec or '5 arcsec'"
    if not isinstance(radius, (str, u.Quantity)):
        raise FinkQueryError(f"radius={shown(radius)} has no unit: give a Quantity or text, {example}.")
    try:
        arcsec = float(Angle(radius).to_value(u.arcsec))
    except (ValueError, TypeError, u.UnitsError) as error:
        raise FinkQueryError(f"radius={shown(radius)} is no angle, {example}.") from error
    if not 0 < arcsec <= most:
        raise FinkQueryError(f"radius={shown(radius)} is not between 0 and {most / 3600:g} degrees.")
    return arcsec
