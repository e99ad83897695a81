"""The endpoint ``ssoft``: phase curves of all known Solar System objects."""

from typing import Any

import numpy as np
from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from ..data import load
from ..server.arguments import Payload, number, send
from ..server.monthly import MonthlyTables, early_response, version_of
from ..server.response import refusal
from ..server.tables import Answer
from ..sky.chance import generator
from ..sky.miriade import miriade
from ..sky.moving_objects import Body, asteroids
from ..sky.orbits import COLOURS
from ..sky.phase_fits import Points, counted, drawn, slopes
from .alerts import FILTERS
from .survey import Survey

__all__ = ["ssoft"]

PLAN = load("ztf_ssoft.json")
FLAVORS = {name: PLAN["common"] | columns for name, columns in PLAN.items() if name != "common"}
BANDS = "12"
DEFAULT = "SHG1G2"
FIRST = "2023.07"


def ssoft(survey: Survey, payload: Payload, tables: MonthlyTables) -> Response:
    """Return the table of a month; the whole table is Parquet by default."""
    flavor = payload.get("flavor", DEFAULT)
    if flavor not in FLAVORS:
        return refusal(f"`flavor` is one of {', '.join(FLAVORS)}.")
    early = early_response(payload, FLAVORS[flavor], FIRST)
    if early is not None:
        return early
    version = version_of(payload)
    if not tables.has(version):
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
    row: dict[str, Any] = drawn(FLAVORS[flavor], BANDS, rng)
    for band in ("g", "r"):
        absolute = body.orbit.H + COLOURS[band] + rng.normal(0, 0.02)
        fitted = {"H": absolute} | slopes(body.orbit.G)
        row |= {f"{name}_{FILTERS[band]}": value for name, value in fitted.items()}
    if "alpha0" in row:
        row |= {"alpha0_alt": (row["alpha0"] + 180) % 360, "delta0_alt": -row["delta0"]}
    names = {"designation": body.ssnamenr[0], "sso_name": body.name, "sso_number": body.number}
    facts = names | {"fit": 0, "status": 2, "flag": 0, "version": version}
    return row | counted(_points(survey, body), BANDS) | facts


def _points(survey: Survey, body: Body) -> Points:
    alerts = survey.alerts_of(body.ssnamenr)
    jd, band, error = np.array(alerts["i:jd"]), np.array(alerts["i:fid"], str), np.array(alerts["i:sigmapsf"])
    return Points(jd, band, error, np.array(miriade(body, jd)["Phase"]))
