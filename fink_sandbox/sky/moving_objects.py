"""What never stands where it stood: asteroids, candidates for asteroids, and tracks of satellites."""

from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from astropy.time import Time

from ..data import load
from ..ztf.alerts import FILTERS
from ..ztf.groups import Sightings, Swarm
from .cadence import altitude, on_slots
from .chance import generator
from .orbits import Orbit, ephemeris

__all__ = ["Body", "asteroids", "candidates", "movers"]

PLANS = load("solar_system.json")
TEMPLATE = "ZTF99simastr"
LOWEST = np.radians(35.0)
FAINTEST = 20.4
PAIR = {"g": -0.014, "r": 0.017}  # days from midnight
SCATTER = 0.12 / 3600  # degrees
TRACK_STEP = 0.06  # degrees between the pieces of a track


@dataclass(frozen=True, eq=False)
class Body:
    """
    An asteroid, or a candidate for one.

    Attributes
    ----------
    name : str
        Official name or provisional designation; the name of the trajectory for a candidate.
    number : int or None
    ssnamenr : list of str
        What the survey calls it.
    orbit : `~fink_sandbox.sky.orbits.Orbit`
    alerts : int
    letters : str
        Of the ids of its alerts.
    short : bool
        Its alerts are of the first nights on which it can be seen, not of any.
    """

    name: str
    number: int | None
    ssnamenr: list
    orbit: Orbit
    alerts: int
    letters: str
    short: bool

    @cached_property
    def names(self):
        """All that it can be asked for by, without blanks and in lower case."""
        known = [self.name, *self.ssnamenr] + ([] if self.number is None else [str(self.number)])
        return {name.replace(" ", "").lower() for name in known}


def asteroids():
    """Asteroids with an orbit."""
    return _bodies("asteroids", "ast", short=False)


def candidates():
    """Candidates for new asteroids."""
    return _bodies("candidates", "ffc", short=True)


def _bodies(group, prefix, short):
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


def movers(seed, cadence, template):
    """
    All that moves.

    Parameters
    ----------
    seed : int
    cadence : `~fink_sandbox.sky.cadence.Cadence`
    template : dict of str to list
        Columns of an asteroid.

    Returns
    -------
    list of `~fink_sandbox.ztf.moving_objects.Swarm`
    """
    seen = partial(_body_swarm, seed, cadence, template)
    bodies = [(body, _known(body)) for body in asteroids()] + [(body, _found(body)) for body in candidates()]
    swarms = [seen(body, place, special) for place, (body, special) in enumerate(bodies)]
    return [*swarms, _tracks(seed, template, len(swarms))]


def _known(body):
    """Later alerts go by the other name, where there are two."""
    names = [body.ssnamenr[row * len(body.ssnamenr) // body.alerts] for row in range(body.alerts)]
    return {"i:ssnamenr": names, "d:roid": [3] * body.alerts}


def _found(body):
    return {
        "i:ssnamenr": ["null"] * body.alerts,
        "i:ssdistnr": [-999.0] * body.alerts,
        "i:ssmagnr": [-999.0] * body.alerts,
        "d:roid": [2] * body.alerts,
        "v:classification": ["Solar System candidate"] * body.alerts,
    }


def _body_swarm(seed, cadence, template, body, place, special):
    rng = generator(seed, body.name, "alerts")
    jd, band = _visits(body, cadence, rng)
    seen = ephemeris(body.orbit, jd)
    expected = np.array([seen.magnitude(one)[row] for row, one in enumerate(band)])
    sigma = 0.012 + 0.19 * 10 ** (0.4 * (expected - 20.6))
    scatter = rng.normal(0, SCATTER, (2, jd.size))
    ids = np.array([_id(body.letters, row) for row in range(jd.size)])
    fid = np.array([FILTERS[one] for one in band])
    ra = (seen.ra + scatter[0] / np.cos(np.radians(seen.dec))) % 360
    sightings = Sightings(ids, jd, ra, seen.dec + scatter[1], fid, rng.normal(expected, sigma), sigma)
    close = {
        "i:ssdistnr": rng.uniform(0, 1, jd.size).round(3).tolist(),
        "i:ssmagnr": seen.v.round(1).tolist(),
    }
    return Swarm(template, sightings, "asteroid", rng, place, close | special)


def _id(letters, number):
    return f"ZTF99{letters}" + "".join(chr(97 + number // 26**power % 26) for power in (2, 1, 0))


def _visits(body, cadence, rng):
    """Two exposures a night, in two bands, on some of the nights on which the body is high and bright."""
    midnights = cadence.clear_midnights
    seen = ephemeris(body.orbit, midnights)
    good = (altitude(seen.ra, seen.dec, midnights) > LOWEST) & (seen.v < FAINTEST)
    count = (body.alerts + 1) // 2
    nights = (
        midnights[good][:count] if body.short else np.sort(rng.choice(midnights[good], count, replace=False))
    )
    jd = on_slots(np.add.outer(nights, list(PAIR.values())))
    return jd.ravel()[: body.alerts], (list(PAIR) * nights.size)[: body.alerts]


def _tracks(seed, template, place):
    rng = generator(seed, "tracks")
    pieces = [_track(track) for track in PLANS["tracks"]]
    jd, ra, dec = (np.concatenate(part) for part in zip(*(piece[:3] for piece in pieces), strict=True))
    names = [piece[3] for piece in pieces for _ in piece[0]]
    ids = np.array([_id("trck", row) for row in range(jd.size)])
    magnitude = rng.uniform(16.5, 18.5, jd.size)
    fid = np.full(jd.size, FILTERS["r"])
    sightings = Sightings(ids, jd, ra, dec, fid, magnitude, np.full(jd.size, 0.06))
    special = {
        "i:ssnamenr": ["null"] * jd.size,
        "d:roid": [0] * jd.size,
        "d:tracklet": names,
        "v:classification": ["Tracklet"] * jd.size,
    }
    return Swarm(template, sightings, "asteroid", rng, place, special)


def _track(plan):
    """Places of the pieces of a straight line in one exposure, and the name of the track."""
    start = Time(plan["start"])
    steps = TRACK_STEP * np.arange(plan["alerts"])
    angle = np.radians(plan["angle"])
    dec = plan["dec"] + steps * np.cos(angle)
    ra = plan["ra"] + steps * np.sin(angle) / np.cos(np.radians(plan["dec"]))
    name = start.strftime("TRCK_%Y%m%d_%H%M%S") + f"_{plan['number']:02d}"
    return np.full(steps.size, round(start.jd, 7)), ra, dec, name
