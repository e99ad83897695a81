"""When the telescope observes a position, in which band, how deep and how sharp."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from .chance import generator
from .sources import by_band

__all__ = [
    "FIRST_NIGHT",
    "LATITUDE",
    "NIGHTS",
    "Cadence",
    "Visits",
    "altitude",
    "moonlight",
    "on_slots",
    "sidereal",
    "sun",
]

FIRST_NIGHT = 2460370.8245  # local midnight of 2024-03-01 on Palomar Mountain
NIGHTS = 731
LATITUDE = np.radians(33.3563)
LONGITUDE = -116.8648
LOWEST_ALTITUDE = np.radians(30.0)
TWILIGHT = np.radians(-12.0)
J2000 = 2451545.0
NEW_MOON = 2451550.1
LUNATION = 29.530588

# band, share of the visited nights that get one such exposure
EXPOSURES = [("g", 0.9), ("r", 0.9), ("r", 0.4), ("i", 0.25)]
DARK_SKY_DEPTH = {"g": 20.75, "r": 20.6, "i": 20.05}
MOONLIGHT = {"g": 1.3, "r": 0.8, "i": 0.35}
SLOT = 43.2 / 86400  # days from one exposure to the next
SHUTDOWNS = [(118, 131), (195, 203), (560, 566)]


@dataclass(frozen=True)
class Visits:
    """The exposures of one position, in order of time."""

    jd: np.ndarray  # start of the exposure, days
    band: np.ndarray
    depth: np.ndarray  # magnitude of a source detected at 5 sigma
    seeing: np.ndarray  # full width at half maximum of a star, arcsec

    def select(self, which: np.ndarray | slice) -> Self:
        """The same for some of the exposures."""
        return type(self)(*(values[which] for values in vars(self).values()))


class Cadence:
    """Two years of observations with clouds, moonlight and seasons."""

    def __init__(self, seed: int):
        rng = generator(seed, "weather")
        self._midnight = FIRST_NIGHT + np.arange(NIGHTS)
        self._open = _clear_nights(rng)
        self._extinction = np.minimum(rng.exponential(0.12, NIGHTS), 1.2)
        self._seeing = rng.lognormal(np.log(2.0), 0.16, NIGHTS)

    @property
    def clear_midnights(self) -> np.ndarray:
        """Midnights of the nights without clouds, days."""
        return self._midnight[self._open]

    def nights(self, ra: float, dec: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Midnight (days), start and end (hours from it) of the nights of a position."""
        start, end = _window(ra, dec, self._midnight)
        good = self._open & (end - start > 1)
        return self._midnight[good], start[good], end[good]

    def visits(self, ra: float, dec: float, rng: np.random.Generator, density: int = 1) -> Visits:
        """Exposures of a position, ``density`` times as many as usual."""
        start, end = _window(ra, dec, self._midnight)
        turn = (np.arange(NIGHTS) + rng.integers(2)) % 2 == 0
        tonight = self._open & (end - start > 1) & (rng.random(NIGHTS) < np.where(turn, 0.95, 0.1))
        night, band = _plan(tonight, rng, density)
        hour = start[night] + (end - start)[night] * rng.random(night.size)
        slot, one = np.unique(((self._midnight[night] + hour / 24) // SLOT).astype(int), return_index=True)
        return self._conditions(np.round(slot * SLOT, 7), band[one], night[one], (ra, dec), rng)

    def _conditions(
        self,
        jd: np.ndarray,
        band: np.ndarray,
        night: np.ndarray,
        position: tuple[float, float],
        rng: np.random.Generator,
    ) -> Visits:
        airmass = 1 / np.sin(altitude(*position, jd))
        seeing = self._seeing[night] * airmass**0.6 * rng.lognormal(0, 0.06, jd.size)
        moon = moonlight(*position, jd)
        depth = by_band(DARK_SKY_DEPTH, band) - moon * by_band(MOONLIGHT, band)
        depth -= self._extinction[night] + 0.2 * (airmass - 1) + 1.2 * np.log10(seeing / 2)
        return Visits(jd, band, depth + rng.normal(0, 0.06, jd.size), seeing)


def on_slots(jd: ArrayLike, slot: float = SLOT) -> np.ndarray:
    """Last start of an exposure before each time, where one starts every `slot` days."""
    return np.round((np.asarray(jd) // slot) * slot, 7)


def _clear_nights(rng: np.random.Generator) -> np.ndarray:
    """Mask of clear nights, which mostly follow clear ones."""
    chance = rng.random(NIGHTS)
    clear = [True]
    for number in chance[1:]:
        clear.append(number < (0.85 if clear[-1] else 0.42))
    nights = np.array(clear)
    for first, last in SHUTDOWNS:
        nights[first:last] = False
    return nights


def _plan(tonight: np.ndarray, rng: np.random.Generator, density: int) -> Iterator[np.ndarray]:
    """Night number and band of every exposure, unordered."""
    planned = [
        (night, np.full(night.size, band))
        for band, share in EXPOSURES * density
        for night in [np.flatnonzero(tonight & (rng.random(tonight.size) < share))]
    ]
    return (np.concatenate(part) for part in zip(*planned, strict=True))


def _window(ra: float, dec: float, midnight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hours from midnight between which the position is high in a dark sky."""
    sun_ra, sun_dec = sun(midnight)
    half_night = (180 - np.degrees(_hour_angle_at(TWILIGHT, sun_dec))) / 15
    reach = np.degrees(_hour_angle_at(LOWEST_ALTITUDE, np.radians(dec))) / 15
    at_midnight = _wrap(sidereal(midnight) - ra) / 15
    return np.maximum(-half_night, -reach - at_midnight), np.minimum(half_night, reach - at_midnight)


def _hour_angle_at(altitude: float, dec: ArrayLike) -> np.ndarray:
    cosine = (np.sin(altitude) - np.sin(LATITUDE) * np.sin(dec)) / (np.cos(LATITUDE) * np.cos(dec))
    return np.arccos(np.clip(cosine, -1, 1))


def altitude(ra: ArrayLike, dec: ArrayLike, jd: ArrayLike) -> np.ndarray:
    """Height above the horizon in radians, of a position given in degrees."""
    hour_angle, dec = np.radians(sidereal(jd) - np.asarray(ra)), np.radians(dec)
    return np.arcsin(np.sin(LATITUDE) * np.sin(dec) + np.cos(LATITUDE) * np.cos(dec) * np.cos(hour_angle))


def sidereal(jd: ArrayLike) -> np.ndarray:
    """Local sidereal time in degrees."""
    return 280.46062 + 360.98564737 * (np.asarray(jd) - J2000) + LONGITUDE


def _wrap(angle: np.ndarray) -> np.ndarray:
    return (angle + 180) % 360 - 180


def sun(jd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Right ascension (degrees) and declination (radians) of the Sun, to a few arcmin."""
    anomaly = np.radians(357.528 + 0.9856003 * (jd - J2000))
    longitude = 280.46 + 0.9856474 * (jd - J2000) + 1.915 * np.sin(anomaly) + 0.02 * np.sin(2 * anomaly)
    return _equatorial(np.radians(longitude))


def _equatorial(longitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    tilt = np.radians(23.439)
    ra = np.degrees(np.arctan2(np.cos(tilt) * np.sin(longitude), np.cos(longitude)))
    return ra, np.arcsin(np.sin(tilt) * np.sin(longitude))


def moonlight(ra: float, dec: float, jd: np.ndarray) -> np.ndarray:
    """0 in a dark sky, 1 close to the full Moon."""
    age = 2 * np.pi * (jd - NEW_MOON) / LUNATION
    sun_ra, _ = sun(jd)
    moon_ra, moon_dec = _equatorial(np.radians(sun_ra) + age)
    up = np.clip(np.degrees(altitude(moon_ra, np.degrees(moon_dec), jd)) / 20, 0, 1)
    dec, away = np.radians(dec), np.radians(ra - moon_ra)
    cosine = np.sin(dec) * np.sin(moon_dec) + np.cos(dec) * np.cos(moon_dec) * np.cos(away)
    nearness = np.exp(-((np.arccos(np.clip(cosine, -1, 1)) / np.radians(50)) ** 2))
    return up * ((1 - np.cos(age)) / 2) ** 1.7 * (0.35 + 0.65 * nearness)
