# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The alerts in one row group of a file, batch by batch; light curves are taken out of their lists."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from pyarrow import compute
from pyarrow.parquet import ParquetFile

from ...tables.curves import CURVE
from .layout import Layout, Source

__all__ = ["alert_batches", "values_of"]

_CELLS = 2_000_000  # in a batch
_MOST_ROWS = 2**16
_ALERTS = 100  # of a light curve, to choose the size of a batch

Mask = pa.BooleanArray | None


def values_of(file: ParquetFile, group: int, source: Source) -> Iterator[pa.Array]:
    """The values of one field in a row group; one per alert of its light curves, if it is inside them."""
    for batch in _record_batches(file, group, source.paths, _MOST_ROWS):
        yield source.values(_alerts_in(batch, None) if source.in_curve else batch, {})


def alert_batches(
    file: ParquetFile, group: int, sources: Layout, mask: pa.ChunkedArray | None, by_alert: bool
) -> Iterator[tuple[pa.RecordBatch, Mask]]:
    """The alerts of a row group, with the fields of ``sources``, and which of them are requested.

    ``by_alert``: the mask has a value per alert of the light curves, not one per light curve.
    """
    paths = [path for source in sources.values() for path in source.paths]
    in_curves = any(source.in_curve for source in sources.values())
    rows = min(_CELLS // len(paths) // (_ALERTS if in_curves else 1) + 1, _MOST_ROWS)
    begin = 0
    for batch in _record_batches(file, group, paths, rows):
        if by_alert:
            batch = _alerts_in(batch, None)
        part = None if mask is None else mask.slice(begin, batch.num_rows).combine_chunks()
        begin += batch.num_rows
        yield (_alerts_in(batch, part), None) if in_curves and not by_alert else (batch, part)


def _record_batches(file: ParquetFile, group: int, paths: list[str], rows: int) -> Iterator[pa.RecordBatch]:
    read = 0
    for batch in file.iter_batches(rows, row_groups=[group], columns=paths):
        yield batch
        read += batch.num_rows
    declared = file.metadata.row_group(group).num_rows
    if read != declared:
        raise ValueError(f"{read} rows instead of {declared}")


def _alerts_in(objects: pa.RecordBatch, mask: Mask) -> pa.RecordBatch:
    """One row per alert, from one row per object; `ValueError` if lists differ in length."""
    curves = objects.column(CURVE)
    curves.validate(full=True)
    if mask is not None:
        objects = objects.filter(mask)
        curves = objects.column(CURVE)
    lists = [compute.struct_field(curves, [number]) for number in range(curves.type.num_fields)]
    lengths = [np.asarray(compute.list_value_length(values).fill_null(0)) for values in lists]
    if any(not np.array_equal(lengths[0], others) for others in lengths[1:]):
        raise ValueError("the lists of a light curve differ in length")
    repeated = pa.array(np.repeat(np.arange(len(objects)), lengths[0]))
    columns = {name: objects.column(name).take(repeated) for name in objects.schema.names if name != CURVE}
    members = [member.name for member in curves.type]
    columns |= dict(zip(members, (values.flatten() for values in lists), strict=True))
    return pa.RecordBatch.from_pydict(columns)
