# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The form in which Fink's server reads a sky map: the print of the bytes of a gzipped FITS file.

The file has a flat HEALPix map, the probability in each pixel, in its first extension.
"""

import gzip
import hashlib
import io
from typing import Any

import numpy as np
from astropy.io import fits

from ..config import conf
from ..exceptions import FinkQueryError
from .mocs import pixels_of
from .types import Moc

__all__ = ["moc_upload", "shortened", "upload_text"]

_SEARCHED = 7  # order of the pixels in which the server searches, nside 128


def upload_text(probability: np.ndarray, ordering: str, date: str) -> str:
    """The text that is sent for a flat map; the same map always gives the same text."""
    text = str(_packed(probability, ordering, date))
    if len(text) > conf.max_upload_size:
        raise FinkQueryError(
            f"source: the sky map takes {len(text):,} characters in the form that Fink reads, more than "
            f"{conf.max_upload_size:,} (conf.max_upload_size); give its multi-order form, or a coarser map."
        )
    return text


def moc_upload(moc: Moc, date: str) -> tuple[str, float]:
    """The text that is sent for a MOC, and the credible level for which the server takes all of its pixels.

    A pixel that the MOC touches has twice the probability of the others. The level lies between those of
    the last pixel that is touched and of the first one that is not.
    """
    probability = np.ones(12 * 4**_SEARCHED)
    touched = pixels_of(moc, _SEARCHED)
    probability[touched] = 2
    total = probability.sum()
    return upload_text(probability / total, "NESTED", date), (2 * len(touched) + 0.5) / total


def shortened(payload: dict[str, Any]) -> dict[str, Any]:
    """A payload with the length and the SHA-256 of the sky map instead of the map."""
    if "bayestar" not in payload:
        return payload
    text = payload["bayestar"]
    digest = hashlib.sha256(text.encode()).hexdigest()
    return payload | {"bayestar": f"{len(text)} characters, sha256 {digest}"}


def _packed(probability: np.ndarray, ordering: str, date: str) -> bytes:
    """The bytes of a gzipped FITS file; the same map always gives the same bytes."""
    kind = "E" if probability.dtype.itemsize <= 4 else "D"
    column = fits.Column("PROB", kind, unit="pix-1", array=probability)
    hdu = fits.BinTableHDU.from_columns([column])
    nside = int(np.sqrt(len(probability) / 12))
    facts = {"PIXTYPE": "HEALPIX", "ORDERING": ordering, "COORDSYS": "C", "NSIDE": nside}
    hdu.header.update(facts | {"INDXSCHM": "IMPLICIT", "DATE-OBS": date})
    buffer = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(buffer)
    return gzip.compress(buffer.getvalue(), compresslevel=6, mtime=0)
