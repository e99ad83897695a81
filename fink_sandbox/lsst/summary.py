"""One row about an object (table of ``objects``), and its forced photometry (table of ``fp``)."""

import numpy as np

from .alerts import PROCESSING, field_names, table
from .columns import KINDS
from .ids import salt, source_ids, visit_ids
from .science import CLASSES
from .visits import DEPTH

__all__ = ["forced_table", "object_table"]

NEW_DAYS = 1.0


def object_table(target, number, detections):
    """
    The row about an object after its newest source.

    Parameters
    ----------
    target : `~fink_sandbox.sky.sky.Target`
    number : int
        Its diaObjectId.
    detections : `~fink_sandbox.lsst.packet.Detections`

    Returns
    -------
    dict of str to list
        Each of one element.
    """
    visits = detections.photometry.visits
    columns = _identity(target, number, visits) | _place(detections) | field_names(target, 1)
    for band in DEPTH:
        columns |= _statistics(band, detections.photometry)
    return table(columns, KINDS["objects"], 1)


def _identity(target, number, visits):
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


def _place(detections):
    n = len(detections.diasourceid)
    error = 0.05 / 3600 / np.sqrt(n)
    return {
        "r:ra": [np.median(detections.ra)],
        "r:dec": [np.median(detections.dec)],
        "r:raErr": [error],
        "r:decErr": [error],
        "r:ra_dec_Cov": [-0.1 * error**2],
    }


def _statistics(band, photometry):
    here = photometry.visits.band == band
    count = int(here.sum())
    numbers = {"psfFluxNdata": count}
    if count:
        flux, error = photometry.flux[here], photometry.error[here]
        numbers |= _mean("psfFlux", flux, error)
        numbers |= _mean("scienceFlux", photometry.science[here], photometry.science_error[here])
        numbers |= {"psfFluxMin": flux.min(), "psfFluxMax": flux.max(), "psfFluxErrMean": error.mean()}
    if count > 1:
        slopes = np.abs(np.diff(flux) / np.diff(photometry.visits.jd[here]))
        numbers |= {"psfFluxSigma": flux.std(ddof=1), "psfFluxMaxSlope": slopes.max()}
    return {f"r:{band}_{name}": [value] for name, value in numbers.items()}


def _mean(name, flux, error):
    weight = 1 / error**2
    return {f"{name}Mean": (flux * weight).sum() / weight.sum(), f"{name}MeanErr": weight.sum() ** -0.5}


def forced_table(target, number, photometry, detector):
    """
    Forced photometry, oldest first.

    Parameters
    ----------
    target : `~fink_sandbox.sky.sky.Target`
    number : int
        Its diaObjectId.
    photometry : `~fink_sandbox.lsst.observe.Photometry`
        Of every visit from the first detection on.
    detector : int

    Returns
    -------
    dict of str to list
    """
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
    return table(columns, KINDS["fp"], n)
