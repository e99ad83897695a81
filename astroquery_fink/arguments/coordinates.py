# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Coordinates and radii on the sky."""

from collections.abc import Iterable
from http.client import HTTPException
from typing import Any

import astropy.units as u
import numpy as np
from astropy.coordinates import Angle, BaseCoordinateFrame, SkyCoord
from astropy.coordinates.name_resolve import NameResolveError

from ..exceptions import FinkQueryError, FinkServiceError
from ..messages import first_few, is_tabular, shown
from .coordinate_tables import angles_of, columns_of
from .coordinate_text import FORMS, degrees_of, is_name
from .text import is_many, text_of

__all__ = ["positions", "radius_arcsec"]


def positions(coordinates: Any) -> SkyCoord:
    """Convert coordinates of any form to ICRS, scalar or 1-d.

    The forms: text in degrees or sexagesimal (ICRS), a name that Sesame resolves, a SkyCoord or frame, a
    Table, Row, DataFrame or dict with a column of SkyCoord or columns such as ra and dec, and a list of any
    of these.
    """
    if isinstance(coordinates, (str, bytes)):
        return _of_text(text_of(coordinates))
    if isinstance(coordinates, (SkyCoord, BaseCoordinateFrame)):
        return _of_frame(coordinates)
    if is_tabular(coordinates):
        found = columns_of(coordinates)
        return _of_frame(found) if isinstance(found, SkyCoord) else _checked(*angles_of(*found))
    if is_many(coordinates):
        return _of_list(coordinates)
    raise FinkQueryError(f"coordinates={shown(coordinates)} is not a valid position: give {FORMS}.")


def _of_text(text: str) -> SkyCoord:
    try:
        return SkyCoord(*degrees_of(text), unit="deg")
    except FinkQueryError:
        if not is_name(text):
            raise
    return _of_name(text)


def _of_name(name: str) -> SkyCoord:
    try:
        return SkyCoord.from_name(name).icrs
    except NameResolveError as error:
        reason = str(error)
        if "Unable to find coordinates" in reason:
            message = f"coordinates={shown(name)} is not a name that Sesame knows: give {FORMS}."
            raise FinkQueryError(message) from error
    except (OSError, ValueError, HTTPException) as error:
        reason = str(error)
    raise FinkServiceError(
        f"coordinates={shown(name)}: the name resolver Sesame failed ({' '.join(reason.split())[:300]}); "
        "give the coordinates."
    )


def _of_frame(frame: Any) -> SkyCoord:
    """Transform any frame to ICRS, which fails if the frame lacks a time or a location on Earth."""
    try:
        icrs: Any = SkyCoord(frame).icrs
        return _checked(icrs.ra.deg, icrs.dec.deg)
    except FinkQueryError:
        raise
    except Exception as error:  # each frame has errors of its own
        message = f"coordinates: the frame {frame.name} cannot be transformed to ICRS ({error})."
        remedy = " Frames such as AltAz need obstime and location." if hasattr(frame, "obstime") else ""
        raise FinkQueryError(message + remedy) from error


def _of_list(values: Iterable[Any]) -> SkyCoord:
    found = [_of_item(number, value) for number, value in enumerate(values)]
    return _checked(np.array([ra for ra, _ in found]), np.array([dec for _, dec in found]))


def _of_item(number: int, value: Any) -> tuple[float, float]:
    """Right ascension and declination of one item of a list."""
    if is_many(value) and not isinstance(value, (SkyCoord, BaseCoordinateFrame)) and not is_tabular(value):
        value = None
    if value is None or isinstance(value, (float, int, np.number, u.Quantity)):
        remedy = "give SkyCoord(ra, dec, unit='deg') instead of numbers"
        raise FinkQueryError(f"coordinates: item {number} of the list is not a valid position: {remedy}.")
    try:
        position: Any = positions(value)
    except FinkQueryError as error:
        raise FinkQueryError(f"coordinates: item {number} of the list: {error}") from error
    if not position.isscalar:
        raise FinkQueryError(
            f"coordinates: item {number} of the list holds {position.size} positions: give one per item."
        )
    return position.ra.deg, position.dec.deg


def _checked(ra: Any, dec: Any) -> SkyCoord:
    """A SkyCoord of degrees; rows that are masked, not finite, or out of range are named in an error."""
    ra, dec = (np.ravel(_plain(values)) if np.ndim(values) else _plain(values) for values in (ra, dec))
    _refuse_missing(~(np.isfinite(ra) & np.isfinite(dec)))
    for row in np.flatnonzero(np.abs(dec) > 90):
        which = f" of row {row}" if np.ndim(dec) else ""
        value = f"the declination {np.ravel(dec)[row]:g}{which}"
        raise FinkQueryError(f"coordinates: {value} is not from -90 to 90 degrees.")
    return SkyCoord(ra, dec, unit="deg")


def _plain(values: Any) -> np.ndarray:
    """Floats with NaN for masked values."""
    filled = getattr(values, "filled", None)
    return np.asarray(filled(np.nan) if filled else values, dtype=float)


def _refuse_missing(missing: np.ndarray) -> None:
    """Refuse positions that are masked or not finite."""
    rows = np.flatnonzero(missing)
    if not len(rows):
        return
    reason = "(masked or not finite)"
    if not np.ndim(missing):
        raise FinkQueryError(f"coordinates: the position has no value {reason}.")
    which = f"row {rows[0]} has" if len(rows) == 1 else f"rows {first_few(rows.tolist())} have"
    raise FinkQueryError(f"coordinates: {which} no position {reason}: leave them out.")


def radius_arcsec(radius: Any, most: float) -> float:
    """Convert a Quantity, or text with a unit, to arcseconds, of which ``most`` are allowed."""
    example = "such as 5 * u.arcsec or '5 arcsec'"
    if radius is None:
        raise FinkQueryError(f"radius is missing: give a Quantity or text with a unit, {example}.")
    if not isinstance(radius, (str, u.Quantity)):
        raise FinkQueryError(f"radius={shown(radius)} has no unit: give a Quantity or text, {example}.")
    try:
        arcsec = float(Angle(radius).to_value(u.arcsec))
    except (ValueError, TypeError, u.UnitsError) as error:
        raise FinkQueryError(f"radius={shown(radius)} is not a valid angle: give one {example}.") from error
    if not 0 < arcsec <= most:
        raise FinkQueryError(f"radius={shown(radius)} is not between 0 and {most / 3600:g} degrees.")
    return arcsec
