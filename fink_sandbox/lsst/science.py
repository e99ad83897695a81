"""The values of Fink's science modules (family ``f:``) for the sources of one object."""

import numpy as np

from ..data import load
from ..ztf.alerts import drawn

__all__ = ["CLASSES", "science", "tns_names"]

CLASSES = load("lsst_kinds.json")
PLAN = load("lsst_alerts.json")
REPORTED_AFTER = 4  # sources before the name service knows of a supernova
MATCHED_AFTER = 3  # sources before the crossmatch of the active nucleus works
EARLY_DAYS = 30.0
UNMATCHED = "agn"


def science(target, detections):
    """
    All ``f:`` columns of the sources; some crossmatches begin late, so that the first sources have none.

    Parameters
    ----------
    target : `~fink_sandbox.sky.sky.Target`
    detections : `~fink_sandbox.lsst.packet.Detections`

    Returns
    -------
    dict of str to list
    """
    n = len(detections.diasourceid)
    plan = {part: {name: how for name, how in one.items() if name[0] == "f"} for part, one in PLAN.items()}
    columns = drawn(target.generator("rubin modules"), n, plan)
    columns |= {name: [value] * n for name, value in CLASSES[target.kind]["columns"].items()}
    columns["f:clf_cats_class"] = [CLASSES[target.kind]["class"]] * n
    if target.kind == "snia":
        columns |= _supernova(target, detections.photometry.visits.mjd, n)
    if target.kind == UNMATCHED:
        columns["f:xm_simbad_otype"] = _late(columns["f:xm_simbad_otype"], MATCHED_AFTER)
    return columns | _reported(target, n)


def _supernova(target, mjd, n):
    early = mjd - mjd[0] < EARLY_DAYS
    rng = target.generator("rubin scores")
    scores = np.where(early, rng.uniform(0.5, 1, n), -1)
    kstest = {
        f"f:clf_elephant_kstest_{kind}": np.where(early, rng.uniform(0, 0.6, n), np.nan)
        for kind in ("science", "template")
    }
    return kstest | {"f:clf_earlySNIa_score": scores, "f:clf_snnSnVsOthers_score": rng.uniform(0.4, 1, n)}


def tns_names():
    """By ZTF id, what the name service knows."""
    return {one["internalname"]: one for one in load("names.json")["tns"]}


def _reported(target, n):
    """Nothing before the object was reported; a redshift that is not known is missing."""
    known = tns_names().get(target.objectid)
    if known is None:
        return {}
    values = {
        "f:xm_tns_fullname": known["fullname"],
        "f:xm_tns_type": known["type"],
        "f:xm_tns_redshift": float(known["redshift"]) if known["redshift"] else None,
    }
    return {name: _late([value] * n, REPORTED_AFTER) for name, value in values.items()}


def _late(values, count):
    return [None if row < count else value for row, value in enumerate(values)]
