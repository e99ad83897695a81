"""Tables that are made once a month: which months there are, and the argument ``version``."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from .arguments import Payload
from .response import as_json, refusal

__all__ = ["BULK_FORMATS", "NO_FILE", "MonthlyTables", "early_response", "version_of"]

BULK_FORMATS = ("arrow", "parquet")
MONTH = re.compile(r"\d{4}\.(0[1-9]|1[0-2])", re.ASCII)
LENGTHS = [4, 2]  # digits of year and month
NO_FILE = json.dumps(
    {"RemoteException": {"exception": "FileNotFoundException", "message": "File does not exist (simulated)"}}
)  # what the server's file store says


@dataclass(frozen=True)
class MonthlyTables:
    """The newest month with tables, and what the endpoint ``ssobulk`` can do."""

    newest: str | None = None  # YYYY.MM; None: the current month
    bulk_format: str | None = None  # of a whole table; None: that of the survey
    bulk_by_name: bool = True  # False: a request for one object breaks the server

    def __post_init__(self) -> None:
        if self.newest is not None and not MONTH.fullmatch(self.newest):
            raise ValueError(f"newest_table={self.newest!r} is not a month: give one such as '2026.10'")
        if self.bulk_format not in (None, *BULK_FORMATS):
            raise ValueError(f"bulk_format={self.bulk_format!r} is not one of {', '.join(BULK_FORMATS)}")

    def has(self, version: str) -> bool:
        """Whether there is a table of this month."""
        return MONTH.fullmatch(version) is not None and version <= (self.newest or _current_month())


def version_of(payload: Payload) -> str:
    """The requested month, by default the current one; numbers and text without a dot break the server."""
    version = payload.get("version", _current_month())
    if not isinstance(version, str) or "." not in version:
        raise InternalServerError
    return version


def early_response(payload: Payload, schema: Any, first: str) -> Response | None:
    """The response that needs no table: the schema, or the refusal of a version."""
    return as_json(schema) if payload.get("schema") else _refused(version_of(payload), first)


def _refused(version: str, first: str) -> Response | None:
    """The refusal of a version in another form, or before the first month."""
    if [len(part) for part in version.split(".")] != LENGTHS:
        return refusal("version needs to be YYYY.MM")
    if version < first:
        return refusal(f"version starts on {first}")
    return None


def _current_month() -> str:
    return f"{datetime.now(UTC):%Y.%m}"
