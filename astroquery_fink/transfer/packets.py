# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Decoded alert packets -> the Table that the REST service would give."""

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
from astropy.table import Table

from ..surveys import Survey
from ..tables.build import rows
from ..tables.decode import Columns
from ..tables.memory import MemoryLimit
from .concat import concatenated
from .layout import Layout, Source, layout_of
from .parquet import _as_text

__all__ = ["column_names", "packets_table"]


def packets_table(
    batches: Sequence[pa.RecordBatch],
    survey: Survey,
    names: Sequence[str] | None = None,
    *,
    order: np.ndarray | None = None,
) -> Table:
    """Table of the alerts in these batches, whose schemas may differ; one row per alert.

    Parameters
    ----------
    batches
        Alerts with the fields of packets.
    survey
    names
        The columns of the Table, masked where a batch lacks them. None: all columns of the batches, without
        cutouts and history.
    order
        Indices of the rows, counted over all batches, in their order in the Table. None: as they are.
    """
    layouts = [layout_of(batch.schema, survey) for batch in batches]
    names = column_names(layouts, survey) if names is None else list(names)
    present = [name for name in names if any(name in layout for layout in layouts)]
    columns = {name: concatenated(name, _chunks(name, batches, layouts), survey) for name in present}
    found = Columns(columns, sum(batch.num_rows for batch in batches))
    return rows(found, survey, names, order=order, memory=MemoryLimit.unlimited())


def column_names(layouts: Iterable[Layout], survey: Survey) -> list[str]:
    """The columns that some layout has, in the order of Tables."""
    found = dict.fromkeys(name for layout in layouts for name in layout)
    return list(dict.fromkeys([*(name for name in survey.facts if name in found), *found]))


def _chunks(name: str, batches: Sequence[pa.RecordBatch], layouts: Sequence[Layout]) -> list[pa.Array]:
    pairs = zip(batches, layouts, strict=True)
    return [_values(batch, layout.get(name)) for batch, layout in pairs]


def _values(batch: pa.RecordBatch, source: Source | None) -> pa.Array:
    return pa.nulls(batch.num_rows) if source is None else _as_text(source.values(batch))
