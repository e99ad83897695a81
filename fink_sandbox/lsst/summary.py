"""One row about an object (table of ``objects``), and its forced photometry (table of ``fp``)."""

from typing import Any

import numpy as np

from ..server.tables import Columns
from ..sky.targets import Target
from .alerts import PROCESSING, Alerts, field_names
from .columns import KINDS, stored
from .ids import salt, source_ids, visit_ids
from .observe import Photometry
from .science import CLASSES
from .visits import DEPTH, Visits

__all__ = ["forced_table", "object_table"]


def object_table(target: Target, number: int, alerts: Alerts) -> Columns:
    """The row about an object after its newest source."""
    visits = alerts.photometry.visits
    columns = _identity(target, number, visits) | _position(alerts) | field_names(target, 1)
    for band in DEPTH:
        columns |= _statistics(band, alerts.photometry)
    return stored(columns, KINDS["objects"], 1)


def _identity(target: Target, number: int, visits: Visits) -> dict[str, Any]:
    known = CLASSES[target.kind]
    return {
        "r:diaObjectId": [number],
        "r:salt": [salt(number)],
        "r:nDiaSources": [visits.jd.size],
        "r:validityStartMjdTai": [visits.mjd[-1] + PROCESSING],
        "f:firstDiaSourceMjdTaiFink": [visits.mjd[0]],
        "f:is_cataloged": [known["label"] is not None],
        "f:is_first": [visits.jd.size == 1],
        "f:is_sso": [False],
        "f:main_label_classifier": [known["class"]],
        "f:main_label_crossmatch": [known["label"]],
    }


def _position(alerts: Alerts) -> dict[str, Any]:
    n = len(alerts.diasourceid)
    error = 0.05 / 3600 / np.sqrt(n)
    return {
        "r:ra": [np.median(alerts.ra)],
        "r:dec": [np.median(alerts.dec)],
        "r:raErr": [error],
        "r:decErr": [error],
        "r:ra_dec_Cov": [-0.1 * error**2],
    }


def _statistics(band: str, photometry: Photometry) -> dict[str, Any]:
    here = photometry.visits.band == band
    count = int(here.sum())
    numbers: dict[str, float] = {"psfFluxNdata": count}
    flux, error = photometry.flux[here], photometry.error[here]
    if count:
        numbers |= _mean("psfFlux", flux, error)
        numbers |= _mean("scienceFlux", photometry.science[here], photometry.science_error[here])
        numbers |= {"psfFluxMin": flux.min(), "psfFluxMax": flux.max(), "psfFluxErrMean": error.mean()}
    if count > 1:
        slopes = np.abs(np.diff(flux) / np.diff(photometry.visits.jd[here]))
        numbers |= {"psfFluxSigma": flux.std(ddof=1), "psfFluxMaxSlope": slopes.max()}
    return {f"r:{band}_{name}": [value] for name, value in numbers.items()}


def _mean(name: str, flux: np.ndarray, error: np.ndarray) -> dict[str, float]:
    weight = 1 / error**2
    return {f"{name}Mean": (flux * weight).sum() / weight.sum(), f"{name}MeanErr": weight.sum() ** -0.5}


def forced_table(target: Target, number: int, photometry: Photometry, detector: int) -> Columns:
    """Forced photometry, oldest first."""
    visits = photometry.visits
    n = visits.jd.size
    columns = {
        "r:diaForcedSourceId": source_ids(visits.jd, target.objectid, forced=True),
        "r:diaObjectId": [number] * n,
        "r:salt": [salt(number)] * n,
        "r:ra": [target.ra] * n,
        "r:dec": [target.dec] * n,
        "r:visit": visit_ids(visits.jd),
        "r:detector": [detector] * n,
        "r:psfFlux": photometry.flux,
        "r:psfFluxErr": photometry.error,
        "r:scienceFlux": photometry.science,
        "r:scienceFluxErr": photometry.science_error,
        "r:midpointMjdTai": visits.mjd,
        "r:band": visits.band,
        "r:timeProcessedMjdTai": visits.mjd + 2 * PROCESSING,
    }
    return stored(columns, KINDS["fp"], n)
