# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Names of topics of the Data Transfer service, and why the broker may not have one."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime

from ...arguments.choices import choice
from ...arguments.text import text_of
from ...exceptions import FinkQueryError
from ...messages import shown
from ...surveys import SURVEYS, Survey

__all__ = ["day_of", "survey_of", "topic_name", "unknown_topic"]

_VALID = re.compile(r"[A-Za-z0-9._-]{1,249}", re.ASCII)
_NAME = re.compile(r"(?:ftransfer|fxmatch)_(?P<survey>.+)_(?P<date>\d{4}-\d\d-\d\d)_\d+", re.ASCII)
_DAYS = 7  # that Fink keeps a topic


def topic_name(value: object) -> str:
    """Check the name of a topic."""
    name = text_of(value) if isinstance(value, str | bytes) else ""
    if not _VALID.fullmatch(name):
        raise FinkQueryError(
            f"topic={shown(value)} is not the name of a topic: give the one that the Data Transfer page "
            "of Fink shows, such as 'ftransfer_ztf_2026-03-01_123456'."
        )
    return name


def survey_of(topic: str, survey: str | None) -> Survey:
    """The survey that the user gives, else that in the name of the topic."""
    found = _NAME.fullmatch(topic)
    named = found["survey"] if found else None
    if named is not None and named not in SURVEYS:
        raise FinkQueryError(
            f"topic={topic!r} is of the survey {named!r}, which is not supported: give a topic of "
            f"{' or '.join(SURVEYS)}."
        )
    if survey is not None:
        given = choice(survey, SURVEYS, "survey")
        if named not in (None, given):
            raise FinkQueryError(f"survey={given!r} contradicts topic={topic!r}: leave survey out.")
        return SURVEYS[given]
    if named is None:
        raise FinkQueryError(
            f"topic={topic!r} does not name its survey: give survey= ({' or '.join(map(repr, SURVEYS))})."
        )
    return SURVEYS[named]


def day_of(topic: str) -> date | None:
    """The date of the submission (UTC) in the name of a topic."""
    found = _NAME.fullmatch(topic)
    try:
        return date.fromisoformat(found["date"]) if found else None
    except ValueError:
        return None


def unknown_topic(
    topic: str, servers: str, nearest: Sequence[str], today: date | None = None
) -> FinkQueryError:
    """Why the broker may not have a topic: the name is wrong, it has expired, or is not written yet."""
    day, today = day_of(topic), today or datetime.now(UTC).date()
    if day is not None and (today - day).days > _DAYS:
        hint = (
            f"It is of {day} and has expired: Fink keeps topics for {_DAYS} days. Submit the transfer again."
        )
    else:
        hint = (
            "Check the name. A new topic appears when its job begins to write, some minutes after it was "
            "submitted: wait with follow=True. If the selection has no alerts, it never appears."
        )
    if nearest:
        hint = f"There is {' and '.join(nearest)}. {hint}"
    return FinkQueryError(f"The broker at {servers} has no topic {topic}. {hint}")
