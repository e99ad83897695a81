# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Alerts in Arrow batches -> a Table with the dtypes, masks, units and descriptions of the REST service."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from astropy.table import Table

from ...surveys import Survey
from ...tables.build import rows
from ...tables.decode import Columns
from ...tables.memory import MemoryLimit
from .types import decimal_floats, table_dtype

__all__ = ["alert_table", "columns_of"]


def columns_of(batches: list[pa.RecordBatch], schema: pa.Schema, survey: Survey) -> Columns:
    """The columns of alerts in one chunk each; text in dictionaries, in which each text is checked once."""
    alerts = pa.Table.from_batches(batches, schema)
    columns = {name: _column(name, alerts[name], survey) for name in alerts.column_names}
    return Columns(columns, alerts.num_rows)


def _column(name: str, values: pa.ChunkedArray, survey: Survey) -> pa.Array:
    if pa.types.is_string(values.type):
        values = values.dictionary_encode()
    whole = pa.concat_arrays(values.chunks) if values.num_chunks else pa.array([], values.type)
    return decimal_floats(whole) if name.startswith(survey.packet.short_floats) else whole


def alert_table(
    columns: Columns, schema: pa.Schema, names: Sequence[str], survey: Survey, order: np.ndarray | None = None
) -> Table:
    """Table of these columns of alerts whose types are those of ``schema``, in any order of rows."""
    dtypes = {name: table_dtype(kind) for name, kind in zip(schema.names, schema.types, strict=True)}
    return rows(columns, survey, names, order=order, dtype=dtypes, memory=MemoryLimit.unlimited())
