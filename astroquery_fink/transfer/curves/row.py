# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A row with a light curve, as any library gives it -> a Table of its alerts."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from astropy.table import Row, Table

from ...arguments.columns import names_of
from ...exceptions import FinkQueryError
from ...messages import first_few, is_tabular, shown
from ...surveys import Survey
from ...tables.build import column_values
from ...tables.curves import CURVE
from ..folders.tables import alert_table, columns_of
from .arrays import member_arrays

__all__ = ["row_table"]

_MEMBER = f"{CURVE}."  # how names begin in the rows of ``map_rows``


def row_table(row: Any, surveys: Sequence[Survey]) -> Table:
    """The alerts of a row of one of these surveys, newest first."""
    cells = _cells(row)
    members = _members(cells)
    survey = _survey_of(members, surveys)
    ids = (survey.columns.object_id, survey.solar_system.name)
    constants = {name: cells[name] for name in ids if name in cells and name not in members}
    arrays = member_arrays(members, constants, survey)
    names = [name for name in survey.facts if name in arrays]
    names += [name for name in arrays if name not in names]
    batch = pa.RecordBatch.from_pydict({name: arrays[name] for name in names})
    columns = columns_of([batch], batch.schema, survey)
    times, _ = column_values(columns, survey.columns.time, survey)
    table = alert_table(columns, batch.schema, names, survey, np.argsort(-times, kind="stable"))
    table.meta.update(survey=survey.name, columns=names)
    return table


def _cells(row: Any) -> dict[str, Any]:
    """The cells of a row by column."""
    if isinstance(row, Row):
        return {name: row[name] for name in row.colnames}
    if is_tabular(row) and not isinstance(row, Mapping):
        raise FinkQueryError(
            f"row={shown(row)} is not one row: give one, such as frame.iloc[0] of pandas, "
            "or table.to_struct_array()[0] of pyarrow."
        )
    if not hasattr(row, "keys") or not hasattr(row, "__getitem__"):
        raise FinkQueryError(f"row={shown(row)} is not a row with named columns: give a dict of them.")
    return {name: row[name] for name in row.keys() if isinstance(name, str)}  # noqa: SIM118


def _members(cells: dict[str, Any]) -> dict[str, Any]:
    """The columns of the light curve in a row."""
    nested = cells.get(CURVE)
    if nested is None:
        members = {name.removeprefix(_MEMBER): cells[name] for name in cells if name.startswith(_MEMBER)}
    elif is_tabular(nested):
        members = {name: nested[name] for name in names_of(nested)}
    else:
        members = {}
    if not members:
        raise FinkQueryError(
            f"the row has no light curve in a column {CURVE!r} (its columns: {first_few(list(cells))}): "
            "give a row of transfer.light_curves."
        )
    return members


def _survey_of(members: Mapping[str, Any], surveys: Sequence[Survey]) -> Survey:
    """The survey that has these columns."""
    for survey in surveys:
        if survey.columns.time in members:
            return survey
    times = " or ".join(survey.columns.time for survey in surveys)
    found = first_few(list(members))
    raise FinkQueryError(f"the light curve of this row has no times ({times}); it has {found}.")
