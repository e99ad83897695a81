# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Where on the sky: positions and radii."""

import astropy.units as u
from astropy.coordinates import Angle, BaseCoordinateFrame, SkyCoord
from astropy.coordinates.name_resolve import NameResolveError

from .exceptions import FinkQueryError

__all__ = ["positions", "radius_arcsec"]


def positions(coordinates):
    """One position or many.

    Parameters
    ----------
    coordinates : `~astropy.coordinates.SkyCoord`, frame, or str
        Text in degrees or sexagesimal, ICRS; or a name that Sesame can resolve.

    Returns
    -------
    places : `~astropy.coordinates.SkyCoord`
        ICRS; scalar or 1-d.

    Raises
    ------
    FinkQueryError
        It is no position.
    """
    if isinstance(coordinates, str):
        return _position_of(coordinates)
    if not isinstance(coordinates, (SkyCoord, BaseCoordinateFrame)):
        raise FinkQueryError(f"coordinates={coordinates!r} is neither a SkyCoord nor text.")
    places = SkyCoord(coordinates).icrs
    return places if places.isscalar else places.ravel()


def _position_of(text):
    units = (u.hourangle, u.deg) if ":" in text else u.deg
    for read in (SkyCoord, lambda text: SkyCoord(text, unit=units), SkyCoord.from_name):
        try:
            return read(text).icrs
        except (ValueError, u.UnitsError, NameResolveError) as error:
            reason = error
    raise FinkQueryError(
        f"coordinates={text!r} is no position, and no name that Sesame knows: {reason}"
    ) from reason


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
        raise FinkQueryError(f"radius={radius!r} has no unit: give a Quantity or text, {example}.")
    try:
        arcsec = float(Angle(radius).to_value(u.arcsec))
    except (ValueError, TypeError, u.UnitsError) as error:
        raise FinkQueryError(f"radius={radius!r} is no angle, {example}.") from error
    if not 0 < arcsec <= most:
        raise FinkQueryError(f"radius={radius!r} is not between 0 and {most / 3600:g} degrees.")
    return arcsec
