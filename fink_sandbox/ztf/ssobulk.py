"""The endpoint ``ssobulk``: the light curves of all known Solar System objects."""

from functools import lru_cache, partial

import numpy as np
from werkzeug.wrappers import Response

from ..data import load
from ..server.arguments import Payload
from ..server.bulk import BulkFacts, bulk
from ..server.monthly import MonthlyTables
from ..server.tables import Columns, concatenate
from ..sky.miriade import HALF_EXPOSURE
from ..sky.moving_objects import WITHOUT_ORBIT, Body, asteroids
from ..sky.orbits import angles, ecliptic, ephemeris, from_earth, from_sun
from ..sky.targets import named_object
from .survey import Survey

__all__ = ["ssobulk"]

FACTS = BulkFacts(
    columns=load("ztf_ssobulk.json"),
    key="ssnamenr",
    first="2026.09",
    format="arrow",
    content_type="application/parquet",
)
CURVE = ["ra", "dec", "magpsf", "sigmapsf", "fid", "jd"]
EPHEMERIS = [name for name in FACTS.columns if name not in ("ssnamenr", *(f"c{one}" for one in CURVE))]
SUPERSEDED = {"2099SA1"}  # names of which the ephemerides know nothing
OUTDATED = {"2099SM4": 2}  # detections that the ephemerides do not have yet


def ssobulk(survey: Survey, payload: Payload, tables: MonthlyTables) -> Response:
    """Return the light curves by name in the alerts; every month has the same ones."""
    return bulk(payload, tables, FACTS, partial(_table, survey))


@lru_cache(8)
def _table(survey: Survey, version: str) -> Columns:
    """Detections and ephemerides, which come from two sources: their lists may differ in length."""
    rows = [_row(survey, name, body) for body in asteroids() for name in body.ssnamenr]
    return concatenate([*rows, *(_without_orbit(survey, name) for name in WITHOUT_ORBIT.values())])


def _row(survey: Survey, name: str, body: Body) -> Columns:
    curve = survey.alerts_of([name])
    row = {"ssnamenr": [name]} | {f"c{column}": [curve[f"i:{column}"]] for column in CURVE}
    if name in SUPERSEDED:
        return row | {column: [None] for column in EPHEMERIS}
    jd = np.array(curve["i:jd"])
    return row | _ephemerides(body, jd[: jd.size - OUTDATED.get(name, 0)])


def _without_orbit(survey: Survey, name: str) -> Columns:
    curve = survey.history(named_object("asteroid")).valid
    row = {"ssnamenr": [name]} | {f"c{column}": [curve[f"i:{column}"]] for column in CURVE}
    return row | {column: [None] for column in EPHEMERIS}


def _ephemerides(body: Body, jd: np.ndarray) -> Columns:
    seen = ephemeris(body.orbit, jd + HALF_EXPOSURE)
    ra, dec = angles(from_sun(seen))
    columns = {"Dobs": seen.delta, "Dhelio": seen.r, "Phase": seen.phase, "Elong": seen.elongation}
    columns |= {"RA": seen.ra, "DEC": seen.dec, "RA_h": ra, "DEC_h": dec}
    columns |= dict(zip(("px_ec", "py_ec", "pz_ec"), ecliptic(from_earth(seen)), strict=True))
    columns |= dict(zip(("px_h_ec", "py_h_ec", "pz_h_ec"), ecliptic(from_sun(seen)), strict=True))
    return {name: [values.tolist()] for name, values in columns.items()}
