"""The endpoint ``skymap``: alerts inside the region of a gravitational-wave event."""

import numpy as np

from ..server.arguments import MODIFIED, number
from ..server.tables import Answer
from ..sky.events import RUBIN_EVENTS
from ..ztf.skymap import chosen_map, inside
from .columns import EVERYWHERE, KINDS, chosen
from .pixels import LABELS, grid, pixel_pool
from .responses import gaps_last, send

__all__ = ["skymap"]


def skymap(survey, payload):
    """
    Answer a question about an event: all alerts of its region, of any time, not grouped, in no order of time.

    Parameters
    ----------
    survey : `~fink_sandbox.lsst.survey.Survey`
    payload : dict
        The arguments of the request.

    Returns
    -------
    `werkzeug.wrappers.Response`
    """
    level = number(payload, "credible_level")
    content = chosen_map(payload, RUBIN_EVENTS)
    if content is None:
        return send(Answer({"status": ["there is no such event"]}, [0]), payload)
    pool = pixel_pool(survey)
    in_region, event = inside(content, grid(), pool.array("f:pixel1024", int), level)
    rows = np.flatnonzero(in_region)
    rows = rows[np.lexsort([pool.array(name, float)[rows] for name in reversed(LABELS)])]
    answer = pool.rows(rows, chosen(EVERYWHERE, KINDS["pixels"]), LABELS)
    if answer.columns:
        times = {"v:startgwMjdTai": [event - MODIFIED] * rows.size}
        answer = Answer(gaps_last(answer.columns) | times, answer.index)
    return send(answer, payload)
