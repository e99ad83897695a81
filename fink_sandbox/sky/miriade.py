"""Columns of the ephemeris service Miriade at the times of alerts."""

import numpy as np

from .cadence import LATITUDE, altitude, sidereal
from .moving_objects import Body
from .orbits import KILOMETRES, Ephemeris, ephemeris

__all__ = ["EPHEMERIS", "HALF_EXPOSURE", "miriade"]

HALF_EXPOSURE = 15 / 86400
STEP = 1 / 1440  # days over which motions are measured
EPHEMERIS = [
    "index", "Date", "LAST", "HA", "Az", "H", "Dobs", "Dhelio", "VMag", "SDSS:g", "SDSS:r", "Phase", "Elong.",
    "AM", "dRAcosDEC", "dDEC", "RV", "RA", "DEC",
]  # fmt: skip


def miriade(body: Body, jd: np.ndarray) -> dict[str, list]:
    """
    Columns `EPHEMERIS` of a body, for the middle of the exposures from `jd`.

    Angles are in degrees, ``LAST`` and ``HA`` text in hours, distances in au, motions in arcsec/min and km/s.
    """
    seen = ephemeris(body.orbit, jd + HALF_EXPOSURE)
    columns = _above_the_horizon(seen) | _motion(body, seen)
    columns |= {
        "index": np.arange(jd.size),
        "Date": seen.jd,
        "Dobs": seen.delta,
        "Dhelio": seen.r,
        "VMag": seen.v,
        "SDSS:g": seen.magnitude("g"),
        "SDSS:r": seen.magnitude("r"),
        "Phase": seen.phase,
        "Elong.": seen.elongation,
        "RA": seen.ra,
        "DEC": seen.dec,
    }
    return {name: np.asarray(columns[name]).tolist() for name in EPHEMERIS}


def _above_the_horizon(seen: Ephemeris) -> dict:
    local = sidereal(seen.jd) % 360
    hour_angle = (local - seen.ra + 180) % 360 - 180
    height = altitude(seen.ra, seen.dec, seen.jd)
    dec, angle = np.radians(seen.dec), np.radians(hour_angle)
    north = np.sin(dec) * np.cos(LATITUDE) - np.cos(dec) * np.cos(angle) * np.sin(LATITUDE)
    azimuth = np.degrees(np.arctan2(-np.cos(dec) * np.sin(angle), north)) % 360
    return {
        "LAST": [_hours(value) for value in local / 15],
        "HA": [_hours(value) for value in hour_angle / 15],
        "Az": azimuth,
        "H": np.degrees(height),
        "AM": 1 / np.sin(height),
    }


def _hours(value: float) -> str:
    seconds = round(abs(value) * 3600, 1)
    sign = "-" if value < 0 else "+"
    return f"{sign}{int(seconds // 3600):02d}:{int(seconds // 60 % 60):02d}:{seconds % 60:04.1f}"


def _motion(body: Body, seen: Ephemeris) -> dict[str, np.ndarray]:
    later = ephemeris(body.orbit, seen.jd + STEP)
    east = ((later.ra - seen.ra + 180) % 360 - 180) * np.cos(np.radians(seen.dec))
    return {
        "dRAcosDEC": east * 3600,
        "dDEC": (later.dec - seen.dec) * 3600,
        "RV": (later.delta - seen.delta) * KILOMETRES / (STEP * 86400),
    }
