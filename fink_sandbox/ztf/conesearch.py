"""The endpoint ``conesearch``: objects around a place, one row an object."""

import numpy as np
from astropy.coordinates import SkyCoord

from ..server.arguments import (
    asked_columns,
    instant,
    number,
    send,
)
from ..server.response import refusal
from ..server.tables import Answer
from ..sky.pixels import (
    INDEXED,
    LABELS,
    OTHERS,
    grid,
    newest_of_each,
    pixel_pool,
    separation,
)

__all__ = ["DEFAULT_LIMIT", "cone", "conesearch", "place"]

LARGEST_RADIUS = 18000.0  # arcsec
DEFAULT_LIMIT = 1000
PIXEL_SIZE = 0.9  # degrees, more than the diameter of a pixel
ALWAYS = ["i:ra", "i:dec"]


def conesearch(sky, payload):
    """
    Answer a question about a place of the sky.

    As on the server, alerts are kept by HEALPix pixel and, inside one, in the order of the first detection
    of their object, of its id, and of time. ``n`` cuts every pixel after its first n alerts, before any
    distance is looked at: a small n loses the objects that were detected last. The newest of the remaining
    alerts of an object then stands for it. ``stopdate`` and ``window`` are heeded beside ``startdate`` only.

    Parameters
    ----------
    sky : `~fink_sandbox.Sky`
    payload : dict
        The arguments of the request.

    Returns
    -------
    `werkzeug.wrappers.Response`
    """
    centre, radius, refused = cone(payload)
    if refused:
        return refused
    if radius < 0:
        return send(Answer({}, []), payload)
    pool = pixel_pool(sky, lambda one: _distance(centre, one.ra, one.dec) < radius + PIXEL_SIZE)
    rows = _reached(pool, centre, radius)
    rows = _first_of_each_pixel(
        pool, rows[_detected(pool, rows, payload)], int(number(payload, "n", DEFAULT_LIMIT))
    )
    return send(_nearest_first(pool, rows, asked_columns(payload), centre, radius), payload)


def cone(payload):
    """
    What a question about a place of the sky means.

    Parameters
    ----------
    payload : dict
        The arguments of the request.

    Returns
    -------
    centre : `~astropy.coordinates.SkyCoord`, or None
    radius : float
        Degrees.
    refused : `werkzeug.wrappers.Response`, or None
        What is said to arguments that mean nothing.
    """
    radius = number(payload, "radius") / 3600
    if radius > LARGEST_RADIUS / 3600:
        return None, radius, refusal("`radius` is at most 18,000 arcseconds (5 degrees).")
    try:
        return place(payload["ra"], payload["dec"]), radius, None
    except ValueError as unreadable:
        return None, radius, refusal(unreadable)


def place(ra, dec):
    """A place in degrees, or hours and degrees where the right ascension looks like it."""
    if "h" in str(ra):
        return SkyCoord(ra, dec, frame="icrs")
    sexagesimal = ":" in str(ra) or " " in str(ra)
    return SkyCoord(ra, dec, frame="icrs", unit=("hourangle", "deg") if sexagesimal else "deg")


def _distance(centre, ra, dec):
    return separation(centre.ra.deg, centre.dec.deg, ra, dec)


def _reached(pool, centre, radius):
    """Alerts in the pixels that the circle touches."""
    from astropy import units

    pixels = grid().cone_search_lonlat(centre.ra, centre.dec, radius * units.deg)
    return np.flatnonzero(np.isin(pool.array("pixel", int), pixels))


def _detected(pool, rows, payload):
    """Which of the alerts are of objects that were first detected in the time that is asked for."""
    first = pool.array("i:jdstarthist", float)[rows]
    if "startdate" not in payload:
        return np.full(rows.size, True)
    start, stop = instant(payload["startdate"]), np.inf
    if "stopdate" in payload:
        stop = instant(payload["stopdate"])
    elif "window" in payload:
        stop = start + number(payload, "window")
    return (first >= start) & (first < stop)


def _first_of_each_pixel(pool, rows, n):
    keys = ["i:jd", "i:objectId", "i:jdstarthist", "pixel"]
    rows = rows[np.lexsort([pool.array(name)[rows] for name in keys])]
    pixel = pool.array("pixel", int)[rows]
    return rows[np.arange(rows.size) - np.searchsorted(pixel, pixel) < n]


def _nearest_first(pool, rows, wanted, centre, radius):
    names = INDEXED if wanted is None else [name for name in INDEXED + OTHERS if name in wanted + ALWAYS]
    if {"i:objectId", "i:jd"} <= set(names):
        rows = newest_of_each(pool, rows)
    distance = _distance(centre, *(pool.array(name, float)[rows] for name in ALWAYS))
    order = distance.argsort(kind="stable")
    order = order[distance[order] <= radius]
    answer = pool.rows(rows[order], names, LABELS)
    if answer.columns:
        answer.columns["v:separation_degree"] = distance[order].tolist()
    return answer
