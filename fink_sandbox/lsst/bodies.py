"""Asteroids as Rubin sees them: times, positions, fluxes, and ephemerides of the alerts."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from astropy.coordinates import SkyCoord

from ..data import load
from ..server.tables import Columns
from ..sky import moving_objects
from ..sky.cadence import Cadence, altitude, on_slots
from ..sky.chance import generator
from ..sky.moving_objects import asteroids
from ..sky.orbits import COLOURS, Ephemeris, ephemeris, from_earth, from_sun
from ..sky.sky import Sky
from ..sky.sources import by_band, flux
from ..sky.targets import Target
from .alerts import Alerts, alert_columns, field_names
from .columns import KINDS, stored
from .ids import OWNERS, owner, source_ids
from .observe import Photometry
from .science import science
from .visits import DEPTH, SEEING, SLOT, Visits

__all__ = ["RUBIN_COLOURS", "Body", "bodies", "body_sources", "body_table", "find_source", "known_by"]

NAMES = load("lsst_objects.json")["bodies"]
RUBIN_COLOURS = COLOURS | {"u": 1.75, "z": -0.33, "y": -0.34}  # magnitude in a band minus V
PAIRS = [("g", "r"), ("r", "i"), ("i", "z"), ("r", "u"), ("z", "y")]
PAIR = np.array([-0.012, 0.012])  # days from midnight
FAINTEST = 23.0
LOWEST = np.radians(35.0)
STEP = 1 / 1440  # days over which motions are measured
HIDDEN = {"2099 SM4": 3}  # a detection where the template has another, brighter body: its flux is negative


@dataclass(frozen=True, eq=False)
class Body:
    """An asteroid with its names at Rubin and Fink."""

    body: moving_objects.Body
    designation: str  # provisional designation as written
    packed: str  # the same in seven characters
    number: int  # ssObjectId

    @property
    def names(self) -> set[str]:
        """All names by which it is found, without blanks and in lower case."""
        return self.body.names | {self.designation.replace(" ", "").lower(), self.packed.lower()}


def bodies() -> list[Body]:
    """All asteroids with an orbit."""
    return [Body(one, *NAMES[one.name]) for one in asteroids()]


def known_by(word: str) -> Body | None:
    """The asteroid with this name, number or designation."""
    wanted = word.replace(" ", "").lower()
    return next((one for one in bodies() if wanted in one.names), None)


@lru_cache(64)
def _alerts(sky: Sky, name: str) -> Alerts:
    """The alerts of a body."""
    body = next(one for one in asteroids() if one.name == name)
    rng = generator(sky.seed, name, "rubin")
    jd, band = _exposures(body, sky.cadence, rng)
    n = jd.size
    depth = by_band(DEPTH, band) + rng.normal(0, 0.12, n)
    visits = Visits(jd, band, depth, SEEING * rng.lognormal(0, 0.15, n))
    seen = ephemeris(body.orbit, visits.middle)
    light = flux(seen.v + by_band(RUBIN_COLOURS, band))
    other = np.where(np.arange(n) == HIDDEN.get(name), 1.5 * light, 0)
    photometry = _photometry(visits, light, other, rng)
    east, north = rng.normal(0, 0.03, (2, n))
    ra = (seen.ra + east / 3600 / np.cos(np.radians(seen.dec))) % 360
    x, y = rng.uniform(200, 3800, (2, n))
    detector = int(rng.integers(189))
    ids = source_ids(jd, name)
    return Alerts(photometry, ids, east, north, ra, seen.dec + north / 3600, x, y, detector)


def _photometry(visits: Visits, light: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> Photometry:
    """Measure the light of a body, from which that of another one in the template is subtracted."""
    n = light.size
    error = np.hypot(flux(visits.depth) / 5, 0.003 * light)
    measured = light - other + error * rng.normal(size=n)
    template = other + 0.05 * error * rng.normal(size=n)
    science, saturated = measured + template, np.full(n, False)
    return Photometry(visits, measured, error, science, error, template, 0.05 * error, saturated)


def _exposures(
    body: moving_objects.Body, cadence: Cadence, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Two exposures per night, in two bands, while the body is high and bright."""
    midnights = cadence.clear_midnights
    seen = ephemeris(body.orbit, midnights)
    good = (altitude(seen.ra, seen.dec, midnights) > LOWEST) & (seen.v < FAINTEST)
    nights = np.sort(rng.choice(midnights[good], body.alerts // 2, replace=False))
    jd = on_slots(np.add.outer(nights, PAIR), SLOT).ravel()
    return jd, np.array([band for row in rng.integers(len(PAIRS), size=nights.size) for band in PAIRS[row]])


def _target(sky: Sky, name: str, alerts: Alerts, index: int) -> Target:
    """The surroundings of a body at one of its alerts."""
    position = float(alerts.ra[index]), float(alerts.dec[index])
    objectid = f"{name} {alerts.diasourceid[index]}"
    return Target(objectid, "asteroid", *position, "", None, sky.seed, sky.cadence)


def find_source(sky: Sky, number: int) -> tuple[Target, Alerts, int] | None:
    """Target, alerts and row of an alert of a body; None if it does not exist."""
    for body in asteroids():
        if number % OWNERS == owner(body.name):
            found = _alerts(sky, body.name)
            if number in found.diasourceid:
                index = found.diasourceid.index(number)
                return _target(sky, body.name, found, index), found, index
    return None


def body_table(sky: Sky, one: Body) -> Columns:
    """All columns of the alerts of a body in the table ``sso``, oldest first."""
    target, found = _first_alert(sky, one)
    columns = _measured(one, target, found) | _ephemeris(one.body, found)
    return stored(columns, KINDS["sso"], len(found.diasourceid))


def body_sources(sky: Sky, one: Body) -> Columns:
    """The same alerts with the columns of ``sources``, as the tables of the tags have them."""
    target, found = _first_alert(sky, one)
    columns = _measured(one, target, found) | science(target, found)
    return stored(columns, KINDS["sources"], len(found.diasourceid))


def _first_alert(sky: Sky, one: Body) -> tuple[Target, Alerts]:
    """The surroundings of the first alert, and all alerts."""
    found = _alerts(sky, one.body.name)
    return _target(sky, one.body.name, found, 0), found


def _measured(one: Body, target: Target, alerts: Alerts) -> dict[str, Any]:
    n = len(alerts.diasourceid)
    return alert_columns(target, alerts) | field_names(target, n) | _names(one, n)


def _names(one: Body, n: int) -> Columns:
    return {
        "r:diaObjectId": [0] * n,
        "r:ssObjectId": [one.number] * n,
        "r:designation": [one.designation] * n,
        "r:packed_primary_provisional_designation": [one.packed] * n,
        "r:salt": [one.packed[1:3]] * n,
        "r:diaDistanceRank": [1] * n,
        "f:sso_name": [one.body.name] * n,
    }


def _ephemeris(body: moving_objects.Body, alerts: Alerts) -> dict[str, Any]:
    jd = alerts.photometry.visits.middle
    seen, later = ephemeris(body.orbit, jd), ephemeris(body.orbit, jd + STEP)
    east = ((later.ra - seen.ra + 180) % 360 - 180) * np.cos(np.radians(seen.dec)) / STEP
    north = (later.dec - seen.dec) / STEP
    columns = _vectors(seen, later) | _frames(alerts)
    return columns | {
        "r:ephRa": seen.ra,
        "r:ephDec": seen.dec,
        "r:ephVmag": seen.v,
        "r:ephRate": np.hypot(east, north),
        "r:ephRateRa": east,
        "r:ephRateDec": north,
        "r:ephOffset": np.hypot(alerts.east, alerts.north),
        "r:ephOffsetRa": alerts.east,
        "r:ephOffsetDec": alerts.north,
        "r:phaseAngle": seen.phase,
        "r:elongation": seen.elongation,
        "r:helioRange": seen.r,
        "r:helioRangeRate": (later.r - seen.r) / STEP,
        "r:topoRange": seen.delta,
        "r:topoRangeRate": (later.delta - seen.delta) / STEP,
    }


def _vectors(seen: Ephemeris, later: Ephemeris) -> dict[str, np.ndarray]:
    """Positions and velocities relative to the Sun and to the Earth, au and days."""
    columns: dict[str, np.ndarray] = {}
    origins: dict[str, Callable[[Ephemeris], np.ndarray]] = {"topo": from_earth, "helio": from_sun}
    for name, vector in origins.items():
        position = vector(seen)
        speed = (vector(later) - position) / STEP
        columns |= {f"r:{name}_{axis}": values for axis, values in zip("xyz", position, strict=True)}
        columns |= {f"r:{name}_v{axis}": values for axis, values in zip("xyz", speed, strict=True)}
        columns[f"r:{name}_vtot"] = np.linalg.norm(speed, axis=0)
    return columns


def _frames(alerts: Alerts) -> dict[str, np.ndarray]:
    position = SkyCoord(alerts.ra, alerts.dec, unit="deg")
    ecliptic, galactic = position.barycentrictrueecliptic, position.galactic
    return {
        "r:eclLambda": ecliptic.lon.deg,
        "r:eclBeta": ecliptic.lat.deg,
        "r:galLon": galactic.l.deg,
        "r:galLat": galactic.b.deg,
    }
