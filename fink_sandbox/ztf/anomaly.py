"""The endpoint ``anomaly``: the newest alerts with a low anomaly score."""

import numpy as np
from werkzeug.wrappers import Response

from ..server.arguments import Payload, day, number, send
from ..server.pool import Pool
from .columns import chosen, requested
from .newest import DEFAULT_COUNT, newest, start_of
from .survey import Survey

__all__ = ["anomaly"]

ANOMALOUS = -0.05


def anomaly(survey: Survey, payload: Payload) -> Response:
    """Return the newest anomalous alerts; those of the day ``stop_date`` are included."""
    pool = Pool(survey.tables())
    stop = day(payload["stop_date"]) + 1 if "stop_date" in payload else np.inf
    strange = pool.array("d:anomaly_score", float) < ANOMALOUS
    count = int(number(payload, "n", DEFAULT_COUNT))
    rows = newest(pool, strange, start_of(payload, "start_date"), stop, count)
    return send(pool.rows(rows, chosen(requested(payload)), ["i:jd", "i:objectId"]), payload)
