"""The endpoint ``skymap``: alerts inside the region of a gravitational-wave event."""

import ast
import gzip
import io

import numpy as np
from astropy import units
from astropy.io import fits
from astropy.time import Time
from werkzeug.exceptions import InternalServerError

from .arguments import number, send
from .crowds import NSIDE
from .events import EVENTS, event_map
from .pixels import INDEXED, LABELS, grid, newest_of_each, pixel_pool
from .tables import Answer

__all__ = ["skymap"]

DEEPEST = 29  # order of the finest pixels there can be
BEFORE, AFTER = 1.0, 6.0  # days


def skymap(sky, payload):
    """
    Answer a question about an event: objects first detected in its days, one row each.

    The days run from ``n_day_before`` before the event to ``n_day_after`` after that (not after the event).

    Parameters
    ----------
    sky : `~astroquery_fink.sandbox.Sky`
    payload : dict
        The arguments of the request.

    Returns
    -------
    `werkzeug.wrappers.Response`
    """
    level = number(payload, "credible_level")
    before, after = number(payload, "n_day_before", BEFORE), number(payload, "n_day_after", AFTER)
    if "bayestar" in payload:
        content = _bytes(payload["bayestar"])
    elif payload.get("event_name") in EVENTS:
        content = gzip.decompress(event_map(payload["event_name"]))
    elif "event_name" not in payload:
        raise InternalServerError
    else:
        return send(Answer({"status": ["there is no such event"]}, [0]), payload)
    levels, event = _read(content)
    pool = pixel_pool(sky)
    first, jd = pool.array("i:jdstarthist", float), pool.array("i:jd", float)
    inside = np.flatnonzero(levels <= level)
    days = (first >= event - before) & (first < event - before + after)
    rows = newest_of_each(pool, np.flatnonzero(np.isin(pool.array("pixel", int), inside) & days))
    rows = rows[jd[rows] - first[rows] <= after]
    answer = pool.rows(rows[np.argsort(-jd[rows], kind="stable")], INDEXED, LABELS)
    if answer.columns:
        answer.columns["v:jdstartgw"] = [event] * rows.size
    return send(answer, payload)


def _bytes(text):
    """What Python printed, read back; a map that cannot be read breaks the server."""
    try:
        return gzip.decompress(ast.literal_eval(text))
    except (ValueError, SyntaxError, TypeError, OSError, EOFError) as unreadable:
        raise InternalServerError from unreadable


def _read(content):
    """Credible level of every pixel in which alerts are kept, and the time of the event."""
    with fits.open(io.BytesIO(content)) as hdus:
        data, header = hdus[1].data, hdus[1].header
        starts, levels = _many_orders(data) if "UNIQ" in data.names else _flat(data, header["ORDERING"])
    pixels = grid()
    finest = type(pixels)(nside=2**DEEPEST, order="nested")
    middle = finest.lonlat_to_healpix(*pixels.healpix_to_lonlat(np.arange(12 * NSIDE**2)))
    order = np.argsort(starts)
    return levels[order][np.searchsorted(starts[order], middle, side="right") - 1], Time(
        header["DATE-OBS"]
    ).jd


def _flat(data, ordering):
    """First of the finest pixels inside every pixel of the map, and its credible level."""
    from astropy_healpix import HEALPix

    chance = np.asarray(data["PROB"], dtype=float).ravel()
    nside = int(np.sqrt(chance.size / 12))
    pixel = np.arange(chance.size)
    nested = pixel if ordering.upper().startswith("NEST") else HEALPix(nside=nside).ring_to_nested(pixel)
    return nested << 2 * (DEEPEST - nside.bit_length() + 1), _credible(chance, chance)


def _many_orders(data):
    from astropy_healpix import uniq_to_level_ipix

    order, pixel = uniq_to_level_ipix(data["UNIQ"].astype(np.int64))
    density = np.asarray(data["PROBDENSITY"], dtype=float)
    area = (4 * np.pi * units.sr).value / (12 * 4.0**order)
    return pixel << 2 * (DEEPEST - order), _credible(density, density * area)


def _credible(density, chance):
    """How much of the chance lies where the density is as high or higher."""
    order = np.argsort(-density, kind="stable")
    levels = np.empty(chance.size)
    levels[order] = np.cumsum(chance[order])
    return levels
