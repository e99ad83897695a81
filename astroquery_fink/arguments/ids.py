# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Ids of objects and alerts."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from astropy.table import Column
from astroquery.exceptions import InputWarning

from ..exceptions import FinkQueryError
from ..messages import first_few, is_tabular, shown, warn
from ..surveys import SURVEYS, Survey
from .columns import names_of
from .text import is_many, items, text_of

__all__ = ["alert_id", "id_column", "is_no_id", "object_id", "object_ids"]

_LIST_LIMIT = 20  # columns that a message lists
_MISSING = ("None", "nan", "<NA>", "NaT", "--")
_NO_ID = (*_MISSING, "", "null", "0", "-1")  # in a column of ids


def object_id(value: Any, survey: Survey) -> str | int:
    """Check one object id; a float is refused, because it loses the last digits of an id."""
    if is_tabular(value) or is_many(value):
        raise FinkQueryError(
            f"objectid={shown(value)} is not a single id: query_objects takes lists and Tables."
        )
    text = text_of(value)
    if not survey.ids.pattern.fullmatch(text):
        message = f"objectid={shown(value)} is not a valid {survey.title} object id"
        hint = _lost_value(value, text) or _other_use(text, survey)
        raise FinkQueryError(f"{message}: {survey.ids.description}.{hint}")
    return survey.ids.type(text)


def _lost_value(value: Any, text: str) -> str:
    """The hint for missing values and floats."""
    if not isinstance(value, str) and text in _MISSING:
        return " The value is missing or masked: leave it out."
    if isinstance(value, (float, np.floating)):
        return " A float loses digits: give text or an integer."
    return ""


def _other_use(text: str, survey: Survey) -> str:
    """The hint for several ids, ids of another survey, and names given by others."""
    if "," in text:
        return " query_objects takes several ids."
    for other in SURVEYS.values():
        if other.ids.pattern.fullmatch(text):
            client = f"{other.client}, or FinkClass(survey={other.name!r})"
            return f" This is an object id of {other.title}: use {client}."
    if not text or text.upper().startswith(survey.title) or text.isdecimal():
        return ""
    return f' For a name that is not from {survey.title}, use resolve_name({shown(text)}, resolver="tns").'


def object_ids(values: Any, survey: Survey) -> list[str | int]:
    """Check object ids of any form; each appears once, in the order given.

    The forms: one id, comma-separated text, any iterable, and a Table, Row, DataFrame or dict that has the
    id column of the survey. Rows of a table or column without an id are left out, with a warning.
    """
    if is_tabular(values):
        return _ids_of_rows(id_column(values, survey.columns.object_id, "objectids"), survey)
    if isinstance(values, Column):
        return _ids_of_rows(values, survey)
    if isinstance(values, (int, np.integer)):
        values = [values]
    return _distinct(items(values, "objectids"), survey)


def _distinct(values: Iterable[Any], survey: Survey) -> list[str | int]:
    found = [object_id(value, survey) for value in values]
    if not found:
        raise FinkQueryError("objectids is empty: give at least one object id.")
    return list(dict.fromkeys(found))


def _ids_of_rows(column: Any, survey: Survey) -> list[str | int]:
    """The ids of a column, without the rows that have none."""
    cells = list(column)
    present = [value for value in cells if not is_no_id(value)]
    message = f"objectids: {len(cells) - len(present)} of {len(cells)} rows have no object id"
    message += f" (masked or 0). {survey.ids.absent}"
    if cells and not present:
        raise FinkQueryError(message)
    found = _distinct(present, survey)
    if len(present) < len(cells):
        warn(f"{message} They were left out.", InputWarning)
    return found


def id_column(table: Any, column: str, argument: str) -> Any:
    """The values of a column of ids, under its own name or with another family prefix."""
    names = names_of(table)
    short = column.partition(":")[2]
    for name in [column, *(name for name in names if str(name).rpartition(":")[2] == short)]:
        if name in names:
            return [table[name]] if np.ndim(table[name]) == 0 else table[name]
    raise FinkQueryError(
        f"{argument}={shown(table)} has no column {column!r}; "
        f"it has {first_few(names, _LIST_LIMIT) or 'none'}."
    )


def is_no_id(value: Any) -> bool:
    """Whether a cell of a column of ids says that there is none: masked, 0, -1 or an empty text."""
    return text_of(value) in _NO_ID


def alert_id(value: Any, argument: str = "candid") -> int:
    """Check the id of an alert; a float is refused, because it loses the last digits of an id."""
    text = text_of(value)
    if isinstance(value, (bool, float)) or not text.isdecimal():
        remedy = "give a positive integer, or its digits as text"
        raise FinkQueryError(f"{argument}={shown(value)} is not a valid alert id: {remedy}.")
    return int(text)
