# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""One of the values that the server knows."""

from difflib import get_close_matches

from astroquery.exceptions import InputWarning

from ..exceptions import FinkQueryError
from ..messages import shown, warn
from .text import text_of

__all__ = ["choice", "listed_class", "listed_or_sent", "checked_kind"]


def checked_kind(kind, survey, argument="kind"):
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
    return None if kind is None else choice(kind, survey.cutouts.kinds, argument)


def listed_class(value, known, unlisted=()):
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
