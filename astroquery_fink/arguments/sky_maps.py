# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A sky map of a gravitational-wave event -> the one form of it that the server reads.

That form is a flat HEALPix map: probability in each pixel, in the first extension of a gzipped FITS
file, whose bytes are sent as Python prints them. The maps that come with alerts are multi-order,
by the conventions of ``ligo.skymap``: density in cells of many sizes.
"""

import gzip
import hashlib
import io
import os
import re
import zlib
from pathlib import Path

import astropy.units as u
import numpy as np
from astropy.io import fits

from ..config import conf
from ..exceptions import FinkQueryError
from .times import parse_time

__all__ = ["FINEST_ORDER", "event_name", "shortened", "upload_text"]

FINEST_ORDER = 9
"""int : Of flat maps made here: nside 512, four times finer than what the server searches in."""

_EVENT = re.compile(r"[MT]?S\d{6}[a-z]+", re.ASCII)
_GZIP = b"\x1f\x8b"
_ORDERINGS = ("NESTED", "RING")
_EQUATORIAL = ("C", "CELESTIAL", "EQUATORIAL", "ICRS")
_TOLERANCE = 0.01


def event_name(source):
    """The name of an event in GraceDB, or None where the source is a map.

    Parameters
    ----------
    source : str, `~pathlib.Path`, bytes, or `~astropy.io.fits.HDUList`

    Returns
    -------
    name : str, or None

    Raises
    ------
    FinkQueryError
        It is text that names neither an event nor a file.
    """
    if not isinstance(source, str) or os.path.isfile(source):
        return None
    if not _EVENT.fullmatch(source.strip()):
        raise FinkQueryError(
            f"source={source[:100]!r} is no file, and no event of GraceDB such as 'S230709bi'."
        )
    return source.strip()


def upload_text(source):
    """A sky map as the server reads it.

    Parameters
    ----------
    source : str, `~pathlib.Path`, bytes, or `~astropy.io.fits.HDUList`
        Multi-order (``UNIQ``, ``PROBDENSITY``) or flat (``PROB``), gzipped or not.

    Returns
    -------
    text : str
        Python's print of the gzipped bytes of a flat map. The same map gives the same text.

    Raises
    ------
    FinkQueryError
        It is no sky map, or longer than ``conf.max_upload_size``.
    """
    hdus = _opened(source)
    hdu, read = _map_of(hdus)
    probability, ordering = read(hdu)
    _check_frame(hdu.header)
    _check_total(probability)
    text = str(_packed(probability, ordering, _date(hdus, hdu)))
    if len(text) > conf.max_upload_size:
        raise FinkQueryError(
            f"the sky map is {len(text):,} characters long as Fink wants it, more than "
            f"{conf.max_upload_size:,} (conf.max_upload_size); give its multi-order form, or a coarser one."
        )
    return text


def shortened(payload):
    """A payload without the megabytes of its map.

    Parameters
    ----------
    payload : dict

    Returns
    -------
    payload : dict
        With the length and the SHA-256 of the map in place of the map.
    """
    if "bayestar" not in payload:
        return payload
    text = payload["bayestar"]
    digest = hashlib.sha256(text.encode()).hexdigest()
    return payload | {"bayestar": f"{len(text)} characters, sha256 {digest}"}


def _opened(source):
    """The HDUs, all read."""
    if isinstance(source, fits.HDUList):
        return source
    if not isinstance(source, (str, bytes, os.PathLike)):
        kinds = "an event's name, a path, bytes, or an HDUList"
        raise FinkQueryError(f"source is of the type {type(source).__name__}; give {kinds}.")
    what = f"source={os.fspath(source)!r}" if not isinstance(source, bytes) else "source"
    try:
        body = source if isinstance(source, bytes) else Path(source).read_bytes()
        body = gzip.decompress(body) if body.startswith(_GZIP) else body
        return fits.open(io.BytesIO(body))
    except (OSError, EOFError, zlib.error) as error:
        raise FinkQueryError(f"{what} is no FITS file: {error}") from error


def _map_of(hdus):
    """The extension that holds the map, and what reads it."""
    tables = [hdu for hdu in hdus if isinstance(hdu, fits.BinTableHDU)]
    for hdu in tables:
        for wanted, read in _READERS.items():
            if set(wanted) <= set(hdu.columns.names):
                return hdu, read
    have = ", ".join(name for hdu in tables for name in hdu.columns.names) or "no table"
    known = " or ".join(" and ".join(wanted) for wanted in _READERS)
    raise FinkQueryError(f"source is no sky map: it has {have}; wanted are the columns {known}.")


def _flat(hdu):
    """Pixels as they are, whether a row holds one of them or a thousand."""
    name = next(name for name in ("PROB", "PROBABILITY") if name in hdu.columns.names)
    pixels = np.ravel(hdu.data[name])
    ordering = str(hdu.header.get("ORDERING")).strip().upper()
    if ordering not in _ORDERINGS:
        raise FinkQueryError(f"the sky map has ORDERING={ordering!r}, neither of {_ORDERINGS}.")
    nside = _nside(pixels)
    if 12 * nside**2 != len(pixels) or nside & (nside - 1):
        raise FinkQueryError(f"the sky map has {len(pixels):,} pixels, which do not make a whole sky.")
    return pixels, ordering


def _nside(pixels):
    return int(np.sqrt(len(pixels) / 12))


def _multi_order(hdu):
    """Cells of many sizes -> pixels of one size, with the same probability in all of them together."""
    healpix = _healpix()
    uniq = np.asarray(hdu.data["UNIQ"]).astype(np.int64)
    if not len(uniq) or uniq.min() < 4:
        raise FinkQueryError("the sky map's column UNIQ holds what is no cell.")
    levels, cells = healpix.uniq_to_level_ipix(uniq)
    area = healpix.nside_to_pixel_area(healpix.level_to_nside(levels)).to_value(u.sr)
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


_READERS = {("UNIQ", "PROBDENSITY"): _multi_order, ("PROB",): _flat, ("PROBABILITY",): _flat}


def _healpix():
    try:
        import astropy_healpix
    except ImportError as error:
        raise FinkQueryError(
            "a multi-order sky map needs astropy-healpix: pip install 'astroquery_fink[skymap]'."
        ) from error
    return astropy_healpix


def _check_frame(header):
    frame = str(header.get("COORDSYS", "C")).strip().upper()
    if frame not in _EQUATORIAL:
        raise FinkQueryError(f"the sky map has COORDSYS={frame!r}; only equatorial maps ('C') can be sent.")


def _check_total(probability):
    total = probability.sum(dtype=float)
    if not (np.all(probability >= 0) and abs(total - 1) < _TOLERANCE):
        least = probability.min()
        raise FinkQueryError(
            f"the sky map's probabilities add up to {total:.6g}, not 1; the least is {least}."
        )


def _date(hdus, hdu):
    """When the event was; the server searches around it."""
    date = hdu.header.get("DATE-OBS") or hdus[0].header.get("DATE-OBS")
    if not date:
        raise FinkQueryError("the sky map does not tell when the event was: set DATE-OBS in its header.")
    return parse_time(date, "DATE-OBS").isot


def _packed(probability, ordering, date):
    """The bytes of a gzipped FITS file; equal for equal maps."""
    kind = "E" if probability.dtype.itemsize <= 4 else "D"
    column = fits.Column("PROB", kind, unit="pix-1", array=probability)
    hdu = fits.BinTableHDU.from_columns([column])
    hdu.header.update(_cards(ordering, _nside(probability), date))
    buffer = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(buffer)
    return gzip.compress(buffer.getvalue(), compresslevel=6, mtime=0)


def _cards(ordering, nside, date):
    return {
        "PIXTYPE": "HEALPIX",
        "ORDERING": ordering,
        "COORDSYS": "C",
        "NSIDE": nside,
        "INDXSCHM": "IMPLICIT",
        "DATE-OBS": date,
    }
