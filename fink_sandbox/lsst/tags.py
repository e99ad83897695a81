"""The endpoints ``tags``, alerts that passed a filter, and ``blocks``, of which filters are made."""

import numpy as np
from astropy.time import Time
from werkzeug.exceptions import InternalServerError

from ..data import load
from ..server.arguments import MODIFIED, day, number
from ..server.pool import Pool
from ..server.response import plain
from ..server.service import as_json
from .columns import (
    EVERYWHERE,
    KINDS,
    asked,
    chosen,
)
from .responses import newest_first, selected, send

__all__ = ["blocks", "tag_list", "tags"]

TAGS = load("lsst_filters.json")["tags"]
BLOCKS = load("lsst_filters.json")["blocks"]
ADDRESS = "https://api.lsst.fink-portal.org/api/v1/tags"
EARLIEST = "2019-11-01"
DEFAULT_COUNT = 10
BRIGHT, FAINT = 10 ** (0.4 * (31.4 - 20)), 10 ** (0.4 * (31.4 - 24))  # nJy
NEW_DAYS = 5.0


def tag_list(survey):
    """What filters there are."""
    return as_json(
        {name: {"API support": one["supported"], "description": one["about"]} for name, one in TAGS.items()}
    )


def blocks(survey):
    """What filters are made of."""
    return as_json(BLOCKS)


def tags(survey, payload):
    """
    Answer a question about a filter: the n newest alerts of a span of time, not grouped by object.

    Parameters
    ----------
    survey : `~fink_sandbox.lsst.survey.Survey`
    payload : dict
        The arguments of the request.

    Returns
    -------
    `werkzeug.wrappers.Response`
    """
    name = payload["tag"]
    if name not in TAGS:
        return plain(_lines(f"There is no tag {name}. The tags are:", str(sorted(TAGS)), f"See {ADDRESS}"))
    if not TAGS[name]["supported"]:
        return plain(_lines(f"The tag {name} is not served here.", f"See {ADDRESS}"))
    start, stop = sorted([_mjd(payload, "startdate", EARLIEST), _mjd(payload, "stopdate", None)])
    count, wanted = _count(payload), asked(payload)
    pool = Pool([_passed(one, name) for one in survey.histories(_may_pass(name)).values()])
    mjd = pool.array("r:midpointMjdTai", float)
    rows = np.flatnonzero((mjd >= start) & (mjd <= stop))
    rows = rows[np.argsort(mjd[rows], kind="stable")]
    rows = rows[max(rows.size - count, 0) :]
    columns = {one: pool.pick(one, rows) for one in chosen(wanted, KINDS["sources"])} if rows.size else {}
    index = [f"{one}_{number_}" for one, number_ in _pairs(pool, rows)]
    return send(newest_first(selected(columns, index, wanted is EVERYWHERE)), payload)


def _pairs(pool, rows):
    return zip(pool.pick("r:midpointMjdTai", rows), pool.pick("r:diaSourceId", rows), strict=True)


def _lines(*lines):
    return "\n" + "".join(f"        {line}\n" for line in lines) + "        "


def _count(payload):
    count = number(payload, "n", DEFAULT_COUNT)
    if count != int(count):
        raise InternalServerError
    return max(int(count), 0)


def _mjd(payload, name, default):
    """Only dates as text are understood; numbers break the server."""
    value = payload.get(name, default)
    if value is None:
        return Time.now().mjd
    if not isinstance(value, str):
        raise InternalServerError
    return day(value) - MODIFIED


def _may_pass(name):
    """By tag, of which kinds of object its alerts are."""
    return lambda target: target.kind in TAGS[name]["kinds"]


def _passed(history, name):
    """The alerts of an object that passed a filter; the first part of the key is not kept."""
    rows = np.flatnonzero(PASSING[name](history.sources)).tolist()
    columns = {one: [cells[row] for row in rows] for one, cells in history.sources.items()}
    return columns | {"r:salt": [None] * len(rows)}


def _known(sources):
    return np.array([one is not None for one in sources["f:xm_tns_fullname"]])


def _rising(sources):
    """Brighter than the source before it of the same band."""
    flux, band = np.array(sources["r:psfFlux"]), np.array(sources["r:band"])
    rising = np.full(flux.size, False)
    for one in np.unique(band):
        here = np.flatnonzero(band == one)
        rising[here[1:]] = np.diff(flux[here]) > 0
    return rising


def _age(sources):
    mjd = np.array(sources["r:midpointMjdTai"])
    return mjd - mjd[0]


def _score(sources, name, low, high=np.inf):
    values = np.array(sources[name], dtype=float)
    return (values >= low) & (values < high)


PASSING = {
    "extragalactic_lt20mag_candidate": lambda one: (np.array(one["r:psfFlux"]) > BRIGHT) & _rising(one),
    "extragalactic_new_candidate": lambda one: (np.array(one["r:psfFlux"]) > FAINT) & (_age(one) < NEW_DAYS),
    "hostless_candidate": lambda one: _score(one, "f:clf_elephant_kstest_science", 0, 0.1),
    "in_tns": _known,
    "most_likely_sn": lambda one: _score(one, "f:clf_snnSnVsOthers_score", 0.5),
    "sn_near_galaxy_candidate": lambda one: np.array(one["r:psfFlux"]) > 0,
}
