"""Where bodies of the Solar System stand and how bright they are: Kepler ellipses seen from the Earth."""

from dataclasses import dataclass

import numpy as np

from .cadence import sun

__all__ = ["Orbit", "Ephemeris", "ephemeris", "phase_law"]

GAUSS = 0.9856076686  # degrees a day at one astronomical unit
TILT = np.radians(23.4392911)
LIGHT_DAYS = 0.0057755183  # for one astronomical unit
KILOMETRES = 149597870.7
COLOURS = {"g": 0.25, "r": -0.17, "i": -0.32}  # magnitude in a band minus V


@dataclass(frozen=True)
class Orbit:
    """
    An ellipse about the Sun and the brightness of what moves on it.

    Attributes
    ----------
    a : float
        Semi-major axis, astronomical units.
    e : float
    i, node, peri, anomaly : float
        Inclination, longitude of the node, argument of perihelion and mean anomaly at the epoch, degrees.
    epoch : float
        Julian date.
    H, G : float
        Absolute magnitude in V and slope.
    """

    a: float
    e: float
    i: float
    node: float
    peri: float
    anomaly: float
    epoch: float
    H: float
    G: float


@dataclass(frozen=True)
class Ephemeris:
    """
    What is seen of a body at some times.

    Attributes
    ----------
    jd : array of float
    ra, dec : array of float
        Degrees.
    delta, r : array of float
        Distance from the Earth and from the Sun, astronomical units.
    phase, elongation : array of float
        Degrees.
    v : array of float
        Magnitude in V.
    """

    jd: np.ndarray
    ra: np.ndarray
    dec: np.ndarray
    delta: np.ndarray
    r: np.ndarray
    phase: np.ndarray
    elongation: np.ndarray
    v: np.ndarray

    def magnitude(self, band):
        """Magnitude in a band of the survey."""
        return self.v + COLOURS[band]


def ephemeris(orbit, jd):
    """
    Follow a body on its orbit.

    Parameters
    ----------
    orbit : Orbit
    jd : array of float

    Returns
    -------
    Ephemeris
    """
    jd = np.asarray(jd, dtype=float)
    towards_sun = _sun_vector(jd)
    delta = np.ones_like(jd)
    for _ in range(2):
        body = _heliocentric(orbit, jd - LIGHT_DAYS * delta)
        seen = body + towards_sun
        delta = np.linalg.norm(seen, axis=0)
    r, sun_distance = np.linalg.norm(body, axis=0), np.linalg.norm(towards_sun, axis=0)
    ra, dec = np.degrees(np.arctan2(seen[1], seen[0])) % 360, np.degrees(np.arcsin(seen[2] / delta))
    phase = _angle(body, seen, r * delta)
    elongation = _angle(towards_sun, seen, sun_distance * delta)
    v = orbit.H + 5 * np.log10(r * delta) + phase_law(phase, orbit.G)
    return Ephemeris(jd, ra, dec, delta, r, phase, elongation, v)


def phase_law(phase, slope):
    """Magnitudes lost at a phase angle (degrees), by the H, G law."""
    tangent = np.tan(np.radians(phase) / 2)
    first, second = np.exp(-3.33 * tangent**0.63), np.exp(-1.87 * tangent**1.22)
    return -2.5 * np.log10((1 - slope) * first + slope * second)


def _angle(one, other, product):
    return np.degrees(np.arccos(np.clip(np.sum(one * other, axis=0) / product, -1, 1)))


def _sun_vector(jd):
    """From the Earth to the Sun, equatorial, at one astronomical unit."""
    ra, dec = sun(jd)
    ra = np.radians(ra)
    return np.array([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)])


def _heliocentric(orbit, jd):
    mean = np.radians(orbit.anomaly + GAUSS / orbit.a**1.5 * (jd - orbit.epoch))
    eccentric = mean + orbit.e * np.sin(mean)
    for _ in range(12):
        slope = 1 - orbit.e * np.cos(eccentric)
        eccentric = eccentric - (eccentric - orbit.e * np.sin(eccentric) - mean) / slope
    x = orbit.a * (np.cos(eccentric) - orbit.e)
    y = orbit.a * np.sqrt(1 - orbit.e**2) * np.sin(eccentric)
    return _turned(np.array([x, y, np.zeros_like(x)]), orbit)


def _turned(plane, orbit):
    """From the plane of the orbit to the equator."""
    angles = np.radians([orbit.peri, orbit.i, orbit.node])
    turn = _about_x(TILT) @ _about_z(angles[2]) @ _about_x(angles[1]) @ _about_z(angles[0])
    return turn @ plane


def _about_x(angle):
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def _about_z(angle):
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
