"""Positions and magnitudes of Solar System bodies: Kepler ellipses seen from the Earth."""

from dataclasses import dataclass

import numpy as np

from .cadence import sun

__all__ = [
    "COLOURS",
    "KILOMETRES",
    "Ephemeris",
    "Orbit",
    "angles",
    "ecliptic",
    "ephemeris",
    "from_earth",
    "from_sun",
    "phase_law",
]

GAUSS = 0.9856076686  # degrees a day at one astronomical unit
TILT = np.radians(23.4392911)
LIGHT_DAYS = 0.0057755183  # for one astronomical unit
KILOMETRES = 149597870.7
COLOURS = {"g": 0.25, "r": -0.17, "i": -0.32}  # magnitude in a band minus V


@dataclass(frozen=True)
class Orbit:
    """An ellipse about the Sun, and the brightness of the body on it."""

    a: float  # semi-major axis, au
    e: float
    i: float  # inclination, degrees, as the four angles below
    node: float  # longitude of the ascending node
    peri: float  # argument of perihelion
    anomaly: float  # mean anomaly at the epoch
    epoch: float  # Julian date
    H: float  # absolute magnitude in V
    G: float  # slope


@dataclass(frozen=True)
class Ephemeris:
    """What is seen of a body at some times."""

    jd: np.ndarray
    ra: np.ndarray  # degrees, as all angles
    dec: np.ndarray
    delta: np.ndarray  # distance from the Earth, au
    r: np.ndarray  # distance from the Sun, au
    phase: np.ndarray
    elongation: np.ndarray
    v: np.ndarray  # magnitude in V

    def magnitude(self, band: str) -> np.ndarray:
        """Magnitude in a band."""
        return self.v + COLOURS[band]


def ephemeris(orbit: Orbit, jd: np.ndarray) -> Ephemeris:
    """Follow a body on its orbit."""
    jd = np.asarray(jd, dtype=float)
    towards_sun = _sun_vector(jd)
    body = _heliocentric(orbit, jd - LIGHT_DAYS)
    body = _heliocentric(orbit, jd - LIGHT_DAYS * np.linalg.norm(body + towards_sun, axis=0))
    seen = body + towards_sun
    delta = np.linalg.norm(seen, axis=0)
    r, sun_distance = np.linalg.norm(body, axis=0), np.linalg.norm(towards_sun, axis=0)
    ra, dec = angles(seen)
    phase = _angle(body, seen, r * delta)
    elongation = _angle(towards_sun, seen, sun_distance * delta)
    v = orbit.H + 5 * np.log10(r * delta) + phase_law(phase, orbit.G)
    return Ephemeris(jd, ra, dec, delta, r, phase, elongation, v)


def phase_law(phase: np.ndarray, slope: float) -> np.ndarray:
    """Magnitudes lost at a phase angle (degrees) in the H, G system."""
    tangent = np.tan(np.radians(phase) / 2)
    first, second = np.exp(-3.33 * tangent**0.63), np.exp(-1.87 * tangent**1.22)
    return -2.5 * np.log10((1 - slope) * first + slope * second)


def _angle(one: np.ndarray, other: np.ndarray, product: np.ndarray) -> np.ndarray:
    return np.degrees(np.arccos(np.clip(np.sum(one * other, axis=0) / product, -1, 1)))


def _sun_vector(jd: np.ndarray) -> np.ndarray:
    """Equatorial unit vector from the Earth to the Sun."""
    ra, dec = sun(jd)
    return _direction(np.radians(ra), dec)


def from_earth(seen: Ephemeris) -> np.ndarray:
    """Equatorial vectors from the Earth to the body, au."""
    return seen.delta * _direction(np.radians(seen.ra), np.radians(seen.dec))


def from_sun(seen: Ephemeris) -> np.ndarray:
    """Equatorial vectors from the Sun to the body, au."""
    return from_earth(seen) - _sun_vector(seen.jd)


def angles(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Right ascension and declination of equatorial vectors, degrees."""
    x, y, z = vectors
    return np.degrees(np.arctan2(y, x)) % 360, np.degrees(np.arcsin(z / np.linalg.norm(vectors, axis=0)))


def ecliptic(vectors: np.ndarray) -> np.ndarray:
    """Turn equatorial vectors to the ecliptic."""
    return _about_x(-TILT) @ vectors


def _direction(ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    """Unit vector towards a position in radians."""
    return np.array([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)])


def _heliocentric(orbit: Orbit, jd: np.ndarray) -> np.ndarray:
    mean = np.radians(orbit.anomaly + GAUSS / orbit.a**1.5 * (jd - orbit.epoch))
    eccentric = mean + orbit.e * np.sin(mean)
    for _ in range(12):
        slope = 1 - orbit.e * np.cos(eccentric)
        eccentric = eccentric - (eccentric - orbit.e * np.sin(eccentric) - mean) / slope
    x = orbit.a * (np.cos(eccentric) - orbit.e)
    y = orbit.a * np.sqrt(1 - orbit.e**2) * np.sin(eccentric)
    return _turned(np.array([x, y, np.zeros_like(x)]), orbit)


def _turned(plane: np.ndarray, orbit: Orbit) -> np.ndarray:
    """Turn vectors from the plane of the orbit to the equator."""
    angles = np.radians([orbit.peri, orbit.i, orbit.node])
    turn = _about_x(TILT) @ _about_z(angles[2]) @ _about_x(angles[1]) @ _about_z(angles[0])
    return turn @ plane


def _about_x(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def _about_z(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
