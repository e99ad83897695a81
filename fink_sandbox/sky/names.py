"""What name services know of the simulated objects."""

from typing import Any

from astropy.coordinates import Angle

from ..data import load
from .targets import Target

__all__ = ["COMMENTS", "sesame", "simbad", "tns"]

NAMES = load("names.json")
COMMENTS = NAMES["metadata"]
Record = dict[str, Any]


def tns() -> list[Record]:
    """Objects that the Transient Name Server knows."""
    return NAMES["tns"]


def simbad(name: str) -> list[Record]:
    """Objects of this name in Simbad, in upper or lower case: one or none."""
    return [one for one in NAMES["simbad"] if one["oname"].lower() == name.strip().lower()]


def sesame(target: Target, one: Record) -> Record:
    """An object of Simbad in the words of the name service Sesame."""
    hours = Angle(target.ra, "deg").to_string("hourangle", sep=":", precision=2, pad=True)
    degrees = Angle(target.dec, "deg").to_string("deg", sep=":", precision=1, pad=True, alwayssign=True)
    return {
        "name": "S=Simbad (simulated)",
        "oid": one["oid"],
        "oname": one["oname"],
        "otype": one["otype"],
        "jpos": f"{hours} {degrees}",
        "jradeg": target.ra,
        "jdedeg": target.dec,
        "refPos": "2099simulated",
        "z": one["z"],
        "nrefs": one["nrefs"],
    }
