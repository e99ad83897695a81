"""The endpoint ``tags``: alerts that passed a filter."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from astropy.time import Time
from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from ..data import load
from ..server.arguments import MODIFIED, Payload, day, number
from ..server.pool import Pool
from ..server.response import as_json, plain
from ..server.tables import Columns, picked
from ..sky.targets import Target
from .columns import KINDS, chosen, requested
from .responses import newest_first, selected, send
from .survey import History, Survey

__all__ = ["tag_list", "tags"]

TAGS = load("lsst_filters.json")["tags"]
ADDRESS = "https://api.lsst.fink-portal.org/api/v1/tags"
EARLIEST = "2019-11-01"
DEFAULT_COUNT = 10
BRIGHT, FAINT = 10 ** (0.4 * (31.4 - 20)), 10 ** (0.4 * (31.4 - 24))  # nJy
NEW_DAYS = 5.0


def tag_list(survey: Survey) -> Response:
    """Return names and descriptions of all filters."""
    return as_json(
        {name: {"API support": one["supported"], "description": one["about"]} for name, one in TAGS.items()}
    )


def tags(survey: Survey, payload: Payload) -> Response:
    """Return the newest alerts of a time range that passed a filter."""
    name = payload["tag"]
    if name not in TAGS:
        return plain(_lines(f"There is no tag {name}. The tags are:", str(sorted(TAGS)), f"See {ADDRESS}"))
    if not TAGS[name]["supported"]:
        return plain(_lines(f"The tag {name} is not served here.", f"See {ADDRESS}"))
    start, stop = sorted([_mjd(payload, "startdate", EARLIEST), _mjd(payload, "stopdate", None)])
    count, wanted = _count(payload), requested(payload)
    pool = Pool([_passed(one, name) for one in survey.histories(_may_pass(name)).values()])
    mjd = pool.array("r:midpointMjdTai", float)
    rows = np.flatnonzero((mjd >= start) & (mjd <= stop))
    rows = rows[np.argsort(mjd[rows], kind="stable")]
    rows = rows[max(rows.size - count, 0) :]
    columns = {one: pool.pick(one, rows) for one in chosen(wanted, KINDS["sources"])} if rows.size else {}
    index = [f"{mjd}_{source}" for mjd, source in _pairs(pool, rows)]
    return send(newest_first(selected(columns, index, wanted is None)), payload)


def _pairs(pool: Pool, rows: np.ndarray) -> Iterator[tuple[Any, Any]]:
    return zip(pool.pick("r:midpointMjdTai", rows), pool.pick("r:diaSourceId", rows), strict=True)


def _lines(*lines: str) -> str:
    return "\n" + "".join(f"        {line}\n" for line in lines) + "        "


def _count(payload: Payload) -> int:
    count = number(payload, "n", DEFAULT_COUNT)
    if count != int(count):
        raise InternalServerError
    return max(int(count), 0)


def _mjd(payload: Payload, name: str, default: str | None) -> float:
    """Modified Julian date of a date, by default now; numbers break the server."""
    value = payload.get(name, default)
    if value is None:
        return Time.now().mjd
    if not isinstance(value, str):
        raise InternalServerError
    return day(value) - MODIFIED


def _may_pass(name: str) -> Callable[[Target], bool]:
    """Whether alerts of a target can pass a filter."""
    return lambda target: target.kind in TAGS[name]["kinds"]


def _passed(history: History, name: str) -> Columns:
    """The alerts of an object that passed a filter, without their salt."""
    rows = np.flatnonzero(PASSING[name](history.sources)).tolist()
    return picked(history.sources, rows) | {"r:salt": [None] * len(rows)}


def _known(sources: Columns) -> np.ndarray:
    return np.array([one is not None for one in sources["f:xm_tns_fullname"]])


def _rising(sources: Columns) -> np.ndarray:
    """Mask of the sources brighter than the previous one in the same band."""
    flux, band = np.array(sources["r:psfFlux"]), np.array(sources["r:band"])
    rising = np.full(flux.size, False)
    for one in np.unique(band):
        here = np.flatnonzero(band == one)
        rising[here[1:]] = np.diff(flux[here]) > 0
    return rising


def _age(sources: Columns) -> np.ndarray:
    """Days since the first source."""
    mjd = np.array(sources["r:midpointMjdTai"])
    return mjd - mjd[0]


def _score(sources: Columns, name: str, low: float, high: float = np.inf) -> np.ndarray:
    values = np.array(sources[name], dtype=float)
    return (values >= low) & (values < high)


PASSING: dict[str, Callable[[Columns], np.ndarray]] = {
    "extragalactic_lt20mag_candidate": lambda one: (np.array(one["r:psfFlux"]) > BRIGHT) & _rising(one),
    "extragalactic_new_candidate": lambda one: (np.array(one["r:psfFlux"]) > FAINT) & (_age(one) < NEW_DAYS),
    "hostless_candidate": lambda one: _score(one, "f:clf_elephant_kstest_science", 0, 0.1),
    "in_tns": _known,
    "most_likely_sn": lambda one: _score(one, "f:clf_snnSnVsOthers_score", 0.5),
    "sn_near_galaxy_candidate": lambda one: np.array(one["r:psfFlux"]) > 0,
}
