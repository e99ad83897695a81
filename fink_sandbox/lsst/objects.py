"""The endpoint ``objects``: one row per object whose number is known."""

from werkzeug.wrappers import Response

from ..server.arguments import Payload
from .responses import send
from .stored import histories_of, stored_rows
from .survey import Survey

__all__ = ["objects"]


def objects(survey: Survey, payload: Payload) -> Response:
    """Return one row per object, in the order of the numbers in the request."""
    rows = [(name, one.summary) for name, one in histories_of(survey, payload["diaObjectId"])]
    return send(stored_rows(rows, "objects", payload), payload)
