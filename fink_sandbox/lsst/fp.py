"""The endpoint ``fp``: forced photometry of objects whose numbers are known."""

from werkzeug.wrappers import Response

from ..server.arguments import Payload
from .responses import newest_first, send
from .stored import histories_of, stored_rows
from .survey import Survey

__all__ = ["forced"]


def forced(survey: Survey, payload: Payload) -> Response:
    """Return the forced photometry of objects, newest first."""
    rows = [(name, one.forced) for name, one in histories_of(survey, payload["diaObjectId"])]
    return send(newest_first(stored_rows(rows, "fp", payload)), payload)
