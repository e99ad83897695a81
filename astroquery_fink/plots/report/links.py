# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Addresses of an object in Fink's portal and in other services."""

from typing import NamedTuple
from urllib.parse import quote, urlencode

from ...surveys import Survey

__all__ = ["Link", "links_of"]

_RADIUS = 5  # arcsec
_TNS = "https://www.wis-tns.org"
_TNS_PREFIXES = ("SN ", "AT ", "TDE ")
_SIMBAD = "https://simbad.cds.unistra.fr/simbad/sim-coo"
_LEGACY = "https://www.legacysurvey.org/viewer"


class Link(NamedTuple):
    """An address, its short text, and what it leads to."""

    text: str
    url: str
    words: str


def links_of(
    objectid: str, position: tuple[float, float] | None, tns_name: str, survey: Survey
) -> list[Link]:
    """The links of an object; those by position only if it is known."""
    links = [Link("Fink", survey.report.portal.format(quote(objectid, safe="")), "Fink portal")]
    if tns_name.startswith(_TNS_PREFIXES):
        name = quote(tns_name.partition(" ")[2], safe="")
        links.append(Link("TNS", f"{_TNS}/object/{name}", f"{tns_name} in the Transient Name Server"))
    if position is None:
        return links
    ra, dec = (f"{value:.6f}" for value in position)
    around = f"within {_RADIUS}″"
    if len(links) == 1:
        query = urlencode({"ra": ra, "decl": dec, "radius": _RADIUS, "coords_unit": "arcsec"})
        links.append(Link("TNS", f"{_TNS}/search?{query}", f"Transient Name Server {around}"))
    query = urlencode({"Coord": f"{ra} {dec}", "Radius": _RADIUS, "Radius.unit": "arcsec"})
    links.append(Link("SIMBAD", f"{_SIMBAD}?{query}", f"SIMBAD {around}"))
    query = urlencode({"ra": ra, "dec": dec, "layer": "ls-dr10", "zoom": 16})
    links.append(Link("Legacy", f"{_LEGACY}?{query}", "Legacy Survey viewer"))
    return links
