"""What surrounds a source and does not vary: field stars and a host galaxy."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .sources import BANDS, Light, flux

__all__ = ["Galaxy", "Scene", "surroundings"]

HALF_WIDTH = 48.0  # arcsec
EMPTY = 5.0  # arcsec around the source without a field star
GALACTIC_POLE = np.radians([192.8595, 27.1283])


@dataclass(frozen=True)
class Galaxy:
    """A galaxy of round Gaussian spots: bulge, disc and knots along spiral arms."""

    east: float  # centre, arcsec from the source
    north: float
    magnitude: Mapping[str, float]  # of the whole galaxy, by band
    spots: np.ndarray  # rows of east and north of the centre, radius (sigma), arcsec, and share of the light

    def light(self, band: str) -> np.ndarray:
        """Rows of east, north and radius (arcsec) and light (nJy) of the spots."""
        east, north, width, share = self.spots.T
        light = share * flux(self.magnitude[band])
        return np.column_stack([east + self.east, north + self.north, width, light])


@dataclass(frozen=True)
class Scene:
    """Everything constant near a source."""

    east: np.ndarray  # field stars, arcsec from the source
    north: np.ndarray
    magnitude: dict[str, np.ndarray]  # of the field stars, by band
    galaxy: Galaxy | None

    def stars(self, band: str) -> np.ndarray:
        """Rows of east, north and radius (arcsec) and light (nJy) of the field stars."""
        radius = np.zeros_like(self.east)
        return np.column_stack([self.east, self.north, radius, flux(self.magnitude[band])])


def surroundings(ra: float, dec: float, light: Light, rng: np.random.Generator) -> Scene:
    """Draw field stars, more of them towards the Milky Way, and the host galaxy."""
    galaxy = _host(light.host, light.nuclear, rng) if light.host else None
    n = 16 + rng.poisson(60 * np.exp(-_galactic_latitude(ra, dec) / 11))
    positions = rng.uniform(-HALF_WIDTH, HALF_WIDTH, (2, n))
    east, north = positions * np.maximum(1, EMPTY / np.hypot(*positions))
    return Scene(east, north, _star_magnitudes(rng, n), galaxy)


def _galactic_latitude(ra: float, dec: float) -> float:
    longitude, latitude = np.radians([ra, dec])
    pole_ra, pole_dec = GALACTIC_POLE
    sine = np.sin(latitude) * np.sin(pole_dec)
    sine = sine + np.cos(latitude) * np.cos(pole_dec) * np.cos(longitude - pole_ra)
    return np.degrees(np.abs(np.arcsin(sine)))


def _star_magnitudes(rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    g = np.maximum(23.2 - rng.exponential(1.7, n), 14.5)
    colour = rng.uniform(0.3, 1.3, n)
    steps = [g + 1.6 * colour, -1.6 * colour, -colour, -0.4 * colour, -0.2 * colour, -0.1 * colour]
    return dict(zip(BANDS, np.cumsum(steps, axis=0), strict=True))


def _host(magnitude: Mapping[str, float], centred: bool, rng: np.random.Generator) -> Galaxy:
    distance = 0.0 if centred else rng.uniform(2.2, 2.9)
    angle = rng.uniform(0, 2 * np.pi)
    east, north = distance * np.sin(angle), distance * np.cos(angle)
    return Galaxy(east, north, magnitude, _spiral(rng))


def _spiral(rng: np.random.Generator, knots: int = 70, scale: float = 2.4) -> np.ndarray:
    """Spots of an inclined spiral galaxy with this scale length in arcsec."""
    radius = rng.gamma(2, scale, knots).clip(0.3, 6 * scale)
    azimuth = 2.6 * np.log(radius / 0.3) + np.pi * rng.integers(2, size=knots) + rng.normal(0, 0.35, knots)
    along, across = radius * np.cos(azimuth), rng.uniform(0.45, 0.9) * radius * np.sin(azimuth)
    tilt = rng.uniform(0, np.pi)
    east = along * np.cos(tilt) - across * np.sin(tilt)
    north = along * np.sin(tilt) + across * np.cos(tilt)
    arms = np.column_stack([east, north, np.full(knots, 0.35 * scale), np.full(knots, 0.5 / knots)])
    smooth = [[0, 0, 0.35 * scale, 0.25], [0, 0, scale, 0.25]]
    return np.vstack([smooth, arms])
