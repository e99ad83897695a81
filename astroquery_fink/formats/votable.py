# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tables as VOTables, with the systems of their positions and times."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from astropy.table import Table

from .meta import from_text, to_text
from .names import ids_of

__all__ = ["read_votable", "write_votable"]

_BREAK_AT_HYPHEN = re.compile(r"(?<=\w-)\n\s*(?=\w)")
_LINE_BREAK = re.compile(r"\s*\n\s*")
_FRAMES = {"pos.eq": "ICRS", "pos.galactic": "galactic", "pos.ecliptic": "ecl_FK5"}  # by UCD
_OBSERVATORY = "TOPOCENTER"
_TIMESYS = "timesys"  # key in the meta of a column: "JD UTC"
_ASTROPYS_OWN = "_votable"  # how the keys begin that astropy adds to the meta of text
_VERSION = "1.4"  # the first with TIMESYS
_CONFIG = {"version_1_4_or_later": True}  # which older astropy does not derive from the version


def write_votable(table: Table, path: Path) -> None:
    """Write a Table with its ``meta``, and with COOSYS and TIMESYS of positions and times."""
    from astropy.io.votable import from_table
    from astropy.io.votable.converters import get_converter
    from astropy.io.votable.tree import Info

    tree = from_table(table)
    tree.version = _VERSION
    element = tree.get_first_table()
    for field, name in zip(element.fields, ids_of(table.colnames), strict=True):
        field.ID = name
        if table[field.name].ndim > 1:  # VOTable gives the length of the fastest axis first
            field.arraysize = "x".join(map(str, reversed(table[field.name].shape[1:])))
        elif field.arraysize == "1":
            _allow_empty_text(field)
        elif field.datatype == "bit":  # astropy's choice for bools, which has no missing value
            field.datatype = "boolean"
            field.converter = get_converter(field)
    _add_frames(tree.resources[0], element.fields)
    _add_time_systems(tree.resources[0], element.fields, table)
    infos = (Info(name=str(key), value=to_text(value)) for key, value in table.meta.items())
    element.infos.extend(_without_id(info) for info in infos)
    tree.to_xml(str(path))


def _allow_empty_text(field: Any) -> None:
    """Text of one character at most, not always of one; older astropy cannot write that."""
    from astropy.io.votable.converters import get_converter
    from astropy.io.votable.exceptions import E01

    field.arraysize = "1*"
    try:
        get_converter(field)
    except E01:
        field.arraysize = "1"


def _without_id(info: Any) -> Any:
    """Leave out the ID that astropy makes of the name, which a column may have, too."""
    info.ID = None
    return info


def _add_frames(resource: Any, fields: Any) -> None:
    """Refer coordinates to their frames."""
    from astropy.io.votable.tree import CooSys

    frames = {}
    for field in fields:
        words = str(field.ucd).split(";")
        frame = next((_FRAMES[word] for word in map(_parent, words) if word in _FRAMES), None)
        if frame:
            frames[frame] = CooSys(ID=_system_id(frame), system=frame)
            field.ref = _system_id(frame)
    resource.coordinate_systems.extend(frames.values())


def _parent(word: str) -> str:
    """``pos.eq`` of ``pos.eq.ra``."""
    return ".".join(word.split(".")[:2])


def _system_id(text: str) -> str:
    """The ID of a system; a column cannot have it, since the IDs of columns have no hyphen."""
    return f"system-{text.replace(' ', '-')}"


def _add_time_systems(resource: Any, fields: Any, table: Table) -> None:
    """Refer columns of times to their origin and their scale."""
    from astropy.io.votable.tree import TimeSys

    systems = {}
    for field in fields:
        text = table[field.name].info.meta.get(_TIMESYS)
        if text:
            origin, scale = text.split()
            attributes = (_system_id(text), f"{origin}-origin", scale, _OBSERVATORY)
            systems[text] = TimeSys(*attributes, config=_CONFIG)
            field.ref = _system_id(text)
    resource.time_systems.extend(systems.values())


def read_votable(path: Path) -> Table:
    """Read a Table that `write_votable` wrote."""
    from astropy.io.votable import parse

    tree = parse(path)
    element = tree.get_first_table()
    table = element.to_table(use_names_over_ids=True)
    for column in table.columns.values():
        column.meta = {key: value for key, value in column.meta.items() if not key.startswith(_ASTROPYS_OWN)}
        if column.description:
            column.description = _LINE_BREAK.sub(" ", _BREAK_AT_HYPHEN.sub("", column.description))
    for name, text in _time_systems(tree, element):
        table[name].meta[_TIMESYS] = text
    table.meta = {info.name: from_text(info.value) for info in element.infos}
    return table


def _time_systems(tree: Any, element: Any) -> Iterator[tuple[str, str]]:
    """Names of columns of times, and their systems as in ``meta``."""
    systems = {system.ID: system for system in tree.iter_timesys()}
    for field in element.fields:
        system = systems.get(field.ref)
        if system is not None:
            yield field.name, f"{str(system.timeorigin).removesuffix('-origin')} {system.timescale}"
