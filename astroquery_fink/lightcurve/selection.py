# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Selection of rows of a light curve, and the checks that all conversions share."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from astropy.table import Table

from ..exceptions import FinkQueryError
from ..messages import shown
from ..surveys import Survey, survey_of
from ..surveys.photometry import plain

__all__ = ["chosen_rows", "object_name", "require_columns", "require_difference", "require_one_object"]


def chosen_rows(table: Table, survey: Survey, band: str | None, withupperlim: bool) -> np.ndarray:
    """Select the rows of a band, without upper limits unless they are wanted."""
    rows = np.ones(len(table), dtype=bool)
    if band is not None:
        rows &= np.ma.filled(plain(table[survey.columns.band]) == _band_value(band, survey), False)
    if not withupperlim and survey.columns.tag in table.colnames:
        rows &= np.isin(plain(table[survey.columns.tag]).data, survey.measured)
    return rows


def _band_value(band: Any, survey: Survey) -> Any:
    """The value of the band column."""
    values = {name: value for value, name in survey.bands.items()}
    if not isinstance(band, str) or band not in values:
        raise FinkQueryError(f"band={shown(band)} is not a band of {survey.title}: give {', '.join(values)}.")
    return values[band]


def object_name(table: Table, survey: Survey) -> str:
    """The id of the object of a table, as text; empty if the table has none."""
    key = survey.columns.object_id
    return str(plain(table[key])[0]) if key in table.colnames and len(table) else ""


def require_columns(table: Table, needed: Iterable[str], caller: str) -> None:
    """Refuse a table that lacks columns; the message names the caller and the columns."""
    lacking = [name for name in needed if name not in table.colnames]
    if lacking:
        names = ", ".join(map(str, lacking))
        raise FinkQueryError(f"{caller} needs the column(s) {names}: request them, or request all columns.")


def require_difference(table: Table, withupperlim: bool, caller: str) -> None:
    """Refuse a table that lacks the columns of difference fluxes, or of the upper limits that are wanted."""
    photometry = survey_of(table).photometry
    limits = photometry.limit_columns if withupperlim else ()
    require_columns(table, dict.fromkeys((*photometry.difference_columns, *limits)), caller)


def require_one_object(table: Table, caller: str) -> None:
    """Refuse a table of several objects; the message names the caller."""
    key = survey_of(table).columns.object_id
    if key in table.colnames and len(set(plain(table[key]).tolist())) > 1:
        raise FinkQueryError(
            f"{caller} needs a table of one object, but this table has several: select one by {key!r}."
        )
