"""The endpoint ``conesearch``: objects around a position, one row per object."""

import numpy as np
from werkzeug.wrappers import Response

from ..server.arguments import Payload, instant, number, send
from ..server.cone import DEFAULT_LIMIT, Cone, requested_cone
from ..server.pool import Pool
from ..server.tables import Answer
from ..sky.pixels import healpix
from .columns import requested
from .pixels import INDEXED, LABELS, NSIDE, OTHERS, newest_of_each, pixel_pool
from .survey import Survey

__all__ = ["conesearch"]

PIXEL_SIZE = 0.9  # degrees, more than the diameter of a pixel
ALWAYS = ["i:ra", "i:dec"]


def conesearch(survey: Survey, payload: Payload) -> Response:
    """
    Search around a position.

    The server sorts the alerts of a HEALPix pixel by the first detection of their object, its id, and time.
    It keeps the first n alerts of each pixel before it looks at distances, so a small n loses the objects
    that were detected last. The newest remaining alert of an object is its row. ``stopdate`` and ``window``
    have an effect only beside ``startdate``.
    """
    cone = requested_cone(payload)
    if isinstance(cone, Response):
        return cone
    if cone.radius < 0:
        return send(Answer({}, []), payload)
    pool = pixel_pool(survey, lambda one: bool(cone.distance(one.ra, one.dec) < cone.radius + PIXEL_SIZE))
    rows = _touched(pool, cone)
    rows = rows[_detected(pool, rows, payload)]
    rows = pool.first_of_each(rows, LABELS[::-1], int(number(payload, "n", DEFAULT_LIMIT)))
    return send(_nearest_first(pool, rows, requested(payload), cone), payload)


def _touched(pool: Pool, cone: Cone) -> np.ndarray:
    """Alerts in the pixels that the circle touches."""
    from astropy import units

    pixels = healpix(NSIDE).cone_search_lonlat(cone.centre.ra, cone.centre.dec, cone.radius * units.deg)
    return np.flatnonzero(np.isin(pool.array("pixel", int), pixels))


def _detected(pool: Pool, rows: np.ndarray, payload: Payload) -> np.ndarray:
    """Mask of the alerts whose object was first detected in the requested time."""
    first = pool.array("i:jdstarthist", float)[rows]
    if "startdate" not in payload:
        return np.full(rows.size, True)
    start, stop = instant(payload["startdate"]), np.inf
    if "stopdate" in payload:
        stop = instant(payload["stopdate"])
    elif "window" in payload:
        stop = start + number(payload, "window")
    return (first >= start) & (first < stop)


def _nearest_first(pool: Pool, rows: np.ndarray, wanted: list[str] | None, cone: Cone) -> Answer:
    names = INDEXED if wanted is None else [name for name in INDEXED + OTHERS if name in wanted + ALWAYS]
    if {"i:objectId", "i:jd"} <= set(names):
        rows = newest_of_each(pool, rows)
    ra, dec = (pool.array(name, float)[rows] for name in ALWAYS)
    distance = cone.distance(ra, dec)
    order = distance.argsort(kind="stable")
    order = order[distance[order] <= cone.radius]
    answer = pool.rows(rows[order], names, LABELS)
    if answer.columns:
        answer.columns["v:separation_degree"] = distance[order].tolist()
    return answer
