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
from ..sky.sources import flux
from ..sky.targets import Target
from .bodies import bodies, body_sources
from .columns import KINDS, chosen, requested
from .responses import newest_first, selected, send
from .survey import Survey

__all__ = ["tag_list", "tags"]

TAGS = load("lsst_filters.json")["tags"]
ADDRESS = "https://api.lsst.fink-portal.org/api/v1/tags"
EARLIEST = "2019-11-01"
DEFAULT_COUNT = 10
BRIGHT, FAINT = flux(20.0), flux(24.0)
NEW_DAYS = 5.0
TRAIL_BRIGHTEST, TRAIL_FAINTEST = flux(18.0), flux(21.0)
TRAIL = 2.0  # arcsec
FLARE = 0.1  # of the flux in the template
QUIET = 4 / 24, 48 / 24  # days before a flare without another source


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
    pool = Pool([_passed(one, name) for one in _tables(survey, name)])
    mjd = pool.array("r:midpointMjdTai", float)
    rows = np.flatnonzero((mjd >= start) & (mjd <= stop))
    rows = rows[np.argsort(mjd[rows], kind="stable")]
    rows = rows[max(rows.size - count, 0) :]
    columns = {one: pool.pick(one, rows) for one in chosen(wanted, KINDS["sources"])} if rows.size else {}
    index = [f"{mjd}_{number}" for mjd, number in _keys(pool, rows)]
    return send(newest_first(selected(columns, index, wanted is None)), payload)


def _keys(pool: Pool, rows: np.ndarray) -> Iterator[tuple[Any, Any]]:
    """Time and number of the object, which is 0 for all asteroids."""
    return zip(pool.pick("r:midpointMjdTai", rows), pool.pick("r:diaObjectId", rows), strict=True)


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


def _tables(survey: Survey, name: str) -> list[Columns]:
    """Alerts of the objects that a filter can pass, and of asteroids if it does not look at the object."""
    tag = TAGS[name]
    static = [one.sources for one in survey.histories(_may_pass(name)).values()]
    return static + [body_sources(survey.sky, one) for one in bodies() if tag.get("bodies", False)]


def _may_pass(name: str) -> Callable[[Target], bool]:
    """Whether alerts of a target can pass a filter."""
    return lambda target: target.kind in TAGS[name]["kinds"]


def _passed(sources: Columns, name: str) -> Columns:
    """The alerts of an object that passed a filter, without their salt."""
    rows = np.flatnonzero(PASSING[name](sources)).tolist()
    return picked(sources, rows) | {"r:salt": [None] * len(rows)}


def _known(sources: Columns) -> np.ndarray:
    return np.array([one is not None for one in sources["f:xm_tns_fullname"]])


def _rising(sources: Columns) -> np.ndarray:
    """Mask of the sources brighter than the previous one in the same band."""
    light, band = np.array(sources["r:psfFlux"]), np.array(sources["r:band"])
    rising = np.full(light.size, False)
    for one in np.unique(band):
        here = np.flatnonzero(band == one)
        rising[here[1:]] = np.diff(light[here]) > 0
    return rising


def _age(sources: Columns) -> np.ndarray:
    """Days since the first source."""
    mjd = np.array(sources["r:midpointMjdTai"])
    return mjd - mjd[0]


def _score(sources: Columns, name: str, low: float, high: float = np.inf) -> np.ndarray:
    values = np.array(sources[name], dtype=float)
    return (values >= low) & (values < high)


def _trailed(sources: Columns) -> np.ndarray:
    """Mask of well-measured sources with a long trail, neither bright nor very faint."""
    light = np.array(sources["r:psfFlux"])
    spoiled = np.array(sources["r:pixelFlags_cr"]) | np.array(sources["r:pixelFlags"])
    trail = (np.array(sources["r:trailLength"]) > TRAIL) & (np.array(sources["r:trailFlux"]) > 0)
    return (light > TRAIL_FAINTEST) & (light < TRAIL_BRIGHTEST) & trail & ~spoiled


def _flaring(sources: Columns) -> np.ndarray:
    """Mask of the sources in u or g that are bright beside the template, none of them soon after another."""
    band, mjd = np.array(sources["r:band"]), np.array(sources["r:midpointMjdTai"])
    earlier = mjd[:, np.newaxis] - mjd
    soon = ((earlier > QUIET[0]) & (earlier < QUIET[1])).any(axis=1)
    share = np.array(sources["r:psfFlux"]) / np.array(sources["r:templateFlux"])
    return np.isin(band, ["u", "g"]) & (share >= FLARE) & ~soon


PASSING: dict[str, Callable[[Columns], np.ndarray]] = {
    "extragalactic_lt20mag_candidate": lambda one: (np.array(one["r:psfFlux"]) > BRIGHT) & _rising(one),
    "extragalactic_new_candidate": lambda one: (np.array(one["r:psfFlux"]) > FAINT) & (_age(one) < NEW_DAYS),
    "faint_trails": _trailed,
    "hostless_candidate": lambda one: _score(one, "f:clf_elephant_kstest_science", 0, 0.1),
    "in_tns": _known,
    "mdwarf_flare": _flaring,
    "most_likely_sn": lambda one: _score(one, "f:clf_snnSnVsOthers_score", 0.5),
    "sn_near_galaxy_candidate": lambda one: np.array(one["r:psfFlux"]) > 0,
}
