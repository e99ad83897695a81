"""The endpoint ``skymap``: alerts inside the region of a gravitational-wave event."""

import io

import numpy as np
from astropy import units
from astropy.io import fits
from astropy.time import Time
from werkzeug.exceptions import InternalServerError

from ..server.arguments import number, send
from ..server.request import unzipped
from ..server.tables import Answer
from ..sky.events import EVENTS, event_map
from ..sky.pixels import (
    INDEXED,
    LABELS,
    grid,
    newest_of_each,
    pixel_pool,
)

__all__ = ["chosen_map", "inside", "skymap"]

DEEPEST = 29  # order of the finest pixels there can be
BEFORE, AFTER = 1.0, 6.0  # days


def skymap(sky, payload):
    """
    Answer a question about an event: objects first detected in its days, one row each.

    The days run from ``n_day_before`` before the event to ``n_day_after`` after that (not after the event).

    Parameters
    ----------
    sky : `~fink_sandbox.Sky`
    payload : dict
        The arguments of the request.

    Returns
    -------
    `werkzeug.wrappers.Response`
    """
    level = number(payload, "credible_level")
    before, after = number(payload, "n_day_before", BEFORE), number(payload, "n_day_after", AFTER)
    content = chosen_map(payload)
    if content is None:
        return send(Answer({"status": ["there is no such event"]}, [0]), payload)
    pool = pixel_pool(sky)
    pixel = pool.array("pixel", int)
    in_region, event = inside(content, grid(), pixel, level)
    first, jd = pool.array("i:jdstarthist", float), pool.array("i:jd", float)
    days = (first >= event - before) & (first < event - before + after)
    rows = newest_of_each(pool, np.flatnonzero(in_region & days))
    rows = rows[jd[rows] - first[rows] <= after]
    answer = pool.rows(rows[np.argsort(-jd[rows], kind="stable")], INDEXED, LABELS)
    if answer.columns:
        answer.columns["v:jdstartgw"] = [event] * rows.size
    return send(answer, payload)


def chosen_map(payload, events=EVENTS):
    """The map of the region in a request, None for an event that is none of those that are known."""
    if "bayestar" in payload:
        return unzipped(_bytes(payload["bayestar"]))
    if "event_name" not in payload:
        raise InternalServerError
    if payload["event_name"] not in events:
        return None
    return unzipped(event_map(payload["event_name"]))


def inside(content, pixels, chosen, level):
    """
    Which pixels lie in a credible region.

    Parameters
    ----------
    content : bytes
        A FITS file with the map.
    pixels : `~astropy_healpix.HEALPix`
        The pixels that alerts are kept by.
    chosen : array of int
        Some of them.
    level : float

    Returns
    -------
    array of bool, float
        For every chosen pixel, and the time of the event, days.
    """
    with fits.open(io.BytesIO(content)) as hdus:
        data, header = hdus[1].data, hdus[1].header
        starts, levels = _many_orders(data) if "UNIQ" in data.names else _flat(data, header["ORDERING"])
    finest = type(pixels)(nside=2**DEEPEST, order="nested")
    middle = finest.lonlat_to_healpix(*pixels.healpix_to_lonlat(chosen))
    order = np.argsort(starts)
    found = levels[order][np.searchsorted(starts[order], middle, side="right") - 1]
    return found <= level, Time(header["DATE-OBS"]).jd


def _bytes(text):
    """Bytes that Python printed, read back without Python's parser; other text breaks the server."""
    if not isinstance(text, str) or text[:2] not in ("b'", 'b"') or text[-1:] != text[1]:
        raise InternalServerError
    try:
        return text[2:-1].encode("latin-1").decode("unicode_escape").encode("latin-1")
    except ValueError as unreadable:
        raise InternalServerError from unreadable


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
