# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tables that Fink makes once a month: which one is requested, and what if the newest is not there yet."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from astroquery.exceptions import NoResultsWarning

from ..arguments.text import text_of
from ..exceptions import FinkError, FinkQueryError, FinkServiceError, FinkTimeoutError
from ..http.clock import Clock
from ..http.server_messages import server_message
from ..messages import shown, warn
from ..tables.decode import Columns, read_rows

__all__ = ["Months", "from_month", "read_monthly_table", "use_month_before"]

_VERSION = re.compile(r"\d{4}\.(0[1-9]|1[0-2])", re.ASCII)
_TABLES = ("PAR1", "[")  # the first characters of a table
_NO_TABLE = (404, 500)

T = TypeVar("T")


@dataclass(frozen=True)
class Months:
    """The versions of a table, ``YYYY.MM``, from the first one to that of the current month (UTC)."""

    first: str
    newest: str

    @classmethod
    def until_now(cls, first: str, clock: Clock) -> "Months":
        return cls(first, _version(datetime.fromtimestamp(clock.time(), UTC)))

    @property
    def before(self) -> str | None:
        """The month before the newest, or None if it had no table."""
        year, month = map(int, self.newest.split("."))
        before = _version(datetime(year, month, 1) - timedelta(days=1))
        return before if before >= self.first else None

    def checked(self, version: Any) -> str:
        """Check the argument ``version``."""
        text = text_of(version)
        if not _VERSION.fullmatch(text) or not self.first <= text <= self.newest:
            remedy = f"give a str YYYY.MM from {self.first} to {self.newest}"
            raise FinkQueryError(f"version={shown(version)} is not a valid version: {remedy}.")
        return text


def _version(date: datetime) -> str:
    return f"{date:%Y.%m}"


def from_month(version: str | None, months: Months, ask: Callable[[str], T]) -> T:
    """Ask for the table of a version; None: the newest, or the month before if that has no table yet."""
    try:
        return ask(version or months.newest)
    except (FinkServiceError, FinkTimeoutError) as error:
        if version is not None:
            raise
        return use_month_before(error, months, ask)


def use_month_before(error: FinkError, months: Months, ask: Callable[[str], T]) -> T:
    """Ask for the month before, with a warning, if an error says that the newest has no table yet.

    Otherwise, and if the month before fails, too, this error is raised.
    """
    if months.before is None or not _says_no_table(error):
        raise error
    try:
        found = ask(months.before)
    except FinkError:
        raise error from None
    status = f"{error.status}: {error.reason}" if error.reason else error.status
    warn(
        f"Fink has no table of {months.newest} yet (status {status}); the table of {months.before} is used. "
        f"version={months.before!r} requests it at once.",
        NoResultsWarning,
    )
    return found


def _says_no_table(error: FinkError) -> bool:
    """Whether the server failed, or sent a text instead of a table; a broken table is not a missing one."""
    text = error.reason or ""
    is_text = error.status == 200 and text != "" and not text.startswith(_TABLES)
    return is_text or error.status in _NO_TABLE


def read_monthly_table(body: bytes) -> Columns:
    """The rows of a table; `ValueError` with the text that the server sent instead, whatever the status."""
    start = body[:64].lstrip().decode("latin-1")
    if start.startswith(_TABLES) or not start:
        return read_rows(body)
    raise ValueError(f"it is not a table but the text {server_message(body)!r}")
