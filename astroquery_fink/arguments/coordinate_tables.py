# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Coordinates in the columns of a table, under the names that catalogues use."""

from numbers import Real
from typing import Any

import astropy.units as u
import numpy as np
from astropy.coordinates import SkyCoord
from astropy.table import Row

from ..exceptions import FinkQueryError
from ..messages import first_few, shown
from .columns import names_of
from .coordinate_text import read_pair
from .text import text_of

_LIST_LIMIT = 20  # columns that a message lists
__all__ = ["angles_of", "columns_of"]

_PAIRS = (
    ("ra", "dec"),
    ("ra_deg", "dec_deg"),
    ("radeg", "decdeg"),
    ("radeg", "dedeg"),
    ("raj2000", "dej2000"),
    ("raj2000", "decj2000"),
    ("_raj2000", "_dej2000"),
    ("ra_icrs", "de_icrs"),
    ("ra_icrs", "dec_icrs"),
    ("ra_d", "dec_d"),
    ("ramean", "decmean"),
    ("s_ra", "s_dec"),
    ("jradeg", "jdedeg"),
    ("right_ascension", "declination"),
    ("ra", "declination"),
)
_KNOWN = "ra and dec, RAJ2000 and DEJ2000, or a column of SkyCoord"


def columns_of(table: Any) -> SkyCoord | tuple[Any, Any]:
    """The SkyCoord column of a table, or its right ascension and declination columns."""
    names = names_of(table)
    found = [name for name in names if isinstance(table[name], SkyCoord)]
    if len(found) == 1:
        return table[found[0]]
    if found:
        choice = " or ".join(f"table[{name!r}]" for name in found)
        raise FinkQueryError(f"coordinates={shown(table)} has several columns of SkyCoord: give {choice}.")
    ra, dec = _pair(table, names)
    return _with_unit(table, ra), _with_unit(table, dec)


def angles_of(ra: Any, dec: Any) -> tuple[np.ndarray, np.ndarray]:
    """Convert two columns to degrees; missing values become NaN."""
    if _is_text(ra) and _is_text(dec):
        return _of_texts(ra, dec)
    return _in_degrees(ra, "right ascension"), _in_degrees(dec, "declination")


def _pair(table: Any, names: list[Any]) -> tuple[Any, Any]:
    """The names of both columns, with the same prefix (i:ra and i:dec); without a prefix first."""
    spelled = {str(name).lower(): name for name in reversed(names)}
    families = dict.fromkeys(["", *(f"{name.rpartition(':')[0]}:" for name in spelled if ":" in name)])
    for family in families:
        for ra, dec in _PAIRS:
            if family + ra in spelled and family + dec in spelled:
                return spelled[family + ra], spelled[family + dec]
    has = first_few(names, _LIST_LIMIT) or "none"
    raise FinkQueryError(f"coordinates={shown(table)} has no columns {_KNOWN}; it has {has}.")


def _with_unit(table: Any, name: Any) -> Any:
    """The values of a column, or the cell of a Row with the unit of its column."""
    values = table[name]
    unit = table.columns[name].unit if isinstance(table, Row) and isinstance(values, Real) else None
    return values if unit is None or isinstance(values, u.Quantity) else u.Quantity(values, unit)


def _is_text(values: Any) -> bool:
    if getattr(values, "dtype", np.dtype(object)).kind not in "OUST":
        return False
    return any(isinstance(value, (str, bytes)) for value in np.ravel(np.asarray(values, object)).tolist())


def _in_degrees(values: Any, name: str) -> np.ndarray:
    unit = getattr(values, "unit", None) or u.deg
    try:
        return _floats(values) * (u.hourangle if unit == u.hour else unit).to(u.deg)
    except (TypeError, ValueError, u.UnitsError) as error:
        message = f"coordinates: the {name} column (unit {unit}) is not an angle: {error}."
        raise FinkQueryError(f"{message} Set its unit to deg or hourangle, or give a SkyCoord.") from error


def _floats(values: Any) -> np.ndarray:
    """Floats with NaN for masked and missing values."""
    if hasattr(values, "to_numpy"):
        return values.to_numpy(dtype=float, na_value=np.nan)
    values = getattr(values, "value", values)
    unmasked = values.unmasked if hasattr(values, "unmasked") else np.ma.getdata(values)
    mask = values.mask if hasattr(values, "unmasked") else np.ma.getmask(values)
    return np.where(mask, np.nan, np.asarray(unmasked, dtype=float))


def _of_texts(ra: Any, dec: Any) -> tuple[np.ndarray, np.ndarray]:
    """Read each row as text in any notation; a row without text has no position."""
    in_hours = getattr(ra, "unit", None) in (u.hour, u.hourangle)
    right_ascensions, declinations = (
        np.ravel(np.ma.asarray(column, object)).tolist() for column in (ra, dec)
    )
    pairs = zip(right_ascensions, declinations, strict=True)
    found = [_of_row(number, _text(one), _text(two), in_hours) for number, (one, two) in enumerate(pairs)]
    angles = np.array(found, dtype=float).reshape(-1, 2)
    shape = np.shape(ra)
    return angles[:, 0].reshape(shape), angles[:, 1].reshape(shape)


def _text(value: Any) -> str:
    return text_of(value) if isinstance(value, (str, bytes)) else ""


def _of_row(number: int, ra: str, dec: str, in_hours: bool) -> tuple[float, float]:
    if not ra or not dec:
        return np.nan, np.nan
    try:
        return read_pair(f"{ra}h" if in_hours and ra.replace(".", "", 1).isdecimal() else ra, dec)
    except FinkQueryError as error:
        raise FinkQueryError(f"row {number}: {error}") from error
