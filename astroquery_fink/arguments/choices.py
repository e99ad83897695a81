# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Values that must be, or should be, in a list of known values."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

from astroquery.exceptions import InputWarning

from ..exceptions import FinkQueryError
from ..messages import first_few, shown, warn
from ..surveys import Survey
from .text import text_of

__all__ = ["choice", "listed_class", "listed_or_sent", "checked_kind", "did_you_mean"]

_LIST_LIMIT = 20  # values that a message lists
_SHORT_LIST = 8  # a list of at most this many values is shown whole


def checked_kind(kind: Any, survey: Survey, argument: str = "kind") -> str | None:
    """A kind of cutout in the server's spelling; None: all kinds."""
    return None if kind is None else choice(kind, survey.cutouts.kinds, argument)


def listed_class(value: Any, known: Iterable[str], unlisted: Iterable[str] = ()) -> str:
    """A class in the server's spelling; an unknown class is returned unchanged, with a warning.

    The exact spelling has precedence over other cases, and whole names over names without their prefix,
    such as ``(TNS)``. ``unlisted`` are classes that the server accepts, but does not list.
    """
    known = [*known, *unlisted]
    text = text_of(value)
    if not text.strip():
        raise FinkQueryError(f"class_name={shown(value)} is empty: give a class of list_classes().")
    for spell in (str, str.lower):
        whole = {name for name in known if spell(name) == spell(text)}
        matches = sorted(whole or {name for name in known if spell(name).partition(") ")[2] == spell(text)})
        if len(matches) > 1:
            raise FinkQueryError(f"class_name={shown(value)} is ambiguous: give {' or '.join(matches)}.")
        if matches:
            return matches[0]
    return listed_or_sent(value, known, "class_name")


def listed_or_sent(value: Any, known: Sequence[str], argument: str) -> str:
    """A value in the server's spelling; an unknown value may be new and is sent with a warning."""
    if not isinstance(value, (str, bytes)) or not text_of(value):
        raise FinkQueryError(f"{argument}={shown(value)} is not text. {_suggestion(value, known)}")
    found = _spelled(value, known)
    if found is None:
        message = f"{argument}={shown(value)} is not in Fink's list and is sent unchanged."
        warn(f"{message} {_suggestion(value, known)}", InputWarning)
    return text_of(value) if found is None else found


def choice(value: Any, known: Iterable[str], argument: str) -> str:
    """A value in the server's spelling; an unknown value is refused."""
    known = list(known)
    found = _spelled(value, known)
    if found is None:
        raise FinkQueryError(f"{argument}={shown(value)} is unknown to Fink. {_suggestion(value, known)}")
    return found


def did_you_mean(names: Sequence[str]) -> str:
    """Suggest the closest known values."""
    *first, last = names
    return f"Did you mean {', '.join(first)} or {last}?" if first else f"Did you mean {last}?"


def _spelled(value: Any, known: Sequence[str]) -> str | None:
    """The known value that is equal to this one, or equal but for its case."""
    text = text_of(value)
    return text if text in known else {name.lower(): name for name in known}.get(text.lower())


def _suggestion(value: Any, known: Sequence[str]) -> str:
    """The closest known values, or all of a short list."""
    spelled = {name.lower(): name for name in known}
    nearest = [spelled[name] for name in get_close_matches(text_of(value).lower(), spelled, n=3, cutoff=0.5)]
    if nearest and len(spelled) > _SHORT_LIST:
        return did_you_mean(nearest)
    return f"Valid values: {first_few(known, _LIST_LIMIT)}."
