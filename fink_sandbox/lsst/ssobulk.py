"""The endpoint ``ssobulk``: the light curves of all Solar System objects that Rubin has seen."""

from functools import lru_cache, partial
from typing import Any

import numpy as np
from werkzeug.wrappers import Response

from ..data import load
from ..server.arguments import Payload
from ..server.bulk import BulkFacts, bulk
from ..server.monthly import MonthlyTables
from ..server.tables import Columns, concatenate
from ..sky.chance import generator
from ..sky.orbits import angles
from .bodies import Body, bodies, body_table
from .magnitudes import magnitudes
from .survey import Survey
from .visits import julian_dates

__all__ = ["ssobulk"]

FACTS = BulkFacts(
    columns=load("lsst_ssobulk.json"),
    key="designation",
    first="2026.08",
    format="parquet",
    content_type="application/vnd.apache.parquet",
    headers={"Content-Disposition": 'attachment; filename="data.parquet"'},
)
COPIED = ["ra", "dec", "band", "midpointMjdTai", "phaseAngle"]
COPIED += ["ephRa", "ephDec", "ephOffsetRa", "ephOffsetDec", "topoRange", "helioRange"]


def ssobulk(survey: Survey, payload: Payload, tables: MonthlyTables) -> Response:
    """Return the light curves by designation."""
    return bulk(payload, tables, FACTS, partial(_table, survey))


@lru_cache(8)
def _table(survey: Survey, version: str) -> Columns:
    rows = [_row(survey, one, version) for one in bodies()]
    return {name: cells for name, cells in concatenate(rows).items() if name in FACTS.columns}


def _row(survey: Survey, one: Body, version: str) -> Columns:
    """One row, with all its lists in the same order, which is not that of time."""
    alerts = body_table(survey.sky, one)
    columns: dict[str, Any] = {f"c{name}": alerts[f"r:{name}"] for name in COPIED}
    columns["cjdUtc"] = julian_dates(alerts["r:midpointMjdTai"])
    columns["chelioRa"], columns["chelioDec"] = angles(_from_sun(alerts))
    columns["cmagpsf"], columns["csigmapsf"] = magnitudes(alerts)
    order = generator(survey.sky.seed, one.designation, "bulk").permutation(len(alerts["r:ra"]))
    lists = {name: [np.array(values)[order].tolist()] for name, values in columns.items()}
    return {"designation": [one.designation], "version": [version]} | lists


def _from_sun(alerts: Columns) -> np.ndarray:
    """Vectors from the Sun in single precision, as in the alerts."""
    return np.array([alerts[f"r:helio_{axis}"] for axis in "xyz"], np.float32).astype(float)
