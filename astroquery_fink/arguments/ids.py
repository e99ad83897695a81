# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Ids of objects and alerts."""

import numpy as np

from ..exceptions import FinkQueryError
from ..messages import is_tabular, shown
from ..surveys import SURVEYS
from .tabular import names_of
from .text import is_many, items, text_of

__all__ = ["alert_id", "object_id", "object_ids"]

_MISSING = ("None", "nan", "<NA>", "NaT", "--")


def object_id(value, survey):
    """One object id.

    Parameters
    ----------
    value : str or int
        Never a float, which has already lost the last digits of a number.
    survey : `~astroquery_fink.surveys.Survey`

    Returns
    -------
    objectid : str or int
        As Tables of this survey have it.

    Raises
    ------
    FinkQueryError
        It is no id of this survey; that of another one comes with the client that takes it.
    """
    if is_tabular(value) or is_many(value):
        raise FinkQueryError(f"objectid={shown(value)} is not one id: query_objects takes many, and Tables.")
    text = text_of(value)
    if not survey.ids.pattern.fullmatch(text):
        raise FinkQueryError(
            f"objectid={shown(value)} is no object id of {survey.title}: {survey.ids.description}."
            + (_what_was_lost(value, text) or _where_else(text, survey))
        )
    return survey.ids.type(text)


def _what_was_lost(value, text):
    if not isinstance(value, str) and text in _MISSING:
        return " It is missing or masked: leave it out."
    return " A float has lost digits." if isinstance(value, (float, np.floating)) else ""


def _where_else(text, survey):
    """What takes several ids, ids of another survey, or a name that others gave."""
    if "," in text:
        return " For several ids there is query_objects."
    for other in SURVEYS.values():
        if other.ids.pattern.fullmatch(text):
            client = f"{other.client}, which is FinkClass(survey={other.name!r})"
            return f" It is one of {other.title}: ask {client}."
    if not text or text.upper().startswith(survey.title) or text.isdecimal():
        return ""
    return f' For a name given elsewhere there is resolve_name({shown(text)}, resolver="tns").'


def object_ids(values, survey):
    """Many object ids, each once, in the order given.

    Parameters
    ----------
    values : str, int, iterable of either, `~astropy.table.Table`, DataFrame or dict
        Comma text, list, array, Column, or what has the survey's id column.
    survey : `~astroquery_fink.surveys.Survey`

    Returns
    -------
    objectids : list of str or int
    """
    if is_tabular(values):
        values = _id_column(values, survey)
    if isinstance(values, (int, np.integer)):
        values = [values]
    found = [object_id(value, survey) for value in items(values, "objectids")]
    if not found:
        raise FinkQueryError("objectids is empty: give at least one object id.")
    return list(dict.fromkeys(found))


def _id_column(table, survey):
    """The column of ids, under its own name or under that of another family."""
    names = names_of(table)
    short = survey.columns.object_id.partition(":")[2]
    known = [survey.columns.object_id, *(name for name in names if str(name).rpartition(":")[2] == short)]
    for name in known:
        if name in names:
            return [table[name]] if np.ndim(table[name]) == 0 else table[name]
    raise FinkQueryError(
        f"objectids={shown(table)} has no column {survey.columns.object_id!r}; "
        f"it has {', '.join(map(str, names[:20])) or 'none'}."
    )


def alert_id(value):
    """The id of one alert.

    Parameters
    ----------
    value : int or str
        Never a float, which has already lost the last digits.

    Returns
    -------
    alert : int
    """
    text = text_of(value)
    if isinstance(value, (bool, float)) or not text.isdecimal():
        raise FinkQueryError(
            f"candid={shown(value)} is no alert id: a positive integer, or its digits as text."
        )
    return int(text)
