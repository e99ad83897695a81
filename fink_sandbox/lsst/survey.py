"""What Rubin and Fink have of every object of the sky."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .alerts import (
    Detections,
    field_names,
    measure,
    packet,
    table,
)
from .bodies import of_source
from .columns import KINDS
from .ids import (
    OWNERS,
    object_id,
    owner,
    salt,
)
from .observe import observe
from .science import science
from .summary import forced_table, object_table
from .visits import visits

__all__ = ["History", "Survey"]

CACHED_OBJECTS = 1000
HIGHEST_DENSITY = 256
ENOUGH_FOR_FORCED = 2
SPOILED = "dwarfnova"  # every ninth source of such an object lacks one truth value
EVERY = 9


@dataclass(frozen=True)
class History:
    """
    Tables about one object, each a dict of lists, oldest row first.

    Attributes
    ----------
    detections : `~fink_sandbox.lsst.packet.Detections`
        What the stamps are drawn from.
    sources, summary, forced : dict of str to list
    """

    detections: Detections
    sources: dict
    summary: dict
    forced: dict


class Survey:
    """
    The objects of a sky, by the numbers that Rubin gives them; crowds are not seen by it.

    Parameters
    ----------
    sky : `~fink_sandbox.Sky`
    """

    def __init__(self, sky):
        self.sky = sky
        self._targets = {}
        self.history = lru_cache(CACHED_OBJECTS)(self._history)

    @property
    def targets(self):
        """By number as text, all that does not move."""
        found = [one for one in self.sky.targets if one.kind != "asteroid"]
        if len(found) != len(self._targets):
            self._targets = {str(object_id(self.sky.seed, one.objectid)): one for one in found}
        return self._targets

    def source(self, number):
        """
        What the stamps of a source are drawn from.

        Parameters
        ----------
        number : str

        Returns
        -------
        tuple or None
            Target, detections, and the row of the source; None if there is no such source.
        """
        if not number.isdecimal():
            return None
        name = self._owner(int(number) % OWNERS)
        if name is None:
            return of_source(self.sky, int(number))
        found = self.history(name)
        if found is None or int(number) not in found.detections.diasourceid:
            return None
        return self.targets[name], found.detections, found.detections.diasourceid.index(int(number))

    def histories(self, chosen=None):
        """
        Of all objects that have sources.

        Parameters
        ----------
        chosen : callable, optional
            Tells of a target whether it is wanted.

        Returns
        -------
        dict of str to History
            By number as text.
        """
        wanted = {name: one for name, one in self.targets.items() if chosen is None or chosen(one)}
        found = {name: self.history(name) for name in wanted}
        return {name: one for name, one in found.items() if one is not None}

    def _owner(self, last):
        """The object whose sources have ids that end so, None if there is none."""
        return next((name for name, one in self.targets.items() if owner(one.objectid) == last), None)

    def _history(self, name):
        target, number = self.targets[name], int(name)
        photometry = _enough(target)
        found = photometry.detected()
        if target.wanted is not None:
            found &= np.cumsum(found) <= target.wanted
        if not found.any():
            return None
        detections = measure(target, photometry.select(found))
        return History(
            detections,
            _sources(target, number, detections),
            object_table(target, number, detections),
            _forced(target, number, photometry, found, detections.detector),
        )


def _enough(target):
    """Photometry of a survey dense enough for the wanted number of sources."""
    density = 1
    photometry = observe(target, visits(target), "sources 1")
    while photometry.detected().sum() < (target.wanted or 1) and density < HIGHEST_DENSITY:
        density *= 2
        photometry = observe(target, visits(target, density), f"sources {density}")
    return photometry


def _sources(target, number, detections):
    n = len(detections.diasourceid)
    columns = packet(target, detections) | science(target, detections) | field_names(target, n)
    columns |= {"r:diaObjectId": [number] * n, "r:salt": [salt(number)] * n}
    rows = table(columns, KINDS["sources"], n)
    if target.kind == SPOILED:
        negative = rows["r:isNegative"]
        rows["r:isNegative"] = [None if row % EVERY == 1 else one for row, one in enumerate(negative)]
    return rows


def _forced(target, number, photometry, found, detector):
    """Of the visits from the first detection on, the last one included; none for a single detection."""
    rows = np.flatnonzero(found)
    last = rows[-1] if target.wanted is not None else found.size - 1
    these = slice(rows[0], last + 1) if rows.size >= ENOUGH_FOR_FORCED else slice(0, 0)
    return forced_table(target, number, photometry.select(these).again(target.generator("forced")), detector)
