"""The simulated sky: named objects, and as many more as a test needs."""

from bisect import bisect_left, insort
from collections.abc import Iterable
from itertools import cycle, islice

import numpy as np
from astropy.coordinates import SkyCoord, get_constellation

from .cadence import FIRST_NIGHT, Cadence
from .chance import generator
from .crowds import crowd, positions_in_pixel
from .detections import detect, has_enough_alerts
from .groups import Group
from .moving_objects import moving_objects
from .sources import LIGHTS
from .targets import NAMED, QUADRANTS, Target

__all__ = ["Sky"]

MIXED_KINDS = ("rrlyrae", "agn", "snia", "dwarfnova")
SOUTHERN_LIMIT, NORTHERN_LIMIT = -20.0, 70.0
QUADRANT = 0.87 * 3600  # arcsec


class Sky:
    """
    All simulated objects. The same seed makes the same sky, in every process.

    Parameters
    ----------
    seed : int, optional
        Seed of all random numbers.

    Attributes
    ----------
    seed : int
    cadence : `~fink_sandbox.sky.cadence.Cadence`
        Weather and nights of the telescope.
    groups : list of `~fink_sandbox.sky.groups.Group`
        Objects that were made together: crowds, and everything that moves.
    repeated : set of tuple
        Id and Julian date of the alerts that responses about objects contain twice.

    Examples
    --------
    >>> from fink_sandbox import Sky
    >>> sky = Sky(seed=1)
    >>> sky.beginning_with("ZTF99simd"), sky.beginning_with("ZTF99trck")[0]
    (['ZTF99simdwno'], 'ZTF99trckaaa')
    >>> sky.add("snia", alerts=20)
    'ZTF99aaaaaaa'
    """

    def __init__(self, seed: int = 1):
        self.seed = seed
        self.cadence = Cadence(seed)
        self.groups: list[Group] = []
        self.repeated: set[tuple[str, float]] = set()
        self._targets: dict[str, Target] = {}
        self._group_of: dict[str, int] = {}
        self._ids: list[str] = []
        self._unnamed = 0
        ra, dec = np.array([one["place"] for one in NAMED.values()]).T
        self._place([(name, one["kind"]) for name, one in NAMED.items()], ra, dec, None)
        for group in moving_objects(seed, self.cadence):
            self._join(group)

    @property
    def targets(self) -> list[Target]:
        """All objects that are not in a group."""
        return list(self._targets.values())

    @property
    def objects(self) -> list[str]:
        """Ids of all objects, sorted."""
        return list(self._ids)

    def target(self, objectid: str) -> Target:
        """
        Return one object with its position, light and surroundings.

        Parameters
        ----------
        objectid : str

        Returns
        -------
        `~fink_sandbox.sky.targets.Target`

        Raises
        ------
        KeyError
            If the sky has no such object.
        """
        if objectid in self._targets:
            return self._targets[objectid]
        group = self.groups[self._group_of[objectid]]
        return Target(objectid, group.kind, *group.position(objectid), None, self.seed, self.cadence)

    def group_number(self, objectid: str) -> int | None:
        """
        Return which of the groups an object belongs to.

        Parameters
        ----------
        objectid : str

        Returns
        -------
        int or None
            Index in ``groups``, None for an object of its own.
        """
        return self._group_of.get(objectid)

    def beginning_with(self, prefix: str) -> list[str]:
        """
        Find objects by the beginning of their ids.

        Parameters
        ----------
        prefix : str

        Returns
        -------
        list of str
            Ids, sorted.

        Examples
        --------
        >>> from fink_sandbox import Sky
        >>> Sky(seed=1).beginning_with("ZTF99sims")
        ['ZTF99simsnia', 'ZTF99simsntw']
        """
        found = []
        for objectid in self._ids[bisect_left(self._ids, prefix) :]:
            if not objectid.startswith(prefix):
                break
            found.append(objectid)
        return found

    def repeat(self, objectid: str, alert: int = -1) -> float:
        """
        Let responses about an object contain one of its alerts twice from now on.

        Parameters
        ----------
        objectid : str
        alert : int, optional
            Index of the alert, counted from the oldest. By default the newest.

        Returns
        -------
        float
            Julian date of the alert.

        Raises
        ------
        KeyError
            If the sky has no such object.
        IndexError
            If the object has fewer alerts.

        Examples
        --------
        >>> from fink_sandbox import Sky
        >>> Sky(seed=1).repeat("ZTF99simastr")
        2461000.965
        """
        number = self._group_of.get(objectid)
        if number is None:
            found = detect(self._targets[objectid])
            times = found.photometry.visits.jd[found.valid]
        else:
            group = self.groups[number]
            times = group.sightings.jd[group.slices[objectid]]
        jd = times[alert].item()
        self.repeated.add((objectid, jd))
        return jd

    def add(
        self, kind: str, *, objectid: str | None = None, alerts: int | None = None, beside: str | None = None
    ) -> str:
        """
        Add one object at a random position.

        Parameters
        ----------
        kind : str
            ``"snia"``, ``"rrlyrae"``, ``"agn"``, ``"blazar"``, ``"dwarfnova"``, ``"asteroid"``, or
            ``"edge"``: a star at the edge of the detector.
        objectid : str, optional
            Its id. By default the next free one.
        alerts : int, optional
            How many alerts it has. By default as many as the telescope detects.
        beside : str, optional
            Id of an object a few degrees away in the same exposures: alerts, upper limits and rows of bad
            quality of the two share their times.

        Returns
        -------
        str
            The id of the object.

        Raises
        ------
        ValueError
            If the kind is unknown, the id is taken, an object of this kind cannot have that many alerts, or
            nothing can be put beside the other object.

        Examples
        --------
        >>> from fink_sandbox import Sky
        >>> sky = Sky(seed=1)
        >>> objectid = sky.add("agn", beside="ZTF99simrrly")
        >>> times, others = (sky.target(one).visits().jd for one in (objectid, "ZTF99simrrly"))
        >>> bool((times == others).all())
        True
        """
        _check_kind(kind)
        if objectid in self._targets or objectid in self._group_of:
            raise ValueError(f"objectid={objectid!r} is already in the sky")
        objectid = objectid or self._next_id()
        if beside is None:
            self._place([(objectid, kind)], *self._anywhere([objectid]), alerts)
        else:
            self._place_beside(beside, objectid, kind, alerts)
        if not has_enough_alerts(self._targets[objectid]):
            self._ids.remove(objectid)
            del self._targets[objectid]
            raise ValueError(f"an object of kind {kind!r} cannot have alerts={alerts}")
        return objectid

    def populate(self, n: int, *, alerts: int = 40) -> list[str]:
        """
        Add many objects of mixed kinds, all with the same number of alerts.

        Parameters
        ----------
        n : int
            How many objects.
        alerts : int, optional
            How many alerts each of them has.

        Returns
        -------
        list of str
            Their ids.

        Examples
        --------
        >>> from fink_sandbox import Sky
        >>> Sky(seed=1).populate(2)
        ['ZTF99aaaaaaa', 'ZTF99aaaaaab']
        """
        ids = [self._next_id() for _ in range(n)]
        kinds = islice(cycle(MIXED_KINDS), n)
        self._place(list(zip(ids, kinds, strict=True)), *self._anywhere(ids), alerts)
        return ids

    def crowd(
        self,
        alerts: int,
        *,
        objects: int | None = None,
        kind: str = "snia",
        pixel: int | None = None,
        days: float = 365,
    ) -> dict[str, tuple[float, float]]:
        """
        Add many alerts of one class quickly, as copies of one alert.

        Parameters
        ----------
        alerts : int
            Number of alerts of all objects together; some share an exposure.
        objects : int, optional
            Number of objects. By default one for 20 alerts.
        kind : str, optional
            Kind of the objects; a ``"snia"`` makes alerts of the class ``"SN candidate"``.
        pixel : int, optional
            HEALPix pixel (``nside=128``, ring) that contains all objects. By default they are anywhere.
        days : float, optional
            Time over which they are spread, from the first night of the simulation.

        Returns
        -------
        dict of str to tuple of float
            Right ascension and declination in degrees, by id.

        Raises
        ------
        ValueError
            If the kind is unknown.

        Examples
        --------
        >>> from fink_sandbox import Sky
        >>> positions = Sky(seed=1).crowd(5000, objects=500)
        >>> list(positions)[:2]
        ['ZTF99aaaaaaa', 'ZTF99aaaaaab']
        """
        _check_kind(kind)
        ids = [self._next_id() for _ in range(objects or max(alerts // 20, 1))]
        if pixel is None:
            ra, dec = self._anywhere(ids)
        else:
            ra, dec = positions_in_pixel(pixel, len(ids), generator(self.seed, ids[0], "pixel"))
        positions = dict(zip(ids, zip(ra.tolist(), dec.tolist(), strict=True), strict=True))
        midnights = self.cadence.clear_midnights
        self._join(crowd(self.seed, kind, positions, midnights[midnights < FIRST_NIGHT + days], alerts))
        return positions

    def _join(self, group: Group) -> None:
        self.groups.append(group)
        self._group_of |= dict.fromkeys(group.slices, len(self.groups) - 1)
        self._ids = sorted([*self._ids, *group.slices])

    def _next_id(self) -> str:
        number, self._unnamed = self._unnamed, self._unnamed + 1
        letters = [chr(ord("a") + number // 26**power % 26) for power in range(6, -1, -1)]
        return "ZTF99" + "".join(letters)

    def _anywhere(self, ids: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
        """Random positions, evenly over the part of the sky that the telescope sees well."""
        draws = np.array([generator(self.seed, objectid, "place").random(2) for objectid in ids])
        low, high = np.sin(np.radians([SOUTHERN_LIMIT, NORTHERN_LIMIT]))
        return 360 * draws[:, 0], np.degrees(np.arcsin(low + (high - low) * draws[:, 1]))

    def _place_beside(self, other: str, objectid: str, kind: str, alerts: int | None) -> None:
        """Put an object into the exposures of another one, on a free quadrant."""
        if other not in self._targets:
            raise ValueError(f"beside={other!r} is not an object that the survey follows")
        host = self._targets[other].host or self._targets[other]
        shift = 1 + sum(one.host is host for one in self._targets.values())
        if shift >= QUADRANTS:
            raise ValueError(f"beside={other!r} has an object on every quadrant of the detector")
        angle = generator(self.seed, objectid, "beside").uniform(0, 2 * np.pi)
        ra, dec = host.offset(2 * QUADRANT * np.sin(angle), 2 * QUADRANT * np.cos(angle))
        self._place([(objectid, kind)], np.array([ra]), np.array([dec]), alerts, host=host, shift=shift)

    def _place(
        self,
        objects: list[tuple[str, str]],
        ra: np.ndarray,
        dec: np.ndarray,
        alerts: int | None,
        *,
        host: Target | None = None,
        shift: int = 0,
    ) -> None:
        """Add objects, each an id and a kind, at their positions."""
        constellations = get_constellation(SkyCoord(ra, dec, unit="deg")).tolist()
        rows = zip(objects, ra.tolist(), dec.tolist(), constellations, strict=True)
        for (objectid, kind), longitude, latitude, constellation in rows:
            position = longitude, latitude, constellation
            target = Target(objectid, kind, *position, alerts, self.seed, self.cadence, host, shift)
            self._targets[objectid] = target
            insort(self._ids, objectid)


def _check_kind(kind: str) -> None:
    if kind not in LIGHTS:
        raise ValueError(f"kind={kind!r} is not one of {', '.join(LIGHTS)}")
