# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Names of columns: those that a user requests, and those of a table that a user gives."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any

from ..exceptions import FinkQueryError
from ..messages import shown
from ..surveys import Survey
from .choices import did_you_mean
from .text import items, text_of

__all__ = ["full_names", "names_of"]


def names_of(table: Any) -> list[Any]:
    """The column names of a Table, Row, DataFrame or dict."""
    return list(getattr(table, "colnames", getattr(table, "columns", table)))


def full_names(
    columns: Any,
    survey: Survey,
    *,
    known: Iterable[str] | None = None,
    live: Callable[[], Iterable[str]] = tuple,
) -> list[str] | None:
    """Full names of the requested columns, with or without family prefix; None: all.

    ``known`` are the columns of this query (None: those of a full alert). ``live`` returns the names that the
    server lists; it is called only for names that are not in ``known``.
    """
    if columns is None:
        return None
    requested = [text_of(name) for name in items(columns, "columns")]
    if not requested:
        raise FinkQueryError("columns is empty: name at least one column, or leave columns out to get all.")
    names = list(known or (name for name, facts in survey.facts.items() if facts.full))
    if any(not _matches(name, names) for name in requested):
        names = list(dict.fromkeys([*names, *live()]))
    return list(dict.fromkeys(_full_name(name, names, survey) for name in requested))


def _matches(name: str, known: Iterable[str]) -> list[str]:
    return [full for full in known if name in (full, full.partition(":")[2])]


def _full_name(name: str, known: list[str], survey: Survey) -> str:
    _refuse_columns_of_flags(name, survey)
    matches = _matches(name, known)
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise FinkQueryError(f"columns: {shown(name)} is ambiguous: give {' or '.join(matches)}.")
    nearest = _nearest(name, known)
    raise FinkQueryError(
        f"columns: {shown(name)} is not a valid column here (Fink/{survey.title})."
        + (f" {did_you_mean(nearest)}" if nearest else "")
        + " list_columns() lists all columns."
    )


def _refuse_columns_of_flags(name: str, survey: Survey) -> None:
    """Refuse columns that another argument adds, and that cannot be requested by name."""
    flags = dict.fromkeys(survey.cutouts.columns.values(), "withcutouts")
    flags[survey.columns.tag] = "withupperlim" if survey.columns.limit else "withforced"
    for full in _matches(name, flags):
        argument = flags[full]
        remedy = survey.instead.get(argument, f"{argument}=True adds it")
        raise FinkQueryError(f"columns: {shown(full)} cannot be requested by name; {remedy}.")


def _nearest(name: str, known: list[str]) -> list[str]:
    """The closest names, with or without the family prefix."""
    short = {full.partition(":")[2].lower(): full for full in known}
    close = get_close_matches(name.partition(":")[2].lower() or name.lower(), short, n=3, cutoff=0.5)
    return [short[match] for match in close]
