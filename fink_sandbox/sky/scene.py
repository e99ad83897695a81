"""What stands around a source and does not vary: field stars and a host galaxy. Knows no telescope."""

from dataclasses import dataclass

import numpy as np

from .sources import BANDS

__all__ = ["Galaxy", "Scene", "surroundings"]

HALF_WIDTH = 48.0  # arcsec
EMPTY = 5.0  # arcsec around the source without a field star
GALACTIC_POLE = np.radians([192.8595, 27.1283])


@dataclass(frozen=True)
class Galaxy:
    """
    A galaxy drawn as round Gaussian spots: bulge, smooth disc and knots along the spiral arms.

    Attributes
    ----------
    east, north : float
        Centre, arcsec from the source.
    magnitude : mapping
        Of the whole galaxy, by band.
    spots : array of shape (n, 4)
        East and north of the centre, radius (sigma) in arcsec, share of the light.
    """

    east: float
    north: float
    magnitude: dict
    spots: np.ndarray


@dataclass(frozen=True)
class Scene:
    """
    Everything constant near a source.

    Attributes
    ----------
    east, north : array of float
        Places of the field stars, arcsec from the source.
    magnitude : mapping
        By band, arrays of the field stars' magnitudes.
    galaxy : Galaxy or None
    """

    east: np.ndarray
    north: np.ndarray
    magnitude: dict
    galaxy: Galaxy | None


def surroundings(ra, dec, light, rng):
    """
    Draw field stars, more of them towards the Milky Way, and the host galaxy of a light that has one.

    Parameters
    ----------
    ra, dec : float
        Degrees.
    light : `~fink_sandbox.sky.sources.Light`
    rng : `numpy.random.Generator`

    Returns
    -------
    Scene
    """
    galaxy = _host(light, rng) if light.host else None
    n = 16 + rng.poisson(60 * np.exp(-_galactic_latitude(ra, dec) / 11))
    places = rng.uniform(-HALF_WIDTH, HALF_WIDTH, (2, n))
    east, north = places * np.maximum(1, EMPTY / np.hypot(*places))
    return Scene(east, north, _star_magnitudes(rng, n), galaxy)


def _galactic_latitude(ra, dec):
    ra, dec = np.radians([ra, dec])
    pole_ra, pole_dec = GALACTIC_POLE
    sine = np.sin(dec) * np.sin(pole_dec) + np.cos(dec) * np.cos(pole_dec) * np.cos(ra - pole_ra)
    return np.degrees(np.abs(np.arcsin(sine)))


def _star_magnitudes(rng, n):
    g = np.maximum(23.2 - rng.exponential(1.7, n), 14.5)
    colour = rng.uniform(0.3, 1.3, n)
    steps = [g + 1.6 * colour, -1.6 * colour, -colour, -0.4 * colour, -0.2 * colour, -0.1 * colour]
    return dict(zip(BANDS, np.cumsum(steps, axis=0), strict=True))


def _host(light, rng):
    distance = 0.0 if light.nuclear else rng.uniform(2.2, 2.9)
    angle = rng.uniform(0, 2 * np.pi)
    east, north = distance * np.sin(angle), distance * np.cos(angle)
    return Galaxy(east, north, light.host, _spiral(rng))


def _spiral(rng, knots=70, scale=2.4):
    """Spots of an inclined spiral galaxy; `scale` is the scale length of its disc in arcsec."""
    radius = rng.gamma(2, scale, knots).clip(0.3, 6 * scale)
    azimuth = 2.6 * np.log(radius / 0.3) + np.pi * rng.integers(2, size=knots) + rng.normal(0, 0.35, knots)
    along, across = radius * np.cos(azimuth), rng.uniform(0.45, 0.9) * radius * np.sin(azimuth)
    tilt = rng.uniform(0, np.pi)
    east = along * np.cos(tilt) - across * np.sin(tilt)
    north = along * np.sin(tilt) + across * np.cos(tilt)
    arms = np.column_stack([east, north, np.full(knots, 0.35 * scale), np.full(knots, 0.5 / knots)])
    smooth = [[0, 0, 0.35 * scale, 0.25], [0, 0, scale, 0.25]]
    return np.vstack([smooth, arms])
