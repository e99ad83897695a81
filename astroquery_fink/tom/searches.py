# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The searches of the query form, as calls of the client."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import astropy.units as u
from astropy.coordinates import SkyCoord
from astropy.table import Table

from ..arguments.coordinate_text import degrees_of, is_name
from ..core import FinkClass
from ..exceptions import FinkQueryError
from ..messages import shown
from .telescopes import Telescope

__all__ = ["OPTIONS", "SAME_OBJECT", "Search", "nearest_object", "searches"]

OPTIONS = ("resolver", "radius", "start", "days", "stop", "n")
"""tuple of str : Fields of the form that belong to one search or another."""

SAME_OBJECT = "1.5 arcsec"
"""str : The radius within which a position is that of an object."""


@dataclass(frozen=True)
class Search:
    """One way to search.

    Parameters
    ----------
    field : str
        The field of the form that must be filled in.
    label : str
        What it searches by, for messages.
    options : tuple of str
        The other fields that it uses.
    run : callable
        From the client and the fields to a Table of alerts. With ``get_query_payload=True`` it only checks
        the arguments and sends nothing.
    """

    field: str
    label: str
    options: tuple[str, ...]
    run: Callable[..., Table]


def searches(telescope: Telescope) -> tuple[Search, ...]:
    """The searches of a survey."""
    return (
        Search("objectid", "object id", (), _by_id),
        Search("name", "name", ("resolver", "radius"), _by_name),
        Search("coordinates", "position", ("radius",), _by_position),
        Search(
            telescope.group, telescope.group_label.lower(), ("start", "days", "stop", "n"), _by(telescope)
        ),
    )


def nearest_object(client: FinkClass, ra: float, dec: float) -> Table:
    """The row of the object at a position, if there is one."""
    return client.query_region(SkyCoord(ra, dec, unit="deg"), SAME_OBJECT)[:1]


def _by_id(client: FinkClass, fields: Mapping[str, Any], **keywords: Any) -> Table:
    return client.query_objects(fields["objectid"], **keywords)


def _by_name(client: FinkClass, fields: Mapping[str, Any], **keywords: Any) -> Table:
    """The objects that a name resolves to; if it has no object id, those around its position."""
    names: Any = client.resolve_name(fields["name"], resolver=fields["resolver"], **keywords)
    if keywords.get("get_query_payload") or not len(names):
        return names
    ids = names["objectid"].compressed() if hasattr(names["objectid"], "compressed") else names["objectid"]
    if len(ids):
        return client.query_objects(list(dict.fromkeys(ids.tolist())), **keywords)
    position = SkyCoord(float(names["ra"][0]), float(names["dec"][0]), unit="deg")
    return client.query_region(position, fields["radius"] * u.arcsec, **keywords)


def _by_position(client: FinkClass, fields: Mapping[str, Any], **keywords: Any) -> Table:
    return client.query_region(_position(fields["coordinates"]), fields["radius"] * u.arcsec, **keywords)


def _position(text: str) -> SkyCoord:
    """A position without a name, which only the resolvers of the form look up."""
    try:
        return SkyCoord(*degrees_of(text), unit="deg")
    except FinkQueryError as error:
        reason = str(error).partition(" Give ")[0]
        if is_name(text):
            reason = f"coordinates={shown(text)} is a name, which has a field of its own."
        raise FinkQueryError(f"{reason} Give degrees or sexagesimal coordinates.") from error


def _by(telescope: Telescope) -> Callable[..., Table]:
    """The search by class or by tag."""

    def search(client: FinkClass, fields: Mapping[str, Any], **keywords: Any) -> Table:
        query = getattr(client, f"query_{telescope.group.removesuffix('_name')}")
        times = {name: fields.get(name) or None for name in ("start", "stop")}
        return query(fields[telescope.group], n=fields["n"], show_progress=False, **times, **keywords)

    return search
