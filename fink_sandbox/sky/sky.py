"""The simulated sky: named objects, and as many more as a test asks for."""

from bisect import bisect_left, insort
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import cycle, islice

import numpy as np
from astropy.coordinates import SkyCoord, get_constellation

from ..data import load
from ..server.pool import Pool
from ..ztf import survey as ztf
from ..ztf.images import stamp
from .cadence import FIRST_NIGHT, Cadence
from .chance import generator
from .crowds import crowd, places_in_pixel
from .moving_objects import TEMPLATE, movers
from .observe import observe
from .scene import surroundings
from .sources import LIGHTS

__all__ = ["Sky", "Target"]

NAMED = load("named_objects.json")
CROWD = ("rrlyrae", "agn", "snia", "dwarfnova")
CACHED_OBJECTS, CACHED_IMAGES = 400, 2000
SOUTHERN_LIMIT, NORTHERN_LIMIT = -20.0, 70.0
QUADRANTS = 64
QUADRANT = 0.87 * 3600  # arcsec


@dataclass(frozen=True, eq=False)
class Target:
    """
    One object of the sky. Its light and its surroundings are made when they are first needed.

    Attributes
    ----------
    objectid, kind : str
    ra, dec : float
        Degrees.
    constellation : str
    wanted : int or None
        How many alerts it is to have; None for as many as the survey finds.
    seed : int
    cadence : `~fink_sandbox.sky.cadence.Cadence`
    host : Target or None
        An object that is in the same exposures, on another quadrant of the detector.
    number : int
        How many quadrants further.
    """

    objectid: str
    kind: str
    ra: float
    dec: float
    constellation: str
    wanted: int | None
    seed: int
    cadence: Cadence
    host: "Target | None" = None
    number: int = 0

    def generator(self, purpose):
        """Random numbers of this object for one purpose."""
        return generator(self.seed, self.objectid, purpose)

    @cached_property
    def light(self):
        """How the object shines."""
        return LIGHTS[self.kind](self.generator("light"), self.visits().jd)

    @cached_property
    def scene(self):
        """What stands around it."""
        return surroundings(self.ra, self.dec, self.light, self.generator("scene"))

    def visits(self, density=1):
        """Exposures of this place."""
        if self.host is not None:
            return self.host.visits(density)
        return self.cadence.visits(self.ra, self.dec, self.generator("visits"), density)

    def observe(self, density=1):
        """Measurements of this object."""
        return observe(self.light, self.visits(density), self.generator(f"noise {density}"))

    def quadrant(self, rng):
        """Number of the detector quadrant and of the survey's field that the object is in."""
        rcid, field = int(rng.integers(QUADRANTS)), int(rng.integers(245, 1895))
        if self.host is None:
            return rcid, field
        rcid, field = self.host.quadrant(self.host.generator("alerts"))
        return (rcid + self.number) % QUADRANTS, field

    def motion(self, jd):
        """East and north, arcsec, of where the object stands at each time."""
        speed = self.generator("motion").uniform(-1.5, 1.5, 2) * self.light.moves
        return np.outer(speed, (jd - jd.mean()) * 24)

    def offset(self, east, north):
        """Right ascension and declination, degrees, of places given in arcsec from the object."""
        dec = self.dec + np.asarray(north) / 3600
        return (self.ra + np.asarray(east) / 3600 / np.cos(np.radians(self.dec))) % 360, dec

    def catalogue(self, band):
        """What a deep image of the place holds: rows of east, north, magnitude, 1 for a star."""
        scene = self.scene
        rows = np.column_stack([scene.east, scene.north, scene.magnitude[band], np.ones(scene.east.size)])
        extra = []
        if np.isfinite(self.light.reference[band]):
            extra.append([0.0, 0.0, self.light.reference[band], 0.0 if scene.galaxy else 1.0])
        if scene.galaxy:
            extra.append([scene.galaxy.east, scene.galaxy.north, scene.galaxy.magnitude[band], 0.0])
        return np.vstack([rows, *extra])


