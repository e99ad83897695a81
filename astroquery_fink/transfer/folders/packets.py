# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Decoded alert packets -> the Table that the REST service would give."""

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
from astropy.table import Table

from ...surveys import Survey
from .layout import Layout, Members, layout_of
from .parquet import as_text
from .tables import alert_table, columns_of
from .types import common_type, converted

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
    schema = _schema(layouts, names, survey)
    pairs = zip(batches, layouts, strict=True)
    alerts = [_converted(batch, layout, schema, survey) for batch, layout in pairs]
    return alert_table(columns_of(alerts, schema, survey), schema, names, survey, order)


def column_names(layouts: Iterable[Layout], survey: Survey) -> list[str]:
    """The columns that some layout has, in the order of Tables."""
    found = dict.fromkeys(name for layout in layouts for name in layout)
    return list(dict.fromkeys([*(name for name in survey.facts if name in found), *found]))


def _schema(layouts: Sequence[Layout], names: Iterable[str], survey: Survey) -> pa.Schema:
    """The types of those of these columns that some layout has."""
    kinds = {name: [layout[name].kind for layout in layouts if name in layout] for name in names}
    return pa.schema(
        {name: common_type(found, survey.facts_of(name).dtype) for name, found in kinds.items() if found}
    )


def _converted(batch: pa.RecordBatch, layout: Layout, schema: pa.Schema, survey: Survey) -> pa.RecordBatch:
    """The columns of a batch in these types; those that it lacks are null."""
    members: Members = {}
    arrays = [
        converted(name, as_text(layout[name].values(batch, members)), kind, survey)
        if name in layout
        else pa.nulls(batch.num_rows, kind)
        for name, kind in zip(schema.names, schema.types, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
