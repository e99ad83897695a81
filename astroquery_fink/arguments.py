# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What the user gave -> what the server understands, or an error with the nearest valid value."""

import os
from collections.abc import Iterable
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

import numpy as np
from astroquery.exceptions import InputWarning

from .exceptions import FinkQueryError
from .shown import is_tabular, names_of, shown
from .surveys import SURVEYS
from .warn import warn

__all__ = [
    "alert_id",
    "choice",
    "class_name",
    "column_names",
    "count",
    "is_many",
    "items",
    "listed_or_sent",
    "object_id",
    "object_ids",
    "path_of",
    "stamp_kind",
    "text_of",
    "truth",
]

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
    if not survey.id_pattern.fullmatch(text):
        raise FinkQueryError(
            f"objectid={shown(value)} is no object id of {survey.title}: {survey.id_words}."
            + (_what_was_lost(value, text) or _where_else(text, survey))
        )
    return survey.id_type(text)


def _what_was_lost(value, text):
    if not isinstance(value, str) and text in _MISSING:
        return " It is missing or masked: leave it out."
    return " A float has lost digits." if isinstance(value, (float, np.floating)) else ""


def _where_else(text, survey):
    """What takes several ids, ids of another survey, or a name that others gave."""
    if "," in text:
        return " For several ids there is query_objects."
    for other in SURVEYS.values():
        if other.id_pattern.fullmatch(text):
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
    short = survey.object_id.partition(":")[2]
    known = [survey.object_id, *(name for name in names if str(name).rpartition(":")[2] == short)]
    for name in known:
        if name in names:
            return [table[name]] if np.ndim(table[name]) == 0 else table[name]
    raise FinkQueryError(
        f"objectids={shown(table)} has no column {survey.object_id!r}; "
        f"it has {', '.join(map(str, names[:20])) or 'none'}."
    )


def items(values, argument):
    """The members of comma text or of any iterable.

    Parameters
    ----------
    values : str or iterable
    argument : str
        Its name, for the message.

    Returns
    -------
    members : iterable
    """
    if isinstance(values, (str, bytes)):
        return [item for item in text_of(values).split(",") if item.strip()]
    if not (is_many(values) or isinstance(values, np.ndarray)):
        raise FinkQueryError(
            f"{argument}={shown(values)} is neither text nor a list: give 'a,b' or ['a', 'b']."
        )
    return np.ravel(values) if isinstance(values, np.ndarray) else values


def is_many(values):
    """Whether it has members; some scalars, such as a Time or a 0-d array, only look as if they had.

    Parameters
    ----------
    values : object

    Returns
    -------
    many : bool
        Of text False.
    """
    text = isinstance(values, (str, bytes))
    return isinstance(values, Iterable) and not text and getattr(values, "shape", None) != ()


def text_of(value):
    """Text without the blanks around it; FITS tables hold bytes.

    Parameters
    ----------
    value : object

    Returns
    -------
    text : str
    """
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    return value.strip() if isinstance(value, str) else str(value)


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


def stamp_kind(kind, survey, argument="kind"):
    """One kind of stamp in the server's spelling, which is the only one it knows.

    Parameters
    ----------
    kind : str or None
        In any case; None: all kinds.
    survey : `~astroquery_fink.surveys.Survey`
    argument : str
        Its name, for the message.

    Returns
    -------
    kind : str or None
    """
    return None if kind is None else choice(kind, survey.kinds, argument)


def class_name(value, known, unlisted=()):
    """A class as the server spells it.

    Parameters
    ----------
    value : str
        In any case, with or without a prefix such as ``(TNS)``. The exact spelling counts first.
    known : sequence of str
        The classes that the server lists.
    unlisted : sequence of str, optional
        Classes that it answers, too, though it does not list them.

    Returns
    -------
    name : str
        One that no list has is left as it is, with a warning.

    Raises
    ------
    FinkQueryError
        Its prefix is needed.
    """
    known = [*known, *unlisted]
    text = text_of(value)
    for spell in (str, str.lower):
        whole = {name for name in known if spell(name) == spell(text)}
        matches = sorted(whole or {name for name in known if spell(name).partition(") ")[2] == spell(text)})
        if len(matches) > 1:
            raise FinkQueryError(f"class_name={shown(value)} is ambiguous: {' or '.join(matches)}.")
        if matches:
            return matches[0]
    return listed_or_sent(value, known, "class_name")


