# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Sky maps of gravitational-wave events, converted to the form that Fink's server reads.

That form is a flat HEALPix map: the probability in each pixel, in the first extension of a gzipped FITS
file, whose bytes are sent as Python prints them. The maps that come with alerts are multi-order, by the
conventions of ``ligo.skymap``: a probability density in cells of many sizes.
"""

import gzip
import hashlib
import io
import os
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from astropy.io import fits

from ..config import conf
from ..exceptions import FinkQueryError
from ..messages import shown
from .healpix import split_uniq
from .times import parse_time

__all__ = ["FINEST_ORDER", "event_name", "shortened", "upload_text"]

FINEST_ORDER = 9
"""int : Of the flat maps made here: nside 512, four times finer than the grid that the server searches."""

Reader: TypeAlias = Callable[[fits.BinTableHDU], tuple[np.ndarray, str]]

_EVENT = re.compile(r"[MT]?S\d{6}[a-z]+", re.ASCII)
_GZIP = b"\x1f\x8b"
_ORDERINGS = ("NESTED", "RING")
_EQUATORIAL = ("C", "CELESTIAL", "EQUATORIAL", "ICRS")
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


def upload_text(source: Any) -> str:
    """The print of the gzipped bytes of a flat map; the same map always gives the same text.

    The source is a path, bytes or an HDUList: multi-order (``UNIQ``, ``PROBDENSITY``) or flat (``PROB``),
    gzipped or not.
    """
    hdus = _opened(source)
    hdu, read = _map_of(hdus)
    probability, ordering = read(hdu)
    _check_frame(hdu.header)
    _check_total(probability)
    text = str(_packed(probability, ordering, _date(hdus, hdu)))
    if len(text) > conf.max_upload_size:
        raise FinkQueryError(
            f"source: the sky map takes {len(text):,} characters in the form that Fink reads, more than "
            f"{conf.max_upload_size:,} (conf.max_upload_size); give its multi-order form, or a coarser map."
        )
    return text


def shortened(payload: dict[str, Any]) -> dict[str, Any]:
    """A payload with the length and the SHA-256 of the sky map instead of the map."""
    if "bayestar" not in payload:
        return payload
    text = payload["bayestar"]
    digest = hashlib.sha256(text.encode()).hexdigest()
    return payload | {"bayestar": f"{len(text)} characters, sha256 {digest}"}


def _opened(source: Any) -> fits.HDUList:
    if isinstance(source, fits.HDUList):
        return source
    if not isinstance(source, (str, bytes, os.PathLike)):
        kinds = "the name of an event, a path, bytes or an HDUList"
        raise FinkQueryError(f"source has the type {type(source).__name__}: give {kinds}.")
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
    have = ", ".join(name for hdu in tables for name in hdu.columns.names) or "no table"
    known = " or ".join(" and ".join(wanted) for wanted in _READERS)
    raise FinkQueryError(f"source is not a sky map: it has {have}, but needs the columns {known}.")


def _flat(hdu: fits.BinTableHDU) -> tuple[np.ndarray, str]:
    """The pixels and ordering of a flat map, with one pixel per row or many."""
    name = next(name for name in ("PROB", "PROBABILITY") if name in hdu.columns.names)
    pixels = np.ravel(hdu.data[name])
    ordering = str(hdu.header.get("ORDERING")).strip().upper()
    if ordering not in _ORDERINGS:
        raise FinkQueryError(f"the sky map has ORDERING={ordering!r}: it must be {' or '.join(_ORDERINGS)}.")
    nside = _nside(pixels)
    if 12 * nside**2 != len(pixels) or nside & (nside - 1):
        raise FinkQueryError(f"the sky map has {len(pixels):,} pixels, which is not a whole sky.")
    return pixels, ordering


def _nside(pixels: np.ndarray) -> int:
    return int(np.sqrt(len(pixels) / 12))


def _multi_order(hdu: fits.BinTableHDU) -> tuple[np.ndarray, str]:
    """Convert cells of many sizes to pixels of one size, with the same total probability."""
    uniq = np.asarray(hdu.data["UNIQ"]).astype(np.int64)
    if not len(uniq) or uniq.min() < 4:
        raise FinkQueryError("the sky map's column UNIQ holds invalid cell numbers.")
    levels, cells = split_uniq(uniq)
    area = np.pi / (3 * 4.0**levels)
    probability = np.asarray(hdu.data["PROBDENSITY"], dtype=float) * area
    finest = min(int(levels.max()), FINEST_ORDER)
    pixels = np.zeros(12 * 4**finest)
    for level in np.unique(levels).tolist():
        here = levels == level
        common = min(level, finest)
        parents = cells[here] >> 2 * (level - common)
        sums = np.bincount(parents, probability[here], minlength=12 * 4**common)
        children = 4 ** (finest - common)
        pixels += np.repeat(sums / children, children)
    return pixels, "NESTED"


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


def _date(hdus: fits.HDUList, hdu: fits.BinTableHDU) -> str:
    """The time of the event, around which the server searches."""
    date = hdu.header.get("DATE-OBS") or hdus[0].header.get("DATE-OBS")
    if not date:
        raise FinkQueryError("the sky map has no time of the event: set DATE-OBS in its header.")
    return parse_time(date, "DATE-OBS").isot


def _packed(probability: np.ndarray, ordering: str, date: str) -> bytes:
    """The bytes of a gzipped FITS file; the same map always gives the same bytes."""
    kind = "E" if probability.dtype.itemsize <= 4 else "D"
    column = fits.Column("PROB", kind, unit="pix-1", array=probability)
    hdu = fits.BinTableHDU.from_columns([column])
    hdu.header.update(_cards(ordering, _nside(probability), date))
    buffer = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(buffer)
    return gzip.compress(buffer.getvalue(), compresslevel=6, mtime=0)


def _cards(ordering: str, nside: int, date: str) -> dict[str, Any]:
    return {
        "PIXTYPE": "HEALPIX",
        "ORDERING": ordering,
        "COORDSYS": "C",
        "NSIDE": nside,
        "INDXSCHM": "IMPLICIT",
        "DATE-OBS": date,
    }
