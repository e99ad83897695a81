"""Numbers for objects, sources and visits: eighteen digits, more than a double can hold."""

from zlib import crc32

from ..data import load
from ..sky.cadence import FIRST_NIGHT
from ..sky.chance import generator
from .visits import SLOT

__all__ = ["OWNERS", "object_id", "owner", "salt", "source_ids", "visit_ids"]

FIRST = 170_000_000_000_000_000
NAMED = load("lsst_objects.json")["objects"]
OWNERS = 10**9
FORCED = 1


def object_id(seed, objectid):
    """
    What Rubin calls an object of the sky.

    Parameters
    ----------
    seed : int
    objectid : str
        Its ZTF id.

    Returns
    -------
    int

    Examples
    --------
    >>> from fink_sandbox.lsst import object_id
    >>> object_id(1, "ZTF99simsnia"), object_id(1, "ZTF99aaaaaaa")
    (170000000000000001, 178939352649432049)
    """
    if objectid in NAMED:
        return NAMED[objectid]
    return FIRST + int(generator(seed, objectid, "diaObjectId").integers(10**15, 10**16))


def salt(number):
    """First part of the key of a row: the last three digits."""
    return str(number)[-3:]


def owner(name):
    """The last nine digits of the ids of the sources of an object, or of a body's alert."""
    return crc32(name.encode()) % OWNERS


def source_ids(jd, name, forced=False):
    """Ids of the sources of one object at the starts of the exposures; forced ones have others."""
    slots = ((jd - FIRST_NIGHT + 1) / SLOT).round().astype(int)
    last = (owner(name) + forced * FORCED) % OWNERS
    return [FIRST + slot * OWNERS + last for slot in slots.tolist()]


def visit_ids(jd):
    """Night and number of the exposure, as one number."""
    from astropy.time import Time

    noon = Time(jd - 0.9, format="jd").strftime("%Y%m%d")
    number = ((jd % 1) / SLOT).round().astype(int)
    return [int(day) * 100_000 + one for day, one in zip(noon.tolist(), number.tolist(), strict=True)]
