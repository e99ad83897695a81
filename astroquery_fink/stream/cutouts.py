# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Cutouts inside alerts -> columns of a Table."""

import gzip
import io
import math
import warnings
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
from astropy.io import fits
from astropy.table import Column, MaskedColumn, Table
from astroquery.exceptions import CorruptDataWarning

from ..messages import warn
from ..surveys import Survey
from ..tables.convert import stack_cutouts
from ..tables.memory import MemoryLimit

__all__ = ["add_cutouts"]

_GZIP = b"\x1f\x8b"
_LONGEST = 50_000_000  # bytes of a cutout, decompressed
_PIXEL = 8  # bytes


def add_cutouts(table: Table, batches: Sequence[pa.RecordBatch], order: np.ndarray, survey: Survey) -> None:
    """Add a column for each kind of cutout; ``order`` are the indices of the rows over all batches."""
    broken = 0
    for name, field in zip(survey.cutouts.columns.values(), survey.packet.cutouts, strict=True):
        bodies = [body for batch in batches for body in _bodies(batch, field)]
        images = [_image(bodies[row]) for row in order]
        broken += sum(map(bool, bodies)) - sum(image is not None for image in images)
        data, mask = stack_cutouts(images, survey.cutouts.shape)
        attributes = survey.facts_of(name).attributes | {"copy": False}
        table[name] = (
            MaskedColumn(data, mask=mask, **attributes) if mask.any() else Column(data, **attributes)
        )
    if broken:
        warn(f"masked {broken} cutout(s) that are not FITS images", CorruptDataWarning)


def _bodies(batch: pa.RecordBatch, field: str) -> Iterator[bytes | None]:
    """The bytes of each cutout, in a field or in the member of a struct."""
    if field not in batch.schema.names:
        yield from [None] * batch.num_rows
        return
    values = batch.column(field)
    if pa.types.is_struct(values.type):
        members = [number for number, member in enumerate(values.type) if pa.types.is_binary(member.type)]
        values = values.flatten()[members[0]] if members else pa.nulls(batch.num_rows, pa.binary())
    yield from values.to_pylist() if pa.types.is_binary(values.type) else [None] * batch.num_rows


def _image(body: bytes | None) -> np.ndarray | None:
    """The first image of a FITS file, or None if there is none."""
    if not body:
        return None
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            fits.open(io.BytesIO(_plain(body)), memmap=False) as hdus,
        ):
            hdu = hdus[0]
            MemoryLimit().check(math.prod(hdu.shape) * _PIXEL, "a cutout")
            pixels = np.asarray(hdu.data, dtype=np.float32)
    except Exception:  # astropy raises errors of many kinds
        return None
    return pixels if pixels.ndim == 2 and pixels.size else None


def _plain(body: bytes) -> bytes:
    """The bytes, decompressed."""
    if not body.startswith(_GZIP):
        return body
    with gzip.open(io.BytesIO(body)) as file:
        return file.read(_LONGEST)
