"""Asteroids as Rubin sees them: when, where, how bright, and what goes with the alerts."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..data import load
from ..sky.cadence import altitude, sun
from ..sky.chance import generator
from ..sky.moving_objects import asteroids
from ..sky.orbits import COLOURS, ephemeris
from ..sky.sky import Target
from ..sky.sources import flux
from .alerts import (
    Detections,
    field_names,
    packet,
    table,
)
from .columns import KINDS
from .ids import OWNERS, owner, source_ids
from .observe import Photometry
from .visits import (
    DEPTH,
    SEEING,
    Visits,
    on_slots,
)

__all__ = ["Body", "bodies", "body_table", "known_by"]

NAMES = load("lsst_objects.json")["bodies"]
RUBIN_COLOURS = COLOURS | {"u": 1.75, "z": -0.33, "y": -0.34}  # magnitude in a band minus V
PAIRS = [("g", "r"), ("r", "i"), ("i", "z"), ("r", "u"), ("z", "y")]
PAIR = np.array([-0.012, 0.012])  # days from midnight
FAINTEST = 23.0
LOWEST = np.radians(35.0)
STEP = 1 / 1440  # days over which motions are measured


@dataclass(frozen=True, eq=False)
class Body:
    """
    An asteroid with the names that Rubin and Fink have for it.

    Attributes
    ----------
    body : `~fink_sandbox.sky.solar_system.Body`
    designation, packed : str
        Provisional designation as written, and in seven characters.
    number : int
        ssObjectId.
    """

    body: object
    designation: str
    packed: str
    number: int

    @property
    def names(self):
        """All that it can be asked for by, without blanks and in lower case."""
        return self.body.names | {self.designation.replace(" ", "").lower(), self.packed.lower()}


def bodies():
    """All asteroids with an orbit."""
    return [Body(one, *NAMES[one.name]) for one in asteroids()]


def known_by(word):
    """The asteroid of a name, number or designation, None if there is none."""
    wanted = word.replace(" ", "").lower()
    return next((one for one in bodies() if wanted in one.names), None)


@lru_cache(64)
def sightings(sky, name):
    """
    The alerts of a body.

    Parameters
    ----------
    sky : `~fink_sandbox.Sky`
    name : str

    Returns
    -------
    `~fink_sandbox.lsst.packet.Detections`
    """
    body = next(one for one in asteroids() if one.name == name)
    rng = generator(sky.seed, name, "rubin")
    jd, band = _exposures(body, sky.cadence, rng)
    depth = np.array([DEPTH[one] for one in band.tolist()]) + rng.normal(0, 0.12, jd.size)
    visits = Visits(jd, band, depth, SEEING * rng.lognormal(0, 0.15, jd.size))
    seen = ephemeris(body.orbit, visits.middle)
    light = flux(seen.v + np.array([RUBIN_COLOURS[one] for one in band.tolist()]))
    error = np.hypot(flux(depth) / 5, 0.003 * light)
    measured = light + error * rng.normal(size=jd.size)
    nothing = 0.05 * error * rng.normal(size=jd.size)
    photometry = Photometry(
        visits, measured, error, measured + nothing, error, nothing, 0.05 * error, np.full(jd.size, False)
    )
    east, north = rng.normal(0, 0.03, (2, jd.size))
    ra = (seen.ra + east / 3600 / np.cos(np.radians(seen.dec))) % 360
    x, y = rng.uniform(200, 3800, (2, jd.size))
    ids = source_ids(jd, name)
    return Detections(photometry, ids, east, north, ra, seen.dec + north / 3600, x, y, int(rng.integers(189)))


def _exposures(body, cadence, rng):
    """Two exposures a night, in two bands, on some of the nights on which the body is high and bright."""
    midnights = cadence.clear_midnights
    seen = ephemeris(body.orbit, midnights)
    good = (altitude(seen.ra, seen.dec, midnights) > LOWEST) & (seen.v < FAINTEST)
    nights = np.sort(rng.choice(midnights[good], body.alerts // 2, replace=False))
    jd = on_slots(np.add.outer(nights, PAIR)).ravel()
    return jd, np.array([band for row in rng.integers(len(PAIRS), size=nights.size) for band in PAIRS[row]])


def target_of(sky, name, detections, index):
    """What stands around the body at one of its alerts."""
    place = float(detections.ra[index]), float(detections.dec[index])
    called = f"{name} {detections.diasourceid[index]}"
    return Target(called, "asteroid", *place, "", None, sky.seed, sky.cadence)


def of_source(sky, number):
    """Target, detections and row of an alert of a body, None if there is no such alert."""
    for body in asteroids():
        if number % OWNERS == owner(body.name):
            found = sightings(sky, body.name)
            if number in found.diasourceid:
                index = found.diasourceid.index(number)
                return target_of(sky, body.name, found, index), found, index
    return None


def body_table(sky, one):
    """
    All columns of the alerts of a body, oldest first.

    Parameters
    ----------
    sky : `~fink_sandbox.Sky`
    one : Body

    Returns
    -------
    dict of str to list
    """
    found = sightings(sky, one.body.name)
    n = len(found.diasourceid)
    target = target_of(sky, one.body.name, found, 0)
    columns = packet(target, found) | field_names(target, n)
    columns |= _named(one, n) | _ephemeris(one.body, found)
    return table(columns, KINDS["sso"], n)


def _named(one, n):
    return {
        "r:diaObjectId": [0] * n,
        "r:ssObjectId": [one.number] * n,
        "r:designation": [one.designation] * n,
        "r:packed_primary_provisional_designation": [one.packed] * n,
        "r:salt": [one.packed[1:3]] * n,
        "r:diaDistanceRank": [1] * n,
        "f:sso_name": [one.body.name] * n,
    }


def _ephemeris(body, found):
    jd = found.photometry.visits.middle
    seen, later = ephemeris(body.orbit, jd), ephemeris(body.orbit, jd + STEP)
    east = ((later.ra - seen.ra + 180) % 360 - 180) * np.cos(np.radians(seen.dec)) / STEP
    north = (later.dec - seen.dec) / STEP
    columns = _vectors(seen, later) | _frames(found)
    return columns | {
        "r:ephRa": seen.ra,
        "r:ephDec": seen.dec,
        "r:ephVmag": seen.v,
        "r:ephRate": np.hypot(east, north),
        "r:ephRateRa": east,
        "r:ephRateDec": north,
        "r:ephOffset": np.hypot(found.east, found.north),
        "r:ephOffsetRa": found.east,
        "r:ephOffsetDec": found.north,
        "r:phaseAngle": seen.phase,
        "r:elongation": seen.elongation,
        "r:helioRange": seen.r,
        "r:helioRangeRate": (later.r - seen.r) / STEP,
        "r:topoRange": seen.delta,
        "r:topoRangeRate": (later.delta - seen.delta) / STEP,
    }


def _vectors(seen, later):
    """Places and velocities as seen from the Sun and from the Earth, astronomical units and days."""
    columns = {}
    for name, of in (("topo", _from_earth), ("helio", _from_sun)):
        place = of(seen)
        speed = (of(later) - place) / STEP
        columns |= {f"r:{name}_{axis}": values for axis, values in zip("xyz", place, strict=True)}
        columns |= {f"r:{name}_v{axis}": values for axis, values in zip("xyz", speed, strict=True)}
        columns[f"r:{name}_vtot"] = np.linalg.norm(speed, axis=0)
    return columns


def _from_earth(seen):
    return seen.delta * _direction(np.radians(seen.ra), np.radians(seen.dec))


def _from_sun(seen):
    ra, dec = sun(seen.jd)
    return _from_earth(seen) - _direction(np.radians(ra), dec)


def _direction(ra, dec):
    return np.array([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)])


def _frames(found):
    from astropy.coordinates import SkyCoord

    place = SkyCoord(found.ra, found.dec, unit="deg")
    ecliptic, galactic = place.barycentrictrueecliptic, place.galactic
    return {
        "r:eclLambda": ecliptic.lon.deg,
        "r:eclBeta": ecliptic.lat.deg,
        "r:galLon": galactic.l.deg,
        "r:galLat": galactic.b.deg,
    }
