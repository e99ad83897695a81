"""Numbers of objects, sources and visits: eighteen digits, more than a double can represent."""

from zlib import crc32

import numpy as np
from astropy.time import Time

from ..data import load
from ..sky.cadence import FIRST_NIGHT
from ..sky.chance import generator
from .visits import SLOT

__all__ = ["OWNERS", "keys", "object_id", "owner", "salt", "source_ids", "visit_ids"]

FIRST = 170_000_000_000_000_000
NAMED = load("lsst_objects.json")["objects"]
OWNERS = 10**9
FORCED = 1


def object_id(seed: int, objectid: str) -> int:
    """Rubin's number for an object of the sky."""
    if objectid in NAMED:
        return NAMED[objectid]
    return FIRST + int(generator(seed, objectid, "diaObjectId").integers(10**15, 10**16))


def salt(number: int | str) -> str:
    """First part of the key of a row: the last three digits."""
    return str(number)[-3:]


def keys(number: str, mjd: list[float]) -> list[str]:
    """Keys of rows in the database."""
    return [f"{salt(number)}_{number}_{one}" for one in mjd]


def owner(name: str) -> int:
    """The last nine digits of the ids of all sources of an object or of a body."""
    return crc32(name.encode()) % OWNERS


def source_ids(jd: np.ndarray, name: str, forced: bool = False) -> list[int]:
    """Ids of the sources of an object, or of its forced ones, by exposure start."""
    slots = ((jd - FIRST_NIGHT + 1) / SLOT).round().astype(int)
    last = (owner(name) + forced * FORCED) % OWNERS
    return [FIRST + slot * OWNERS + last for slot in slots.tolist()]


def visit_ids(jd: np.ndarray) -> list[int]:
    """Night and number of the exposure, as one number."""
    noon = Time(jd - 0.9, format="jd").strftime("%Y%m%d")
    number = ((jd % 1) / SLOT).round().astype(int)
    return [int(day) * 100_000 + one for day, one in zip(noon.tolist(), number.tolist(), strict=True)]
