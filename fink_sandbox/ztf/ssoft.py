"""The endpoint ``ssoft``: phase curves of all known Solar System objects."""

import json
import re
from typing import Any

import numpy as np
from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from ..data import load
from ..server.arguments import Payload, number, send
from ..server.response import refusal
from ..server.tables import Answer, Columns
from ..sky.chance import draw, generator
from ..sky.miriade import miriade
from ..sky.moving_objects import Body, asteroids
from ..sky.orbits import COLOURS
from .alerts import FILTERS
from .survey import Survey

__all__ = ["ssoft"]

PLAN = load("ztf_ssoft.json")
COMMON = PLAN["columns"]["common"]
FLAVORS = {name: COMMON | columns for name, columns in PLAN["columns"].items() if name != "common"}
DEFAULT = "SHG1G2"
OLDEST, NEWEST = "2023.07", "2026.03"


def ssoft(survey: Survey, payload: Payload) -> Response:
    """Return the table of a version; the whole table is Parquet by default."""
    flavor, version = payload.get("flavor", DEFAULT), payload.get("version", NEWEST)
    if flavor not in FLAVORS:
        return refusal(f"`flavor` is one of {', '.join(FLAVORS)}.")
    if payload.get("schema", False):
        return Response(json.dumps(FLAVORS[flavor]), content_type="application/json")
    if not re.fullmatch(r"\d{4}\.\d{2}", version):
        return refusal("`version` is a year and a month, YYYY.MM.")
    if version < OLDEST:
        return refusal(f"`version` is {OLDEST} at the earliest.")
    if version > NEWEST:
        raise InternalServerError
    whole = not {"sso_name", "sso_number"} & payload.keys()
    rows = [_row(survey, body, flavor, version) for body in asteroids() if _is_requested(body, payload)]
    columns = {name: [row[name] for row in rows] for name in (FLAVORS[flavor] if rows else ())}
    response = send(Answer(columns, list(range(len(rows)))), payload, default="parquet" if whole else "json")
    if whole and response.content_type == "parquet":
        response.content_type = "application/parquet"
    return response


def _is_requested(body: Body, payload: Payload) -> bool:
    if "sso_name" in payload:
        return body.name == payload["sso_name"]
    return "sso_number" not in payload or body.number == number(payload, "sso_number")


def _row(survey: Survey, body: Body, flavor: str, version: str) -> dict[str, Any]:
    rng = generator(survey.sky.seed, body.name, "fit")
    row = _drawn(FLAVORS[flavor], rng) | _counted(survey.alerts_of(body.ssnamenr), body)
    for band in ("g", "r"):
        absolute = body.orbit.H + COLOURS[band] + rng.normal(0, 0.02)
        row |= {f"H_{FILTERS[band]}": absolute, f"G_{FILTERS[band]}": body.orbit.G}
    if "alpha0" in row:
        row |= {"alpha0_alt": (row["alpha0"] + 180) % 360, "delta0_alt": -row["delta0"]}
    names = {"designation": body.ssnamenr[0], "sso_name": body.name, "sso_number": body.number}
    return row | names | {"fit": 0, "status": 2, "flag": 0, "version": version}


def _drawn(columns: dict[str, Any], rng: np.random.Generator) -> dict[str, float]:
    ranges = {name: PLAN["drawn"].get(re.sub(r"_[12]$", "", name)) for name in columns}
    return {name: draw(rng, *how).item() for name, how in ranges.items() if how}


def _counted(alerts: Columns, body: Body) -> dict[str, float]:
    """Numbers from the alerts without a fit: in total, and by filter."""
    jd, fid, sigma = (np.array(alerts[name]) for name in ("i:jd", "i:fid", "i:sigmapsf"))
    phase = np.array(miriade(body, jd)["Phase"])
    row = {"last_jd": jd.max().item()}
    for suffix, here in [("", fid > 0), ("_1", fid == 1), ("_2", fid == 2)]:
        days, kind = np.ptp(jd[here]).item(), float if suffix else int
        row |= {
            f"min_phase{suffix}": phase[here].min().item(),
            f"max_phase{suffix}": phase[here].max().item(),
            f"median_error_phot{suffix}": np.median(sigma[here]).item(),
            f"n_obs{suffix}": kind(here.sum()),
            f"n_days{suffix}": kind(days),
        }
    return row
