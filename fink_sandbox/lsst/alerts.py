"""The fields of Rubin alerts (family ``r:``), from the measurements of every visit."""

from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np

from ..data import load
from ..sky.chance import draw_columns
from ..sky.targets import Target
from .columns import KINDS
from .ids import source_ids, visit_ids
from .observe import Photometry
from .versions import blank_before
from .visits import Visits, deep_field

__all__ = ["DETECTOR", "PIXEL", "PROCESSING", "Alerts", "alert_columns", "field_names", "measure", "plan_of"]

PIXEL = 0.2  # arcsec
DETECTOR = (4072, 4000)  # pixels
EDGE = 6.0, 1480.0  # position of the object at the edge
PROCESSING = 0.0018  # days
CROSSED = 0.08  # share of the sources with a long trail
CROSSING = 2.2, 9.0  # arcsec
PLAN = load("lsst_alerts.json")


@dataclass(frozen=True)
class Alerts:
    """The sources of one object, in order of time."""

    photometry: Photometry
    diasourceid: list[int]
    east: np.ndarray  # measured position, arcsec from the true one
    north: np.ndarray
    ra: np.ndarray  # degrees
    dec: np.ndarray
    x: np.ndarray  # position on the detector, pixels
    y: np.ndarray
    detector: int

    def until(self, row: int) -> Self:
        """The sources up to one of them."""
        photometry = self.photometry.select(slice(row + 1))
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        earlier = {name: cells[: row + 1] for name, cells in values.items() if hasattr(cells, "__len__")}
        return replace(self, photometry=photometry, **earlier)


def measure(target: Target, photometry: Photometry) -> Alerts:
    """Positions and numbers of the sources that these measurements of a target make."""
    rng = target.generator("rubin sources")
    visits, n = photometry.visits, photometry.flux.size
    detector = int(rng.integers(189))
    x, y = np.tile(EDGE, (n, 1)).T if target.kind == "edge" else rng.uniform(200, 3800, (2, n))
    east, north = rng.normal(size=(2, n)) * _scatter(photometry)
    x, y = (centre + rng.uniform(-3, 3, n) for centre in (x, y))
    ids = source_ids(visits.jd, target.objectid)
    return Alerts(photometry, ids, east, north, *target.offset(east, north), x, y, detector)


def _scatter(photometry: Photometry) -> np.ndarray:
    """Error of the position in arcsec."""
    return np.hypot(0.01, 0.6 * photometry.visits.seeing / photometry.significance)


def alert_columns(target: Target, alerts: Alerts) -> dict[str, Any]:
    """All ``r:`` columns of the sources."""
    n = len(alerts.diasourceid)
    columns = draw_columns(target.generator("rubin packet"), n, plan_of("r:"))
    columns |= {name: [False] * n for name, kind in KINDS["sources"].items() if kind == "bool"}
    columns |= _fluxes(alerts, target.generator("rubin apertures"))
    columns |= _position(alerts)
    columns |= _shape(alerts.photometry.visits)
    columns |= _trails(target, columns["r:trailLength"])
    columns |= _flags(target, alerts)
    columns |= blank_before(columns, alerts.photometry.visits.mjd)
    return columns | _history(alerts.photometry.visits)


def plan_of(family: str) -> dict[str, dict]:
    """The plan of drawn columns of a family."""
    return {
        part: {name: how for name, how in plan.items() if name.startswith(family)}
        for part, plan in PLAN.items()
    }


def _fluxes(alerts: Alerts, rng: np.random.Generator) -> dict[str, np.ndarray]:
    photometry = alerts.photometry
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


def _position(alerts: Alerts) -> dict[str, Any]:
    error = _scatter(alerts.photometry)
    n = error.size
    return {
        "r:diaSourceId": alerts.diasourceid,
        "r:ra": alerts.ra,
        "r:dec": alerts.dec,
        "r:raErr": error / 3600,
        "r:decErr": error / 3600,
        "r:ra_dec_Cov": 0.02 * (error / 3600) ** 2,
        "r:trailRa": alerts.ra,
        "r:trailDec": alerts.dec,
        "r:x": alerts.x,
        "r:y": alerts.y,
        "r:xErr": error / PIXEL,
        "r:yErr": error / PIXEL,
        "r:detector": [alerts.detector] * n,
    }


def _shape(visits: Visits) -> dict[str, np.ndarray]:
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


def _trails(target: Target, length: np.ndarray) -> dict[str, np.ndarray]:
    """Lengths of trails in arcsec; a satellite crosses a few of the sources."""
    rng = target.generator("rubin trails")
    crossed = rng.random(length.size) < CROSSED
    return {"r:trailLength": np.where(crossed, rng.uniform(*CROSSING, length.size), length)}


def _flags(target: Target, alerts: Alerts) -> dict[str, np.ndarray]:
    saturated = alerts.photometry.saturated
    names = ["saturated", "saturatedCenter", "suspect", "suspectCenter"]
    flags = {f"r:pixelFlags_{name}": saturated for name in names}
    at_edge = np.full(saturated.size, target.kind == "edge")
    edges = ["pixelFlags_edge", "psfFlux_flag_edge", "forced_PsfFlux_flag_edge", "shape_flag_not_contained"]
    return flags | {f"r:{name}": at_edge for name in edges} | {"r:pixelFlags": saturated | at_edge}


def _history(visits: Visits) -> dict[str, Any]:
    return {
        "r:midpointMjdTai": visits.mjd,
        "r:timeProcessedMjdTai": visits.mjd + PROCESSING,
        "r:band": visits.band,
        "r:visit": visit_ids(visits.jd),
    }


def field_names(target: Target, n: int) -> dict[str, list[str]]:
    """The columns with the name of the field."""
    field = deep_field(target.ra, target.dec)
    name = field or "wide_sim"
    return {"r:observation_reason": [name] * n, "r:target_name": [f"{name}, simulated"] * n}
