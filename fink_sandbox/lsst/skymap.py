"""The endpoint ``skymap``: alerts in the region of a gravitational-wave event."""

import numpy as np
from werkzeug.wrappers import Response

from ..server.arguments import MODIFIED, Payload, number
from ..server.sky_maps import UNKNOWN_EVENT, requested_map
from ..server.tables import Answer
from ..sky.events import RUBIN_EVENTS
from ..sky.regions import inside
from .columns import KINDS, chosen
from .pixels import LABELS, NSIDE, pixel_pool
from .responses import gaps_last, send
from .survey import Survey

__all__ = ["skymap"]


def skymap(survey: Survey, payload: Payload) -> Response:
    """Return all alerts of the region, of any time, sorted by pixel, object and time."""
    level = number(payload, "credible_level")
    content = requested_map(payload, RUBIN_EVENTS)
    if content is None:
        return send(UNKNOWN_EVENT, payload)
    pool = pixel_pool(survey)
    in_region, event = inside(content, NSIDE, pool.array("f:pixel1024", int), level)
    rows = np.flatnonzero(in_region)
    rows = rows[np.lexsort([pool.array(name, float)[rows] for name in reversed(LABELS)])]
    answer = pool.rows(rows, chosen(None, KINDS["pixels"]), LABELS)
    if answer.columns:
        times = {"v:startgwMjdTai": [event - MODIFIED] * rows.size}
        answer = Answer(gaps_last(answer.columns) | times, answer.index)
    return send(answer, payload)
