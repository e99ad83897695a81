"""The endpoint ``conesearch``: objects around a position, one row per object."""

import numpy as np
from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from ..server.arguments import Payload, modified, number
from ..server.cone import DEFAULT_LIMIT, requested_cone
from ..server.pool import Pool
from ..server.response import refusal
from ..server.tables import Answer
from .columns import KINDS, chosen, requested
from .pixels import LABELS, pixel_pool
from .responses import gaps_last, send
from .survey import Survey

__all__ = ["conesearch"]

ALWAYS = ["r:ra", "r:dec", "r:midpointMjdTai"]
FIRST = "f:firstDiaSourceMjdTaiFink"
WITHIN, ACROSS = "within", "across"  # a value that is neither counts as the first
PIXEL_SIZE = 0.2  # degrees, more than the diameter of a pixel


def conesearch(survey: Survey, payload: Payload, heeds_kind: bool) -> Response:
    """
    Search around a position.

    The server keeps the first n alerts of each HEALPix pixel. The newest remaining alert of an object is its
    row if its number is among the columns. Dates are compared with the times of the alerts although these
    are TAI, 37 seconds ahead. Older versions do not heed ``kind``.
    """
    payload = payload if heeds_kind else payload | {"kind": WITHIN}
    cone = requested_cone(payload)
    if isinstance(cone, Response):
        return cone
    limit, wanted = int(number(payload, "n", DEFAULT_LIMIT)), requested(payload)
    if not {"startdate", "stopdate"}.isdisjoint(payload) and wanted is not None and FIRST not in wanted:
        return refusal(f"Dates need {FIRST} among the columns.")
    if cone.radius <= 0 or limit <= 0:
        return send(Answer({}, []), payload)
    pool = pixel_pool(survey, lambda one: bool(cone.distance(one.ra, one.dec) < cone.radius + PIXEL_SIZE))
    ra, dec = (pool.array(name, float) for name in ("r:ra", "r:dec"))
    distance = cone.distance(ra, dec)
    rows = _first_of_each_pixel(pool, distance <= cone.radius, limit)
    rows = rows[distance[rows] <= cone.radius]
    return send(_nearest_first(pool, rows, _names(wanted), distance, payload), payload)


def _names(wanted: list[str] | None) -> list[str]:
    """Requested columns and three more whose names are not in the text of the request."""
    if wanted is None:
        return chosen(None, KINDS["pixels"])
    text = ",".join(wanted)
    return chosen(wanted + [name for name in ALWAYS if name not in text], KINDS["pixels"])


def _first_of_each_pixel(pool: Pool, inside: np.ndarray, limit: int) -> np.ndarray:
    """First alerts of the pixels that have an alert inside the circle."""
    pixel = pool.array("f:pixel1024", int)
    rows = np.flatnonzero(np.isin(pixel, pixel[inside]))
    names = ["r:midpointMjdTai", "r:diaObjectId", FIRST, "f:pixel1024"]
    return pool.first_of_each(rows, names, limit, float)


def _nearest_first(
    pool: Pool, rows: np.ndarray, names: list[str], distance: np.ndarray, payload: Payload
) -> Answer:
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


def _in_time(pool: Pool, rows: np.ndarray, payload: Payload) -> np.ndarray:
    """Mask of objects that varied only between the dates, or, if `kind` is ``across``, at least once."""
    first, last = (pool.array(name, float)[rows] for name in (FIRST, "r:midpointMjdTai"))
    start = modified(payload["startdate"]) if "startdate" in payload else -np.inf
    stop = modified(payload["stopdate"]) if "stopdate" in payload else np.inf
    if "startdate" in payload and "window" in payload:
        stop = min(stop, start + number(payload, "window"))
    if payload.get("kind") == ACROSS:
        return (last >= start) & (first <= stop)
    return (first >= start) & (last <= stop)
