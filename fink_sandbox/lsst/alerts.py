"""The fields of a Rubin alert packet (family ``r:``), from what was measured at every visit."""

from dataclasses import dataclass

import numpy as np

from ..data import load
from ..ztf.alerts import drawn
from .cells import stored
from .columns import KINDS
from .ids import salt, source_ids, visit_ids
from .observe import Photometry
from .visits import deep_field

__all__ = ["DETECTOR", "PIXEL", "Detections", "field_names", "keys", "measure", "packet", "table"]

PIXEL = 0.2  # arcsec
DETECTOR = (4072, 4000)  # pixels
EDGE = 6.0, 1480.0  # where the object at the edge stands
PROCESSING = 0.0018  # days
PLAN = load("lsst_alerts.json")


@dataclass(frozen=True)
class Detections:
    """
    The sources of one object, in the order of time.

    Attributes
    ----------
    photometry : `~fink_sandbox.lsst.observe.Photometry`
    diasourceid : list of int
    east, north : array of float
        Measured position, arcsec from where the sky has the object.
    ra, dec : array of float
        Degrees.
    x, y : array of float
        Place on the detector, pixels.
    detector : int
    """

    photometry: Photometry
    diasourceid: list
    east: np.ndarray
    north: np.ndarray
    ra: np.ndarray
    dec: np.ndarray
    x: np.ndarray
    y: np.ndarray
    detector: int


def measure(target, photometry):
    """
    Places and numbers of the sources of a target.

    Parameters
    ----------
    target : `~fink_sandbox.sky.sky.Target`
    photometry : `~fink_sandbox.lsst.observe.Photometry`
        The visits that made a source.

    Returns
    -------
    Detections
    """
    rng = target.generator("rubin sources")
    visits, n = photometry.visits, photometry.flux.size
    detector = int(rng.integers(189))
    x, y = np.tile(EDGE, (n, 1)).T if target.kind == "edge" else rng.uniform(200, 3800, (2, n))
    east, north = rng.normal(size=(2, n)) * _scatter(photometry)
    x, y = (place + rng.uniform(-3, 3, n) for place in (x, y))
    ids = source_ids(visits.jd, target.objectid)
    return Detections(photometry, ids, east, north, *target.offset(east, north), x, y, detector)


def _scatter(photometry):
    """Error of the position in arcsec."""
    return np.hypot(0.01, 0.6 * photometry.visits.seeing / photometry.significance)


def packet(target, detections):
    """
    All ``r:`` columns of the sources.

    Parameters
    ----------
    target : `~fink_sandbox.sky.sky.Target`
    detections : Detections

    Returns
    -------
    dict of str to list
        Values that are not there are None.
    """
    n = len(detections.diasourceid)
    columns = drawn(target.generator("rubin packet"), n, _plan("r:"))
    columns |= {name: [False] * n for name, kind in KINDS["sources"].items() if kind == "bool"}
    columns |= _fluxes(detections, target.generator("rubin apertures"))
    columns |= _place(target, detections)
    columns |= _shape(detections.photometry.visits)
    columns |= _flags(target, detections)
    return columns | _history(detections.photometry.visits)


def _plan(family):
    return {
        part: {name: how for name, how in plan.items() if name.startswith(family)}
        for part, plan in PLAN.items()
    }


def _fluxes(detections, rng):
    photometry = detections.photometry
    aperture = 2.1 * photometry.error
    return {
        "r:psfFlux": photometry.flux,
        "r:psfFluxErr": photometry.error,
        "r:scienceFlux": photometry.science,
        "r:scienceFluxErr": photometry.science_error,
        "r:templateFlux": photometry.template,
        "r:templateFluxErr": photometry.template_error,
        "r:apFlux": photometry.flux + aperture * rng.normal(0, 0.5, aperture.size),
        "r:apFluxErr": aperture,
        "r:trailFlux": photometry.flux * rng.uniform(0.95, 1.05, aperture.size),
        "r:snr": photometry.significance,
        "r:isNegative": photometry.flux < 0,
    }


def _place(target, detections):
    error = _scatter(detections.photometry)
    n = error.size
    return {
        "r:diaSourceId": detections.diasourceid,
        "r:ra": detections.ra,
        "r:dec": detections.dec,
        "r:raErr": error / 3600 / np.cos(np.radians(detections.dec)),
        "r:decErr": error / 3600,
        "r:ra_dec_Cov": 0.02 * (error / 3600) ** 2,
        "r:trailRa": detections.ra,
        "r:trailDec": detections.dec,
        "r:x": detections.x,
        "r:y": detections.y,
        "r:xErr": error / PIXEL,
        "r:yErr": error / PIXEL,
        "r:detector": [detections.detector] * n,
    }


def _shape(visits):
    """Second moments in square arcsec."""
    moment = (visits.seeing / 2.355) ** 2
    return {
        "r:ixx": 0.9 * moment,
        "r:iyy": 0.95 * moment,
        "r:ixy": 0.02 * moment,
        "r:ixxPSF": moment,
        "r:iyyPSF": 1.02 * moment,
        "r:ixyPSF": -0.02 * moment,
    }


def _flags(target, detections):
    saturated = detections.photometry.saturated
    names = ["saturated", "saturatedCenter", "suspect", "suspectCenter"]
    flags = {f"r:pixelFlags_{name}": saturated for name in names}
    at_edge = np.full(saturated.size, target.kind == "edge")
    edges = ["pixelFlags_edge", "psfFlux_flag_edge", "forced_PsfFlux_flag_edge", "shape_flag_not_contained"]
    return flags | {f"r:{name}": at_edge for name in edges} | {"r:pixelFlags": saturated | at_edge}


def _history(visits):
    return {
        "r:midpointMjdTai": visits.mjd,
        "r:timeProcessedMjdTai": visits.mjd + PROCESSING,
        "r:band": visits.band,
        "r:visit": visit_ids(visits.jd),
    }


def field_names(target, n):
    """Columns that tell of the field."""
    field = deep_field(target.ra, target.dec)
    name = field or "wide_sim"
    return {"r:observation_reason": [name] * n, "r:target_name": [f"{name}, simulated"] * n}


def table(columns, kinds, n):
    """
    All columns of a table, as the database gives them back; None where there is no value.

    Parameters
    ----------
    columns : dict of str to array or list
    kinds : dict of str to str
        The columns of the table.
    n : int

    Returns
    -------
    dict of str to list
    """
    return {name: stored(columns.get(name, [None] * n), kind) for name, kind in kinds.items()}


def keys(number, mjd):
    """Keys of rows in the database."""
    return [f"{salt(number)}_{number}_{one}" for one in mjd]
