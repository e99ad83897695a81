"""The endpoint ``skymap``: alerts in the region of a gravitational-wave event."""

import numpy as np
from werkzeug.wrappers import Response

from ..server.arguments import Payload, number, send
from ..server.sky_maps import UNKNOWN_EVENT, requested_map
from ..sky.events import EVENTS
from ..sky.regions import inside
from .pixels import INDEXED, LABELS, NSIDE, newest_of_each, pixel_pool
from .survey import Survey

__all__ = ["skymap"]

BEFORE, AFTER = 1.0, 6.0  # days


def skymap(survey: Survey, payload: Payload) -> Response:
    """
    Return the objects in the region first detected near the event, one row each.

    The days run from ``n_day_before`` before the event to ``n_day_after`` after that, not after the event.
    """
    level = number(payload, "credible_level")
    before, after = number(payload, "n_day_before", BEFORE), number(payload, "n_day_after", AFTER)
    content = requested_map(payload, EVENTS)
    if content is None:
        return send(UNKNOWN_EVENT, payload)
    pool = pixel_pool(survey)
    in_region, event = inside(content, NSIDE, pool.array("pixel", int), level)
    first, jd = pool.array("i:jdstarthist", float), pool.array("i:jd", float)
    days = (first >= event - before) & (first < event - before + after)
    rows = newest_of_each(pool, np.flatnonzero(in_region & days))
    rows = rows[jd[rows] - first[rows] <= after]
    answer = pool.rows(rows[np.argsort(-jd[rows], kind="stable")], INDEXED, LABELS)
    if answer.columns:
        answer.columns["v:jdstartgw"] = [event] * rows.size
    return send(answer, payload)
