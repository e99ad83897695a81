"""The endpoint ``metadata``: names that people gave to objects."""

from werkzeug.wrappers import Response

from ..server.arguments import Payload, send
from ..server.response import refusal
from ..server.tables import Answer
from ..sky.names import COMMENTS
from .survey import Survey

__all__ = ["metadata"]

ROWS = [
    {
        "i:objectId": one["objectid"],
        "d:comments": one["comments"],
        "d:internal_name": one["internal_name"],
        "d:internal_name_encoded": one["internal_name"].replace(" ", ""),
        "d:username": "simulated",
    }
    for one in COMMENTS
]
FIELDS = {name: f"d:{name}" for name in ("internal_name", "internal_name_encoded")}


def metadata(survey: Survey, payload: Payload) -> Response:
    """Find names by the beginning of an id, or by ``all``, or ids by a name."""
    (name, value), *more = payload.items()
    if more or name not in ("objectId", *FIELDS):
        return refusal(f"one argument, which is `objectId`, {' or '.join(f'`{field}`' for field in FIELDS)}")
    if name == "objectId":
        rows = [row for row in ROWS if value == "all" or row["i:objectId"].startswith(value)]
    else:
        rows = [row for row in ROWS if row[FIELDS[name]] == value]
    columns = {column: [row[column] for row in rows] for column in ROWS[0]} if rows else {}
    return send(Answer(columns, [row["i:objectId"] for row in rows]), {})
