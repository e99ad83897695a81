"""The endpoint ``conesearch``: objects around a place, one row an object."""

import numpy as np
from werkzeug.exceptions import InternalServerError

from ..server.arguments import MODIFIED, instant, number
from ..server.response import refusal
from ..server.tables import Answer
from ..sky.pixels import separation
from ..ztf.conesearch import DEFAULT_LIMIT, cone
from .columns import (
    EVERYWHERE,
    KINDS,
    asked,
    chosen,
)
from .pixels import LABELS, pixel_pool
from .responses import gaps_last, send

__all__ = ["conesearch"]

ALWAYS = ["r:ra", "r:dec", "r:midpointMjdTai"]
FIRST = "f:firstDiaSourceMjdTaiFink"
PIXEL_SIZE = 0.2  # degrees, more than the diameter of a pixel


def conesearch(survey, payload):
    """
    Answer a question about a place of the sky.

    Alerts are kept by HEALPix pixel; ``n`` cuts every pixel after its first n alerts. The newest of the
    remaining alerts of an object stands for it, if its number is among the columns. Dates are compared with
    the clock of the alerts without a thought of the 37 seconds between them.

    Parameters
    ----------
    survey : `~fink_sandbox.lsst.survey.Survey`
    payload : dict
        The arguments of the request.

    Returns
    -------
    `werkzeug.wrappers.Response`
    """
    centre, radius, refused = cone(payload)
    if refused:
        return refused
    limit, wanted = int(number(payload, "n", DEFAULT_LIMIT)), asked(payload)
    if not {"startdate", "stopdate"}.isdisjoint(payload) and wanted is not EVERYWHERE and FIRST not in wanted:
        return refusal(f"Dates need {FIRST} among the columns.")
    if radius <= 0 or limit <= 0:
        return send(Answer({}, []), payload)
    pool = pixel_pool(survey, lambda one: _distance(centre, one.ra, one.dec) < radius + PIXEL_SIZE)
    distance = _distance(centre, *(pool.array(name, float) for name in ("r:ra", "r:dec")))
    rows = _first_of_each_pixel(pool, distance <= radius, limit)
    rows = rows[distance[rows] <= radius]
    return send(_nearest_first(pool, rows, _names(wanted), distance, payload), payload)


def _names(wanted):
    """The three columns that always come are added, unless a wanted name only looks like one of them."""
    if wanted is EVERYWHERE:
        return chosen(EVERYWHERE, KINDS["pixels"])
    text = ",".join(wanted)
    return chosen(wanted + [name for name in ALWAYS if name not in text], KINDS["pixels"])


def _distance(centre, ra, dec):
    return separation(centre.ra.deg, centre.dec.deg, ra, dec)


def _first_of_each_pixel(pool, inside, limit):
    """Of the pixels with an alert inside the circle; the others would add nothing."""
    pixel = pool.array("f:pixel1024", int)
    rows = np.flatnonzero(np.isin(pixel, pixel[inside]))
    names = ["r:midpointMjdTai", "r:diaObjectId", FIRST, "f:pixel1024"]
    rows = rows[np.lexsort([pool.array(name, float)[rows] for name in names])]
    pixel = pixel[rows]
    return rows[np.arange(rows.size) - np.searchsorted(pixel, pixel) < limit]


def _nearest_first(pool, rows, names, distance, payload):
    if not rows.size or not names:
        return Answer({}, [])
    if not set(ALWAYS) <= set(names):
        raise InternalServerError
    if "r:diaObjectId" in names:
        rows = pool.newest_of_each(rows, "r:diaObjectId", "r:midpointMjdTai")
    rows = rows[distance[rows].argsort(kind="stable")]
    kept = rows[_in_time(pool, rows, payload)]
    known = gaps_last(pool.rows(rows, names, LABELS).columns)
    columns = {name: pool.pick(name, kept) for name in known}
    columns["v:separation_degree"] = distance[kept].tolist()
    return Answer(columns, pool.rows(kept, names, LABELS).index)


def _in_time(pool, rows, payload):
    """Objects first detected after the one date, whose newest alert is of before the other."""
    first, last = (pool.array(name, float)[rows] for name in (FIRST, "r:midpointMjdTai"))
    start = instant(payload["startdate"]) - MODIFIED if "startdate" in payload else -np.inf
    stop = instant(payload["stopdate"]) - MODIFIED if "stopdate" in payload else np.inf
    if "startdate" in payload and "window" in payload:
        stop = min(stop, start + number(payload, "window"))
    return (first >= start) & (last <= stop)