def listed_or_sent(value, known, argument):
    """A value in the server's spelling; one that no list has may be new, and is sent with a warning.

    Parameters
    ----------
    value : str
    known : sequence of str
    argument : str
        Its name, for the messages.

    Returns
    -------
    value : str
    """
    if not isinstance(value, (str, bytes)) or not text_of(value):
        raise FinkQueryError(f"{argument}={shown(value)} is no text: {_nearest_of(value, known)}.")
    found = _spelled(value, known)
    if found is None:
        warn(
            f"{argument}={shown(value)} is in no list, and sent as it is; {_nearest_of(value, known)}",
            InputWarning,
        )
    return text_of(value) if found is None else found


def choice(value, known, argument):
    """One of the values that the server knows, in its spelling.

    Parameters
    ----------
    value : str
        In any case.
    known : sequence of str
    argument : str
        Its name, for the message.

    Returns
    -------
    value : str

    Raises
    ------
    FinkQueryError
        It is none of them; the message names the nearest.
    """
    found = _spelled(value, known)
    if found is None:
        raise FinkQueryError(f"{argument}={shown(value)} is unknown to Fink; {_nearest_of(value, known)}.")
    return found


def _spelled(value, known):
    """The one that is meant: in this spelling, or in another case."""
    text = text_of(value)
    return text if text in known else {name.lower(): name for name in known}.get(text.lower())


def _nearest_of(value, known):
    spelled = {name.lower(): name for name in known}
    nearest = [spelled[name] for name in get_close_matches(text_of(value).lower(), spelled, n=3, cutoff=0.5)]
    few = len(spelled) <= 8 or not nearest
    return f"it may be {', '.join(list(known)[:20])}" if few else f"the nearest: {', '.join(nearest)}"


def count(value, argument, *, most=None):
    """A positive whole number.

    Parameters
    ----------
    value : int
    argument : str
        Its name, for the message.
    most : int, optional

    Returns
    -------
    value : int
    """
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < 1 or (most is not None and value > most):
        limit = f" of at most {most:,}" if most else ""
        raise FinkQueryError(f"{argument}={shown(value)} is no positive whole number{limit}.")
    return int(value)


def column_names(columns, survey, *, known=None, live=tuple):
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
    known = known or [name for name, facts in survey.columns.items() if facts.full]
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
    companions = dict.fromkeys(survey.stamp_columns.values(), "withcutouts")
    companions[survey.tag] = "withupperlim" if survey.limit else "withforced"
    for full in _matches(name, companions):
        argument = companions[full]
        remedy = survey.instead.get(argument, f"it comes with {argument}=True")
        raise FinkQueryError(f"columns: {full!r} cannot be had by its name; {remedy}.")


def _nearest(name, known):
    """The closest names, whether the family prefix was written or not."""
    short = {full.partition(":")[2].lower(): full for full in known}
    close = get_close_matches(name.partition(":")[2].lower() or name.lower(), short, n=3, cutoff=0.5)
    return [short[match] for match in close]


def path_of(value, argument, *, look=True):
    """The name of a file or a folder, which need not be there.

    Parameters
    ----------
    value : str or path-like
    argument : str
        Its name, for the message.
    look : bool, optional
        Whether it is refused where the disk cannot be asked for it.

    Returns
    -------
    path : `~pathlib.Path`
        With the home folder in place of ``~``.

    Raises
    ------
    FinkQueryError
        Nothing can have such a name.
    """
    try:
        path = Path(os.fsdecode(value)).expanduser()
        with suppress(FileNotFoundError, NotADirectoryError, *(() if look else (OSError,))):
            path.stat()
    except (TypeError, ValueError, OSError, RuntimeError) as error:
        reason = f"{argument}={shown(value)} is no name of a file or a folder: give text or a Path"
        raise FinkQueryError(f"{reason} ({getattr(error, 'strerror', None) or error}).") from error
    return path


def truth(value, argument):
    """A truth value; the server takes the text "true" for no, and we take no text at all.

    Parameters
    ----------
    value : bool
    argument : str
        Its name, for the message.

    Returns
    -------
    value : bool
    """
    if not isinstance(value, (bool, np.bool_)):
        raise FinkQueryError(f"{argument}={shown(value)} is neither True nor False.")
    return bool(value)
