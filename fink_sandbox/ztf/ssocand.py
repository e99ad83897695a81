"""The endpoint ``ssocand``: candidates for new asteroids, as orbits or as light curves."""

from typing import Any

import numpy as np
from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from ..server.arguments import Payload, day, number, send
from ..server.pool import Pool
from ..server.tables import Answer
from ..sky.moving_objects import Body, candidates
from .survey import Survey

__all__ = ["ssocand"]

DEFAULT_COUNT = 10000
ELEMENTS = {"a": 0.002, "e": 0.001, "i": 0.01, "long_node": 0.05, "arg_peric": 0.2, "mean_anomaly": 0.2}
CURVE = ["objectId", "candid", "ra", "dec", "jd", "magpsf", "fid", "nid"]
BEFORE_FINK = 2458788.5  # 2019-11-01


def ssocand(survey: Survey, payload: Payload) -> Response:
    """Return orbits or light curves of candidates."""
    if payload["kind"] not in KINDS:
        raise InternalServerError
    trajectory = str(payload["ssoCandId"]) if "ssoCandId" in payload else None
    return send(KINDS[payload["kind"]](survey, payload, trajectory), payload)


def _orbits(survey: Survey, payload: Payload, trajectory: str | None) -> Answer:
    """Orbits of the trajectories whose names begin with this one."""
    rows = [_orbit(body) for body in candidates() if body.name.startswith(trajectory or "")]
    columns = {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}
    return Answer(columns, [f"cand_{row['d:ssoCandId']}" for row in rows])


def _orbit(body: Body) -> dict[str, Any]:
    orbit = body.orbit
    values = [orbit.a, orbit.e, orbit.i, orbit.node, orbit.peri, orbit.anomaly]
    elements = {f"d:{name}": value for name, value in zip(ELEMENTS, values, strict=True)}
    errors = {f"d:rms_{name}": error for name, error in ELEMENTS.items()}
    return (
        {"d:ssoCandId": body.name, "d:ref_epoch": orbit.epoch} | elements | errors | {"d:chi_reduced": 1.07}
    )


def _light_curves(survey: Survey, payload: Payload, trajectory: str | None) -> Answer:
    """Alerts of a trajectory before the stop date, oldest first."""
    start = day(payload["start_date"]) if "start_date" in payload else BEFORE_FINK
    stop = day(payload["stop_date"]) if "stop_date" in payload else np.inf
    names = {body.letters: body.name for body in candidates()}
    pool = Pool(survey.tables(lambda target: False))
    tracks = np.array([names.get(objectid[5:9], "") for objectid in pool.values("i:objectId")])
    jd = pool.array("i:jd", float)
    chosen = (tracks != "") if trajectory is None else (tracks == trajectory)
    rows = np.flatnonzero(chosen & (jd >= start) & (jd < stop))
    rows = rows[np.argsort(jd[rows], kind="stable")][: int(number(payload, "maxnumber", DEFAULT_COUNT))]
    found = pool.rows(rows, [f"i:{name}" for name in CURVE], ["i:jd", "i:objectId"])
    columns = {name.replace("i:", "d:"): values for name, values in found.columns.items()}
    return Answer(columns | ({"d:ssoCandId": tracks[rows].tolist()} if columns else {}), found.index)


KINDS = {"orbParams": _orbits, "lightcurves": _light_curves}
