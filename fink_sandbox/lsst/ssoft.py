"""The endpoint ``ssoft``: phase curves of all Solar System objects that Rubin has seen."""

from functools import lru_cache
from typing import Any

import numpy as np
from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from ..data import load
from ..server.arguments import Payload, send
from ..server.arrow import arrow_table, parquet_file
from ..server.monthly import NO_FILE, MonthlyTables, early_response, version_of
from ..server.response import refusal
from ..server.tables import Answer, Columns
from ..sky.chance import generator
from ..sky.phase_fits import Points, counted, drawn, slopes
from .bodies import RUBIN_COLOURS, Body, bodies, body_table
from .magnitudes import magnitudes
from .survey import Survey
from .visits import julian_dates

__all__ = ["ssoft"]

BANDS = "ugrizy"
DEFAULT = "HG"
FIRST = "2026.08"
STORED = "application/parquet"


def _described(columns: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Columns with a name for every band."""
    return {
        name.format(b=band): one | {"description": one["description"].format(b=band)}
        for name, one in columns.items()
        for band in (BANDS if "{b}" in name else "-")
    }


PLAN = {name: _described(columns) for name, columns in load("lsst_ssoft.json").items()}
FLAVORS = {name: PLAN["common"] | columns for name, columns in PLAN.items() if name != "common"}


def ssoft(survey: Survey, payload: Payload, tables: MonthlyTables) -> Response:
    """Return the table of a month, or its row about one object; the stored file is sent as it is."""
    flavor = payload.get("flavor", DEFAULT)
    if flavor not in FLAVORS:
        return refusal(f"`flavor` is one of {', '.join(FLAVORS)}.")
    early = early_response(payload, FLAVORS[flavor], FIRST)
    if early is not None:
        return early
    version = version_of(payload)
    is_file = _is_file(payload)
    if not tables.has(version):
        if is_file:
            return Response(NO_FILE, content_type=STORED)
        raise InternalServerError
    columns = _table(survey, flavor, version)
    if is_file:
        return Response(parquet_file(arrow_table(columns, FLAVORS[flavor])), content_type=STORED)
    return send(_chosen(columns, payload), payload)


def _is_file(payload: Payload) -> bool:
    """Whether the whole table is requested as it is stored."""
    parts = {"sso_name", "sso_number", "columns"} & payload.keys()
    return not parts and payload.get("output-format", "parquet") == "parquet"


def _chosen(columns: Columns, payload: Payload) -> Answer:
    """The requested columns of the requested object; the columns must have the name by which it is found."""
    names = _names(columns, payload)
    key = next((key for key in ("sso_name", "sso_number") if key in payload), None)
    rows = list(range(len(columns["sso_name"])))
    if key is not None:
        if key not in names:
            raise InternalServerError
        wanted = _integer(payload[key]) if key == "sso_number" else payload[key]
        rows = [row for row in rows if columns[key][row] == wanted]
    return Answer({name: columns[name] for name in names}, list(range(len(columns["sso_name"])))).pick(rows)


def _names(columns: Columns, payload: Payload) -> list[str]:
    """Known names of ``columns``, in the order given; all if none is known."""
    wanted = payload.get("columns", "")
    if not isinstance(wanted, str):
        raise InternalServerError
    known = [name for name in dict.fromkeys(wanted.split(",")) if name in columns]
    return known or list(columns)


def _integer(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as unreadable:
        raise InternalServerError from unreadable


@lru_cache(16)
def _table(survey: Survey, flavor: str, version: str) -> Columns:
    rows = [_row(survey, one, flavor) | {"version": version.replace(".", "")} for one in bodies()]
    return {name: [row.get(name) for row in rows] for name in FLAVORS[flavor]}


def _row(survey: Survey, one: Body, flavor: str) -> dict[str, Any]:
    rng = generator(survey.sky.seed, one.designation, "fit")
    row: dict[str, Any] = drawn(FLAVORS[flavor], BANDS, rng)
    for band in BANDS:
        absolute = one.body.orbit.H + RUBIN_COLOURS[band] + rng.normal(0, 0.02)
        fitted = {"H": absolute} | slopes(one.body.orbit.G)
        row |= {f"{name}_{band}": value for name, value in fitted.items()}
    points = _points(survey, one)
    unseen = tuple(f"_{band}" for band in BANDS if band not in points.band)
    row = {name: value for name, value in row.items() if not name.endswith(unseen)}
    if "alpha0" in row:
        row |= {"alpha0_alt": (row["alpha0"] + 180) % 360, "delta0_alt": -row["delta0"]}
    names = {"sso_name": one.body.name, "sso_number": one.body.number, "designation": one.designation}
    return row | counted(points, BANDS) | names | {"fit": 0, "status": 2, "flag": 0}


def _points(survey: Survey, one: Body) -> Points:
    """The detections that have a magnitude."""
    alerts = body_table(survey.sky, one)
    magnitude, error = magnitudes(alerts)
    jd, band = julian_dates(alerts["r:midpointMjdTai"]), np.array(alerts["r:band"])
    good = np.isfinite(magnitude)
    return Points(jd[good], band[good], error[good], np.array(alerts["r:phaseAngle"])[good])
