"""Objects that stay where they are: their light, their surroundings, and how they are observed."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from ..data import load
from .cadence import Cadence, Visits
from .chance import generator
from .observe import Photometry, observe
from .scene import Scene, surroundings
from .sources import LIGHTS, Light, flux

__all__ = ["NAMED", "QUADRANTS", "Target", "named_object"]

NAMED = load("named_objects.json")
QUADRANTS = 64  # of the camera; objects that share exposures are on different ones


def named_object(kind: str) -> str:
    """Id of the first named object of a kind."""
    return next(objectid for objectid, one in NAMED.items() if one["kind"] == kind)


@dataclass(frozen=True, eq=False)
class Target:
    """One object of the sky; its light and surroundings are made when first needed."""

    objectid: str
    kind: str
    ra: float  # degrees
    dec: float
    constellation: str
    wanted: int | None  # number of alerts; None for as many as the telescope detects
    seed: int
    cadence: Cadence
    host: "Target | None" = None  # an object in the same exposures, on another quadrant of the camera
    shift: int = 0  # quadrants from that of the host

    def generator(self, purpose: str) -> np.random.Generator:
        """Random numbers of this object for one purpose."""
        return generator(self.seed, self.objectid, purpose)

    @cached_property
    def light(self) -> Light:
        """How bright the object is in each band at any time."""
        return LIGHTS[self.kind](self.generator("light"), self.visits().jd)

    @cached_property
    def scene(self) -> Scene:
        """The stars and the galaxy around the object."""
        return surroundings(self.ra, self.dec, self.light, self.generator("scene"))

    def visits(self, density: int = 1) -> Visits:
        """Exposures of this position."""
        if self.host is not None:
            return self.host.visits(density)
        return self.cadence.visits(self.ra, self.dec, self.generator("visits"), density)

    def observe(self, density: int = 1) -> Photometry:
        """Measurements of this object."""
        return observe(self.light, self.visits(density), self.generator(f"noise {density}"))

    def motion(self, jd: np.ndarray) -> np.ndarray:
        """East and north offset (arcsec) of the object at each time."""
        speed = self.generator("motion").uniform(-1.5, 1.5, 2) * self.light.moves
        return np.outer(speed, (jd - jd.mean()) * 24)

    def offset(self, east: ArrayLike, north: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Right ascension and declination (degrees) of offsets from the object in arcsec."""
        dec = self.dec + np.asarray(north) / 3600
        return (self.ra + np.asarray(east) / 3600 / np.cos(np.radians(self.dec))) % 360, dec

    def catalogue(self, band: str) -> np.ndarray:
        """Rows of east, north, magnitude, and 1 for a star, of a deep image."""
        scene = self.scene
        rows = np.column_stack([scene.east, scene.north, scene.magnitude[band], np.ones(scene.east.size)])
        extra = []
        if np.isfinite(self.light.reference[band]):
            extra.append([0.0, 0.0, self.light.reference[band], 0.0 if scene.galaxy else 1.0])
        if scene.galaxy:
            extra.append([scene.galaxy.east, scene.galaxy.north, scene.galaxy.magnitude[band], 0.0])
        return np.vstack([rows, *extra])

    def constant_light(self, band: str) -> np.ndarray:
        """Rows of east, north and radius (arcsec) and light (nJy) of the reference image."""
        spots = [self.scene.stars(band), np.array([[0, 0, 0, flux(self.light.reference[band])]])]
        if self.scene.galaxy:
            spots.append(self.scene.galaxy.light(band))
        return np.vstack(spots)
