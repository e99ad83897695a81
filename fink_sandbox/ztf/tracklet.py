"""The endpoint ``tracklet``: satellites and space debris."""

import numpy as np
from werkzeug.wrappers import Response

from ..server.arguments import Payload, send
from ..server.pool import Pool
from ..server.response import refusal
from .columns import chosen, requested
from .newest import newest
from .survey import Survey

__all__ = ["tracklet"]


def tracklet(survey: Survey, payload: Payload) -> Response:
    """Return the alerts of the tracks whose names begin with an id or with a date."""
    if "id" in payload:
        beginning = payload["id"]
    elif "date" in payload:
        digits = payload["date"].replace("-", "").replace(":", "").replace(" ", "_")
        beginning = f"TRCK_{digits}"
    else:
        return refusal("`date` must be given, as YYYY-MM-DD hh:mm:ss or the beginning of it, or `id`")
    pool = Pool(survey.tables(lambda target: False))
    names = pool.values("d:tracklet")
    found = np.array([name.startswith(beginning) and name != "" for name in names])
    rows = newest(pool, found, -np.inf, np.inf, len(names))
    return send(pool.rows(rows, chosen(requested(payload)), ["d:tracklet", "i:objectId"]), payload)
