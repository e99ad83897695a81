# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""One light curve, from one row of `light_curves` however it was read -> the Table of `query_object`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from astropy.table import Row, Table

from ..arguments.choices import choice
from ..arguments.columns import names_of
from ..arguments.types import SurveyName
from ..exceptions import FinkQueryError
from ..messages import first_few, is_tabular, shown
from ..surveys import SURVEYS, Survey
from ..tables.build import column_values, rows
from ..tables.decode import require_pyarrow
from ..tables.memory import MemoryLimit

__all__ = ["light_curve"]
__doctest_requires__: dict[str, list[str]] = {"light_curve": ["pyarrow", "duckdb"]}

_NESTED, _MEMBER = "light_curve", "light_curve."


def light_curve(row: Any, survey: SurveyName | None = None) -> Table:
    """Return the Table that ``query_object`` gives, from one row of ``transfer.light_curves``.

    Parameters
    ----------
    row : dict, `pyarrow.StructScalar`, `pandas.Series`, or `~astropy.table.Row`
        A row with the column ``light_curve``, as pyarrow, pandas, polars, DuckDB, nested-pandas or LSDB read
        it; or the dict of lists with names such as ``light_curve.i:jd`` that ``map_rows`` of LSDB and
        nested-pandas gives.
    survey : str, optional
        ``"ztf"`` or ``"lsst"``. None: the survey whose columns the light curve has.

    Returns
    -------
    table : `~astropy.table.Table`
        One row per alert, newest first, with the columns of the light curve and the object id, if the row
        has it. ``meta["survey"]`` is the survey.

    Raises
    ------
    FinkQueryError
        ``row`` is not such a row, or is more than one row; pyarrow is not installed.

    Warns
    -----
    CorruptDataWarning
        Integers were masked because they are not exact. pandas makes floats of integers if one of them is
        missing, and so rounds those of more than 15 digits.

    Notes
    -----
    Magnitudes and fluxes of 32 bits are written with as few digits as identify them, as in Fink's REST
    service: 18.1, not 18.10000038. Plain Python numbers have no type (``to_pylist()`` of pyarrow, DuckDB,
    polars): they are taken as 32-bit floats if all floats of the light curve, and not only round numbers,
    are exact in 32 bits.

    Examples
    --------
    >>> import pyarrow.parquet
    >>> from astroquery_fink import transfer
    >>> sent = fink.query_objects("ZTF99simrrly, ZTF99simagnx", columns="objectId,candid,jd,magpsf,ra,dec")
    >>> sent.write(folder / "part-0.parquet")
    >>> _ = transfer.compact(folder / "part-0.parquet", folder / "compact")  # doctest: +SKIP
    >>> _ = transfer.light_curves(folder / "compact", folder / "curves")  # doctest: +SKIP
    >>> curves = pyarrow.parquet.read_table(folder / "curves" / "objects")  # doctest: +SKIP
    >>> row = curves.to_struct_array()[0]  # doctest: +SKIP
    >>> table = transfer.light_curve(row)  # doctest: +SKIP
    >>> table["i:magpsf"].unit, len(table) == row["n_alerts"].as_py()  # doctest: +SKIP
    (Unit("mag"), True)
    """
    require_pyarrow("transfer.light_curve")
    from .layout import family
    from .light_curve_arrays import exact_columns

    cells = _cells(row)
    members = _members(cells)
    facts = _survey_of(members, survey)
    ids = {name: value for name, value in cells.items() if family(name) and name not in members}
    columns = exact_columns(members, ids, facts)
    names = [name for name in facts.facts if name in columns]
    names += [name for name in columns if name not in names]
    times, _ = column_values(columns, facts.columns.time, facts)
    order = np.argsort(-times, kind="stable")
    table = rows(columns, facts, names, order=order, memory=MemoryLimit.unlimited())
    table.meta.update(survey=facts.name, columns=names)
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
        raise FinkQueryError(f"row={shown(row)} is not a row with named columns, such as a dict.")
    return {name: row[name] for name in row.keys() if isinstance(name, str)}  # noqa: SIM118


def _members(cells: dict[str, Any]) -> dict[str, Any]:
    """The columns of the light curve in a row."""
    nested = cells.get(_NESTED)
    if nested is None:
        members = {name.removeprefix(_MEMBER): cells[name] for name in cells if name.startswith(_MEMBER)}
    elif is_tabular(nested):
        members = {name: nested[name] for name in names_of(nested)}
    else:
        members = {}
    if not members:
        raise FinkQueryError(
            f"the row has no light curve in a column {_NESTED!r} (its columns: {first_few(list(cells))}): "
            "give a row of transfer.light_curves."
        )
    return members


def _survey_of(members: Mapping[str, Any], survey: SurveyName | None) -> Survey:
    """The survey with this name, or that has these columns."""
    named = SURVEYS if survey is None else {survey: SURVEYS[choice(survey, SURVEYS, "survey")]}
    for facts in named.values():
        if facts.columns.time in members:
            return facts
    times = " or ".join(facts.columns.time for facts in named.values())
    raise FinkQueryError(
        f"the light curve of this row has no times ({times}); it has {first_few(list(members))}."
    )
