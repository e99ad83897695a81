# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Names of columns."""

from difflib import get_close_matches

from ..exceptions import FinkQueryError
from .text import items, text_of

__all__ = ["full_names"]


def full_names(columns, survey, *, known=None, live=tuple):
    """Full names of the columns asked for.

    Parameters
    ----------
    columns : None, str or iterable of str
        With or without family prefix; comma text or a list; None: all.
    survey : `~astroquery_fink.surveys.Survey`
    known : sequence of str, optional
        The columns that this question can be asked for; None: those of a full row.
    live : callable, optional
        Gives the names that the server itself lists; called only for a name that we do not know.

    Returns
    -------
    names : list of str, or None

    Raises
    ------
    FinkQueryError
        A name is unknown, ambiguous, or comes with another argument only.
    """
    if columns is None:
        return None
    asked = [text_of(name) for name in items(columns, "columns")]
    if not asked:
        raise FinkQueryError("columns is empty: name some, or leave it out for all.")
    known = known or [name for name, facts in survey.facts.items() if facts.full]
    if any(not _matches(name, known) for name in asked):
        known = list(dict.fromkeys([*known, *live()]))
    return list(dict.fromkeys(_full_name(name, known, survey) for name in asked))


def _matches(name, known):
    return [full for full in known if name in (full, full.partition(":")[2])]


def _full_name(name, known, survey):
    _refuse_companions(name, survey)
    matches = _matches(name, known)
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise FinkQueryError(f"columns: {name!r} is ambiguous: {' or '.join(matches)}.")
    nearest = _nearest(name, known)
    raise FinkQueryError(
        f"columns: {name!r} is no column of an object in Fink/{survey.title}"
        + (f"; the nearest: {', '.join(nearest)}." if nearest else ".")
        + " list_columns() shows all."
    )


def _refuse_companions(name, survey):
    """Columns that come with another argument, never by name."""
    companions = dict.fromkeys(survey.cutouts.columns.values(), "withcutouts")
    companions[survey.columns.tag] = "withupperlim" if survey.columns.limit else "withforced"
    for full in _matches(name, companions):
        argument = companions[full]
        remedy = survey.instead.get(argument, f"it comes with {argument}=True")
        raise FinkQueryError(f"columns: {full!r} cannot be had by its name; {remedy}.")


def _nearest(name, known):
    """The closest names, whether the family prefix was written or not."""
    short = {full.partition(":")[2].lower(): full for full in known}
    close = get_close_matches(name.partition(":")[2].lower() or name.lower(), short, n=3, cutoff=0.5)
    return [short[match] for match in close]
