"""The values of Fink's science modules (family ``f:``) for the sources of one object."""

from typing import Any

import numpy as np

from ..data import load
from ..sky.chance import draw_columns
from ..sky.names import tns
from ..sky.targets import Target
from .alerts import Alerts, plan_of
from .versions import schema_versions

__all__ = ["CLASSES", "science"]

CLASSES = load("lsst_kinds.json")
REPORTED_AFTER = 4  # sources before the name server lists a supernova
MATCHED_AFTER = 3  # sources before the crossmatch of the active nucleus works
EARLY_DAYS = 30.0
UNMATCHED = "agn"


def science(target: Target, alerts: Alerts) -> dict[str, Any]:
    """All ``f:`` columns of the sources; the first sources lack some crossmatches."""
    n = len(alerts.diasourceid)
    columns = draw_columns(target.generator("rubin modules"), n, plan_of("f:"))
    columns |= {name: [value] * n for name, value in CLASSES[target.kind]["columns"].items()}
    columns["f:lsst_schema_version"] = schema_versions(alerts.photometry.visits.mjd)
    columns["f:clf_cats_class"] = [CLASSES[target.kind]["class"]] * n
    if target.kind == "snia":
        columns |= _supernova(target, alerts.photometry.visits.mjd, n)
    if target.kind == UNMATCHED:
        columns["f:xm_simbad_otype"] = _late(columns["f:xm_simbad_otype"], MATCHED_AFTER)
    return columns | _reported(target, n)


def _supernova(target: Target, mjd: np.ndarray, n: int) -> dict[str, np.ndarray]:
    early = mjd - mjd[0] < EARLY_DAYS
    rng = target.generator("rubin scores")
    scores = np.where(early, rng.uniform(0.5, 1, n), -1)
    kstest = {
        f"f:clf_elephant_kstest_{kind}": np.where(early, rng.uniform(0, 0.6, n), np.nan)
        for kind in ("science", "template")
    }
    return kstest | {"f:clf_earlySNIa_score": scores, "f:clf_snnSnVsOthers_score": rng.uniform(0.4, 1, n)}


def _reported(target: Target, n: int) -> dict[str, list]:
    """Columns of the name server, without values before the object was reported."""
    known = next((one for one in tns() if one["internalname"] == target.objectid), None)
    if known is None:
        return {}
    values = {
        "f:xm_tns_fullname": known["fullname"],
        "f:xm_tns_type": known["type"],
        "f:xm_tns_redshift": float(known["redshift"]) if known["redshift"] else None,
    }
    return {name: _late([value] * n, REPORTED_AFTER) for name, value in values.items()}


def _late(values: list, count: int) -> list:
    return [None if row < count else value for row, value in enumerate(values)]
