"""The endpoint ``sources``: alerts of objects whose numbers are known."""

from werkzeug.wrappers import Response

from ..server.arguments import Payload
from .responses import newest_first, send
from .stored import histories_of, stored_rows
from .survey import Survey

__all__ = ["sources"]


def sources(survey: Survey, payload: Payload) -> Response:
    """Return the alerts of objects, newest first."""
    rows = [(name, one.sources) for name, one in histories_of(survey, payload["diaObjectId"])]
    return send(newest_first(stored_rows(rows, "sources", payload, _beginning(payload))), payload)


def _beginning(payload: Payload) -> str:
    """First digits of the requested time, without effect beside a list of objects."""
    if "midpointMjdTai" not in payload or "," in payload["diaObjectId"]:
        return ""
    return str(payload["midpointMjdTai"])