class Sky:
    """
    All simulated objects. The same seed makes the same sky, in every process.

    Parameters
    ----------
    seed : int, optional

    Attributes
    ----------
    repeated : set of int
        Ids of the alerts that answers about objects hold twice.

    Examples
    --------
    >>> from fink_sandbox import Sky
    >>> sky = Sky(seed=1)
    >>> sky.beginning_with("ZTF99simd"), sky.beginning_with("ZTF99trck")[0]
    (['ZTF99simdwno'], 'ZTF99trckaaa')
    >>> sky.add("snia", alerts=20)
    'ZTF99aaaaaaa'
    """

    def __init__(self, seed=1):
        self.seed = seed
        self.cadence = Cadence(seed)
        self._targets = {}
        self._ids = []
        self._unnamed = 0
        self._swarms = []
        self._swarm_of = {}
        self.repeated = set()
        self.history = lru_cache(CACHED_OBJECTS)(self._history)
        self.image = lru_cache(CACHED_IMAGES)(self._image)
        places = np.array([NAMED[objectid]["place"] for objectid in NAMED])
        self._place([(name, one["kind"]) for name, one in NAMED.items()], *places.T, None)
        for swarm in movers(seed, self.cadence, self._history(TEMPLATE).valid):
            self._join(swarm)

    @property
    def targets(self):
        """All objects that were not made in a swarm."""
        return list(self._targets.values())

    @property
    def objects(self):
        """Ids of all objects, sorted."""
        return list(self._ids)

    def target(self, objectid):
        """The object of an id."""
        if objectid in self._targets:
            return self._targets[objectid]
        swarm = self._swarm_of[objectid]
        return Target(objectid, swarm.kind, *swarm.place(objectid), None, self.seed, self.cadence)

    def tables(self, chosen=None):
        """
        All columns of all alerts, in several tables.

        Parameters
        ----------
        chosen : callable, optional
            Tells of a target whether its alerts are wanted. Alerts that were made in a swarm always come.

        Returns
        -------
        list of dict of str to list
        """
        targets = [one for one in self._targets.values() if chosen is None or chosen(one)]
        return [self.history(one.objectid).valid for one in targets] + [one.columns for one in self._swarms]

    def alerts_of(self, ssnamenr):
        """
        Alerts of bodies that move, oldest first.

        Parameters
        ----------
        ssnamenr : list of str
            What the survey calls them.

        Returns
        -------
        dict of str to list
        """
        pool = Pool([one.columns for one in self._swarms])
        rows = np.flatnonzero(np.isin(pool.array("i:ssnamenr"), ssnamenr))
        rows = rows[np.argsort(pool.array("i:jd")[rows], kind="stable")]
        return {name: pool.pick(name, rows) for name in ztf.COLUMNS}

    def repeat(self, objectid, alert=-1):
        """
        From now on, answers about an object hold one of its alerts twice.

        Parameters
        ----------
        objectid : str
        alert : int, optional
            Which one, counted from the oldest. By default the newest.

        Returns
        -------
        int
            Its ``i:candid``.
        """
        candid = self.history(objectid).valid["i:candid"][alert]
        self.repeated.add(candid)
        return candid

    def add(self, kind, *, objectid=None, alerts=None, beside=None):
        """
        Put one more object at a random place of the sky.

        Parameters
        ----------
        kind : str
            ``"snia"``, ``"rrlyrae"``, ``"agn"``, ``"blazar"``, ``"dwarfnova"``, ``"asteroid"``, or
            ``"edge"``: a star at the edge of the detector.
        objectid : str, optional
        alerts : int, optional
            How many alerts it has. By default as many as the survey finds.
        beside : str, optional
            Id of an object that this one is a few degrees away from, in the same exposures: alerts, upper
            limits and rows of bad quality of the two share their times.

        Returns
        -------
        str
            The id of the object.

        Raises
        ------
        ValueError
            If the kind is unknown, the id is taken, such an object cannot have so many alerts, or nothing can
            stand beside the other.

        Examples
        --------
        >>> from fink_sandbox import Sky
        >>> sky = Sky(seed=1)
        >>> objectid = sky.add("agn", beside="ZTF99simrrly")
        >>> times, others = (set(sky.history(one).valid["i:jd"]) for one in (objectid, "ZTF99simrrly"))
        >>> bad = sky.history(objectid).badquality["i:jd"]
        >>> len(times & others) > 50, len(others.intersection(bad)) > 0
        (True, True)
        """
        if kind not in LIGHTS:
            raise ValueError(f"kind={kind!r} is not one of {', '.join(LIGHTS)}")
        if objectid in self._targets or objectid in self._swarm_of:
            raise ValueError(f"objectid={objectid!r} is already in the sky")
        objectid = objectid or self._next_id()
        if beside is None:
            self._place([(objectid, kind)], *self._anywhere([objectid]), alerts)
        else:
            self._place_beside(beside, objectid, kind, alerts)
        if not ztf.has_enough_alerts(self._targets[objectid]):
            self._ids.remove(objectid)
            del self._targets[objectid]
            raise ValueError(f"an object of kind {kind!r} cannot have alerts={alerts}")
        return objectid

    def populate(self, n, *, alerts=40):
        """
        Add many objects of mixed kinds, all with the same number of alerts.

        Parameters
        ----------
        n : int
        alerts : int, optional

        Returns
        -------
        list of str
            Their ids.
        """
        ids = [self._next_id() for _ in range(n)]
        kinds = islice(cycle(CROWD), n)
        self._place(list(zip(ids, kinds, strict=True)), *self._anywhere(ids), alerts)
        return ids

    def crowd(self, alerts, *, objects=None, kind="snia", pixel=None, days=365):
        """
        Add many alerts of one class, quickly: copies of one alert at other times and places.

        Parameters
        ----------
        alerts : int
            Of all objects together; some share an exposure.
        objects : int, optional
            By default one for 20 alerts.
        kind : str, optional
            Of the objects; a ``"snia"`` makes alerts of the class ``"SN candidate"``.
        pixel : int, optional
            HEALPix pixel (``nside=128``, ring) that all are in. By default they are anywhere.
        days : float, optional
            Length of the time they are spread over, from the first night of the survey.

        Returns
        -------
        dict of str to tuple of float
            By id, right ascension and declination in degrees.

        Raises
        ------
        ValueError
            If the kind is unknown.

        Examples
        --------
        >>> from fink_sandbox import Sky
        >>> places = Sky(seed=1).crowd(5000, objects=500)
        >>> list(places)[:2]
        ['ZTF99aaaaaaa', 'ZTF99aaaaaab']
        """
        if kind not in LIGHTS:
            raise ValueError(f"kind={kind!r} is not one of {', '.join(LIGHTS)}")
        ids = [self._next_id() for _ in range(objects or max(alerts // 20, 1))]
        if pixel is None:
            ra, dec = self._anywhere(ids)
        else:
            ra, dec = places_in_pixel(pixel, len(ids), generator(self.seed, ids[0], "pixel"))
        places = dict(zip(ids, zip(ra.tolist(), dec.tolist(), strict=True), strict=True))
        template = next(name for name, one in NAMED.items() if one["kind"] == kind)
        midnights = self.cadence.clear_midnights
        nights = midnights[midnights < FIRST_NIGHT + days]
        copied = self.history(template).valid
        self._join(crowd(self.seed, copied, kind, places, nights, alerts, len(self._swarms)))
        return places

    def beginning_with(self, prefix):
        """Ids that begin with `prefix`, sorted."""
        found = []
        for objectid in self._ids[bisect_left(self._ids, prefix) :]:
            if not objectid.startswith(prefix):
                break
            found.append(objectid)
        return found

    def _history(self, objectid):
        if objectid in self._swarm_of:
            return self._swarm_of[objectid].history(objectid)
        return ztf.history(self._targets[objectid])

    def _image(self, objectid, row, kind):
        """Cutout of one alert, which no answer may change."""
        image = stamp(self.target(objectid), self.history(objectid).alerts, row, kind)
        image.flags.writeable = False
        return image

    def _join(self, swarm):
        self._swarms.append(swarm)
        self._swarm_of |= dict.fromkeys(swarm.slices, swarm)
        self._ids = sorted([*self._ids, *swarm.slices])

    def _next_id(self):
        number, self._unnamed = self._unnamed, self._unnamed + 1
        letters = [chr(ord("a") + number // 26**power % 26) for power in range(6, -1, -1)]
        return "ZTF99" + "".join(letters)

    def _anywhere(self, ids):
        """Random places, evenly over the part of the sky that the telescope sees well."""
        draws = np.array([generator(self.seed, objectid, "place").random(2) for objectid in ids])
        low, high = np.sin(np.radians([SOUTHERN_LIMIT, NORTHERN_LIMIT]))
        return 360 * draws[:, 0], np.degrees(np.arcsin(low + (high - low) * draws[:, 1]))

    def _place_beside(self, other, objectid, kind, alerts):
        """Among the exposures of another object, on a quadrant of the detector that has none of them yet."""
        if other not in self._targets:
            raise ValueError(f"beside={other!r} is not an object that the survey follows")
        host = self._targets[other].host or self._targets[other]
        number = 1 + sum(one.host is host for one in self._targets.values())
        if number >= QUADRANTS:
            raise ValueError(f"beside={other!r} has an object on every quadrant of the detector")
        angle = generator(self.seed, objectid, "beside").uniform(0, 2 * np.pi)
        ra, dec = host.offset(2 * QUADRANT * np.sin(angle), 2 * QUADRANT * np.cos(angle))
        self._place([(objectid, kind)], np.array([ra]), np.array([dec]), alerts, host, number)

    def _place(self, objects, ra, dec, alerts, *beside):
        constellations = get_constellation(SkyCoord(ra, dec, unit="deg")).tolist()
        rows = zip(objects, ra.tolist(), dec.tolist(), constellations, strict=True)
        for (objectid, kind), *place in rows:
            self._targets[objectid] = Target(objectid, kind, *place, alerts, self.seed, self.cadence, *beside)
            insort(self._ids, objectid)
