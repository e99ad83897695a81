# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Sky maps of gravitational-wave events: which event or map is meant, and what is in a map.

A map is flat, with a probability in each HEALPix pixel, or multi-order, by the conventions of
``ligo.skymap``: a probability density in cells of many sizes.
"""

import gzip
import io
import os
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import astropy.units as u
import numpy as np
from astropy.io import fits

from ..exceptions import FinkQueryError
from ..messages import shown
from .healpix import split_uniq
from .sky_map_cells import FlatCells, MixedCells
from .sky_map_values import Distances, SkyMapCells
from .times import parse_time

__all__ = ["event_date", "event_name", "read_sky_map"]

Reader: TypeAlias = Callable[[fits.BinTableHDU], tuple[FlatCells | MixedCells, np.ndarray]]

_EVENT = re.compile(r"[MT]?S\d{6}[a-z]+", re.ASCII)
_GZIP = b"\x1f\x8b"
_ORDERINGS = ("NESTED", "RING")
_EQUATORIAL = ("C", "CELESTIAL", "EQUATORIAL", "ICRS")
_OF_MOCS = (["UNIQ"], ["RANGE"])  # columns of the files of MOCs
_TOLERANCE = 0.01


def event_name(source: Any) -> str | None:
    """The name of a GraceDB event, or None if the source is a map."""
    if not isinstance(source, str) or os.path.isfile(source):
        return None
    if not _EVENT.fullmatch(source.strip()):
        raise FinkQueryError(
            f"source={shown(source)} is neither a file nor an event of GraceDB such as 'S230709bi'."
        )
    return source.strip()


def read_sky_map(source: Any, event_time: Any) -> SkyMapCells:
    """Read a map from a path, bytes or an HDUList; it must be equatorial and add up to 1."""
    hdus = _opened(source)
    hdu, read = _map_of(hdus)
    cells, probability = read(hdu)
    _check_frame(hdu.header)
    _check_total(probability)
    return SkyMapCells(cells, probability, _distances(hdu), _date(hdus, hdu, event_time))


def event_date(event_time: Any) -> str:
    """The time of an event as the server reads it."""
    return parse_time(event_time, "event_time").isot


def _opened(source: Any) -> fits.HDUList:
    if isinstance(source, fits.HDUList):
        return source
    if not isinstance(source, (str, bytes, os.PathLike)):
        kinds = "the name of an event, a path, bytes, an HDUList or a mocpy.MOC"
        raise FinkQueryError(f"source={shown(source)} is not a sky map: give {kinds}.")
    try:
        body = source if isinstance(source, bytes) else Path(source).read_bytes()
        body = gzip.decompress(body) if body.startswith(_GZIP) else body
        return fits.open(io.BytesIO(body))
    except (OSError, EOFError, zlib.error) as error:
        value = "" if isinstance(source, bytes) else f"={shown(os.fspath(source))}"
        raise FinkQueryError(f"source{value} is not a FITS file: {error}") from error


def _map_of(hdus: fits.HDUList) -> tuple[fits.BinTableHDU, Reader]:
    """The extension that holds the map, and the function that reads it."""
    tables = [hdu for hdu in hdus if isinstance(hdu, fits.BinTableHDU)]
    for hdu in tables:
        for wanted, read in _READERS.items():
            if set(wanted) <= set(hdu.columns.names):
                return hdu, read
    names = [name for hdu in tables for name in hdu.columns.names]
    known = " or ".join(" and ".join(wanted) for wanted in _READERS)
    remedy = "; it looks like a MOC: give mocpy.MOC.from_fits(path)" if names in _OF_MOCS else ""
    have = ", ".join(names) or "no table"
    raise FinkQueryError(f"source is not a sky map: it has {have}, but needs the columns {known}{remedy}.")


def _flat(hdu: fits.BinTableHDU) -> tuple[FlatCells, np.ndarray]:
    """A flat map, with one pixel per row or many."""
    name = next(name for name in ("PROB", "PROBABILITY") if name in hdu.columns.names)
    pixels = np.ravel(hdu.data[name])
    ordering = str(hdu.header.get("ORDERING")).strip().upper()
    if ordering not in _ORDERINGS:
        raise FinkQueryError(f"the sky map has ORDERING={ordering!r}: it must be {' or '.join(_ORDERINGS)}.")
    nside = int(np.sqrt(len(pixels) / 12))
    if 12 * nside**2 != len(pixels) or nside & (nside - 1):
        raise FinkQueryError(f"the sky map has {len(pixels):,} pixels, which is not a whole sky.")
    return FlatCells(nside.bit_length() - 1, ordering), pixels


def _multi_order(hdu: fits.BinTableHDU) -> tuple[MixedCells, np.ndarray]:
    """A map with cells of many sizes."""
    uniq = np.asarray(hdu.data["UNIQ"]).astype(np.int64)
    if not len(uniq) or uniq.min() < 4:
        raise FinkQueryError("the sky map's column UNIQ holds invalid cell numbers.")
    cells = MixedCells(*split_uniq(uniq))
    return cells, np.asarray(hdu.data["PROBDENSITY"], dtype=float) * cells.areas


_READERS: dict[tuple[str, ...], Reader] = {
    ("UNIQ", "PROBDENSITY"): _multi_order,
    ("PROB",): _flat,
    ("PROBABILITY",): _flat,
}


def _check_frame(header: fits.Header) -> None:
    frame = str(header.get("COORDSYS", "C")).strip().upper()
    if frame not in _EQUATORIAL:
        raise FinkQueryError(f"the sky map has COORDSYS={frame!r}; only equatorial maps ('C') can be sent.")


def _check_total(probability: np.ndarray) -> None:
    total = probability.sum(dtype=float)
    if not (np.all(probability >= 0) and abs(total - 1) < _TOLERANCE):
        least = probability.min()
        raise FinkQueryError(
            f"the sky map's probabilities add up to {total:.6g}, not 1; the least is {least}."
        )


def _distances(hdu: fits.BinTableHDU) -> Distances | None:
    """The parameters of the distances, None if the map has none."""
    names = ("DISTMU", "DISTSIGMA")
    if not set(names) <= set(hdu.columns.names):
        return None
    return Distances(*(_megaparsecs(hdu, name) for name in names))


def _megaparsecs(hdu: fits.BinTableHDU, name: str) -> np.ndarray:
    unit = hdu.columns[name].unit or "Mpc"
    try:
        return np.ravel(hdu.data[name]) * u.Unit(unit).to(u.Mpc)
    except (ValueError, u.UnitsError) as error:
        raise FinkQueryError(f"the sky map's column {name} has the unit {unit!r}: use Mpc.") from error


def _date(hdus: fits.HDUList, hdu: fits.BinTableHDU, event_time: Any) -> str:
    """The time of the event, around which the server searches."""
    date = hdu.header.get("DATE-OBS") or hdus[0].header.get("DATE-OBS")
    if date and event_time is not None:
        reason = f"the sky map has the time of the event, DATE-OBS={date!r}: leave event_time out"
        raise FinkQueryError(f"event_time={shown(event_time)}: {reason}.")
    if event_time is not None:
        return event_date(event_time)
    if not date:
        raise FinkQueryError(
            "the sky map has no time of the event: give event_time=, or set DATE-OBS in its header."
        )
    return parse_time(date, "DATE-OBS").isot
