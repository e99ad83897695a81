# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Alerts as arguments: rows of the Tables that queries return."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from astropy.table import Column, Row, Table
from astroquery.exceptions import InputWarning

from ..exceptions import FinkQueryError
from ..messages import shown, warn
from ..surveys import Survey
from ..surveys.columns import ColumnFacts
from .ids import alert_id, id_column, is_no_id, object_id
from .text import text_of

__all__ = ["Alert", "alerts_of_table"]

Alert = dict[str, Any]
"""type : Values of one alert by column name, None where missing."""

_KINDS = {"float64": "fiu", "int64": "iu", "str": "SUO"}  # dtype of a column -> kinds that can stand for it


def alerts_of_table(table: Table | Row, names: Sequence[str], survey: Survey) -> list[Alert]:
    """The alerts of a Table, in its order: their ids, and the values of the columns that it has.

    Rows without an id are left out, with a warning.
    """
    argument = f"objectid={shown(table)}"
    if isinstance(table, Row):
        table = table.table[table.index : table.index + 1]
    table = Table(table, copy=False)  # the columns of a QTable are quantities
    ids = {name: list(id_column(table, name, "objectid")) for name in survey.cutouts.keys.values()}
    columns = {name: _values(table[name], survey.facts[name]) for name in names if name in table.colnames}
    columns = {name: values for name, values in columns.items() if values is not None} | ids
    rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    found = [row for row in rows if not any(is_no_id(row[name]) for name in ids)]
    _report_rows_without_id(argument, len(rows), len(rows) - len(found))
    return [row | _checked_ids(row, survey) for row in found]


def _report_rows_without_id(argument: str, rows: int, without: int) -> None:
    """Refuse a Table in which no row has the ids; warn if some rows lack them."""
    if not rows:
        raise FinkQueryError(f"{argument} is empty: give at least one alert.")
    message = f"{argument}: {without} of {rows} rows have no alert id"
    message += " (upper limits and forced photometry have none)"
    if without == rows:
        raise FinkQueryError(f"{message}, and so no cutouts.")
    if without:
        warn(f"{message}. They were left out.", InputWarning)


def _checked_ids(row: Alert, survey: Survey) -> Alert:
    """The ids that the server needs."""
    columns = survey.columns
    ids: Alert = {columns.alert_id: alert_id(row[columns.alert_id], columns.alert_id)}
    if columns.object_id in survey.cutouts.keys.values():
        ids[columns.object_id] = object_id(row[columns.object_id], survey)
    return ids


def _values(column: Any, facts: ColumnFacts) -> list[Any] | None:
    """Plain values in the unit of the facts; None if the column has values of another type or unit."""
    kinds = _KINDS.get(facts.dtype or "", "")
    if not isinstance(column, Column) or column.ndim != 1 or column.dtype.kind not in kinds:
        return None
    values: Any = column
    if facts.unit and column.unit and column.unit != facts.unit:
        try:
            values = column.unit.to(facts.unit, np.ma.filled(column.astype(float), np.nan))
        except ValueError:
            return None
    return [_plain(value) for value in values.tolist()]


def _plain(value: Any) -> Any:
    """A value that a FITS header can hold, or None."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return text_of(value) if isinstance(value, bytes) else value
