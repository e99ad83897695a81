"""Groups of objects that are observed together: crowds for load tests, and everything that moves."""

from copy import deepcopy
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Literal

import numpy as np
from astropy.coordinates import SkyCoord, get_constellation

__all__ = ["Group", "Nature", "Sightings", "magnitude_error"]

Nature = Literal["crowd", "asteroid", "candidate", "track"]


@dataclass(frozen=True)
class Sightings:
    """What is observed, one element per alert."""

    objectid: np.ndarray
    jd: np.ndarray  # start of the exposure, days
    ra: np.ndarray  # degrees
    dec: np.ndarray
    band: np.ndarray
    magnitude: np.ndarray
    sigma: np.ndarray
    facts: dict[str, np.ndarray] = field(default_factory=dict)  # further columns

    def sorted(self) -> "Sightings":
        """The sightings object by object, oldest first."""
        order = np.lexsort((self.jd, self.objectid))
        columns = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "facts"}
        ordered = {name: values[order] for name, values in columns.items()}
        return Sightings(**ordered, facts={name: values[order] for name, values in self.facts.items()})


class Group:
    """Objects of one kind and their sightings, sorted by object and time."""

    def __init__(self, kind: str, nature: Nature, sightings: Sightings, rng: np.random.Generator):
        self.kind = kind
        self.nature: Nature = nature
        self.sightings = sightings.sorted()
        self._rng = rng

    def generator(self) -> np.random.Generator:
        """Random numbers for what a survey adds to the sightings, the same at every call."""
        return deepcopy(self._rng)

    @cached_property
    def slices(self) -> dict[str, slice]:
        """Rows of every object."""
        found = np.unique(self.sightings.objectid, return_index=True, return_counts=True)
        rows = zip(*(values.tolist() for values in found), strict=True)
        return {objectid: slice(start, start + count) for objectid, start, count in rows}

    @cached_property
    def constellations(self) -> list[str]:
        """Constellation of every sighting."""
        positions = SkyCoord(self.sightings.ra, self.sightings.dec, unit="deg")
        return np.atleast_1d(get_constellation(positions)).tolist()

    def position(self, objectid: str) -> tuple[float, float, str]:
        """Coordinates (degrees) and constellation of an object's first sighting."""
        row = self.slices[objectid].start
        ra, dec = (np.round(values[row], 7).item() for values in (self.sightings.ra, self.sightings.dec))
        return ra, dec, self.constellations[row]


def magnitude_error(magnitude: np.ndarray) -> np.ndarray:
    """Error of a measured magnitude."""
    return 0.012 + 0.19 * 10 ** (0.4 * (magnitude - 20.6))
