"""Everything that moves: asteroids, candidates for asteroids, and tracks of satellites."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from astropy.time import Time

from ..data import load
from .cadence import Cadence, altitude, on_slots
from .chance import generator
from .groups import Group, Sightings, magnitude_error
from .orbits import COLOURS, Orbit, ephemeris
from .sources import by_band

__all__ = ["WITHOUT_ORBIT", "Body", "asteroids", "candidates", "moving_objects"]

PLANS = load("solar_system.json")
WITHOUT_ORBIT = {"99sim1": "99SIM1"}  # the asteroid that passed once, by its name in lower case
LOWEST = np.radians(35.0)
FAINTEST = 20.4
PAIR = {"g": -0.014, "r": 0.017}  # days from midnight
SCATTER = 0.12 / 3600  # degrees
TRACK_STEP = 0.06  # degrees between the pieces of a track


@dataclass(frozen=True, eq=False)
class Body:
    """An asteroid, or a candidate for one."""

    name: str  # official name, provisional designation, or name of a candidate's trajectory
    number: int | None
    ssnamenr: list[str]  # names in the alerts
    orbit: Orbit
    alerts: int
    letters: str  # in the ids of its alerts
    short: bool  # the alerts are of the first nights on which it can be seen

    @cached_property
    def names(self) -> set[str]:
        """All names by which it is found, without blanks and in lower case."""
        known = [self.name, *self.ssnamenr] + ([] if self.number is None else [str(self.number)])
        return {name.replace(" ", "").lower() for name in known}


def asteroids() -> list[Body]:
    """Asteroids with an orbit."""
    return _bodies("asteroids", "ast", short=False)


def candidates() -> list[Body]:
    """Candidates for new asteroids."""
    return _bodies("candidates", "ffc", short=True)


def _bodies(group: str, prefix: str, short: bool) -> list[Body]:
    return [
        Body(
            one["name"],
            one.get("number"),
            one.get("ssnamenr", ["null"]),
            Orbit(epoch=PLANS["epoch"], **one["orbit"]),
            one["alerts"],
            prefix + chr(ord("a") + number),
            short,
        )
        for number, one in enumerate(PLANS[group])
    ]


def moving_objects(seed: int, cadence: Cadence) -> list[Group]:
    """The alerts of each asteroid, of each candidate, and of all tracks."""
    bodies = [_sightings(seed, cadence, body) for body in [*asteroids(), *candidates()]]
    return [*bodies, _tracks(seed)]


def _sightings(seed: int, cadence: Cadence, body: Body) -> Group:
    rng = generator(seed, body.name, "alerts")
    jd, band = _visits(body, cadence, rng)
    seen = ephemeris(body.orbit, jd)
    expected = seen.v + by_band(COLOURS, band)
    sigma = magnitude_error(expected)
    scatter = rng.normal(0, SCATTER, (2, jd.size))
    ids = np.array([_id(body.letters, row) for row in range(jd.size)])
    ra = (seen.ra + scatter[0] / np.cos(np.radians(seen.dec))) % 360
    magnitude = rng.normal(expected, sigma)
    facts = {"name": _names(body), "distance": rng.uniform(0, 1, jd.size), "predicted": seen.v}
    sightings = Sightings(ids, jd, ra, seen.dec + scatter[1], band, magnitude, sigma, facts)
    return Group("asteroid", "candidate" if body.short else "asteroid", sightings, rng)


def _names(body: Body) -> np.ndarray:
    """Name in each alert: later alerts have the other name if there are two."""
    return np.array([body.ssnamenr[row * len(body.ssnamenr) // body.alerts] for row in range(body.alerts)])


def _id(letters: str, number: int) -> str:
    return f"ZTF99{letters}" + "".join(chr(97 + number // 26**power % 26) for power in (2, 1, 0))


def _visits(body: Body, cadence: Cadence, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two exposures per night, in two bands, while the body is high and bright."""
    midnights = cadence.clear_midnights
    seen = ephemeris(body.orbit, midnights)
    good = midnights[(altitude(seen.ra, seen.dec, midnights) > LOWEST) & (seen.v < FAINTEST)]
    count = (body.alerts + 1) // 2
    nights = good[:count] if body.short else np.sort(rng.choice(good, count, replace=False))
    jd = on_slots(np.add.outer(nights, list(PAIR.values())))
    return jd.ravel()[: body.alerts], np.array(list(PAIR) * nights.size)[: body.alerts]


def _tracks(seed: int) -> Group:
    rng = generator(seed, "tracks")
    pieces = [_track(track) for track in PLANS["tracks"]]
    jd, ra, dec = (np.concatenate(part) for part in zip(*(piece[:3] for piece in pieces), strict=True))
    names = np.array([piece[3] for piece in pieces for _ in piece[0]])
    ids = np.array([_id("trck", row) for row in range(jd.size)])
    magnitude = rng.uniform(16.5, 18.5, jd.size)
    sigma = np.full(jd.size, 0.06)
    sightings = Sightings(ids, jd, ra, dec, np.full(jd.size, "r"), magnitude, sigma, {"name": names})
    return Group("asteroid", "track", sightings, rng)


def _track(plan: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray, str]:
    """Times and positions along a straight line in one exposure, and its name."""
    start = Time(plan["start"])
    steps = TRACK_STEP * np.arange(plan["alerts"])
    angle = np.radians(plan["angle"])
    dec = plan["dec"] + steps * np.cos(angle)
    ra = plan["ra"] + steps * np.sin(angle) / np.cos(np.radians(plan["dec"]))
    name = start.strftime("TRCK_%Y%m%d_%H%M%S") + f"_{plan['number']:02d}"
    return np.full(steps.size, round(start.jd, 7)), ra, dec, name
