"""The stored rows of objects whose numbers are known."""

from typing import Any

from werkzeug.exceptions import InternalServerError

from ..server.arguments import Payload
from ..server.tables import Answer, Columns, concatenate, picked
from .columns import KINDS, chosen, requested
from .ids import keys, salt
from .responses import selected
from .survey import History, Survey

__all__ = ["Rows", "histories_of", "stored_rows"]

Rows = list[tuple[str, Columns]]  # number of the object and its table


def histories_of(survey: Survey, ids: Any) -> list[tuple[str, History]]:
    """
    Histories of the objects with these numbers.

    Numbers must be text: a list in JSON finds nothing. A list in text is cut at the commas and stripped, a
    single number is not stripped.
    """
    if isinstance(ids, list):
        return []
    if not isinstance(ids, str):
        raise InternalServerError
    names = [one.strip() for one in ids.split(",")] if "," in ids else [ids]
    targets = survey.targets
    found = [(name, survey.history(name)) for name in dict.fromkeys(names) if name in targets]
    return [(name, one) for name, one in found if one is not None]


def stored_rows(tables: Rows, name: str, payload: Payload, beginning: str = "") -> Answer:
    """Requested columns of the rows whose time begins with these digits."""
    wanted = requested(payload)
    names = chosen(wanted, KINDS[name])
    index = [key for number, rows in tables for key in _keys(number, rows)]
    kept = [row for row, key in enumerate(index) if key.rpartition("_")[2].startswith(beginning)]
    columns = picked(concatenate([{one: rows[one] for one in names} for _, rows in tables]), kept)
    return selected(columns, [index[row] for row in kept], wanted is None)


def _keys(number: str, rows: Columns) -> list[str]:
    """Keys of the database; the one row of an object has no time in its key."""
    if "r:midpointMjdTai" in rows:
        return keys(number, rows["r:midpointMjdTai"])
    return [f"{salt(number)}_{number}"]
