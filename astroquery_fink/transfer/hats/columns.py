# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Units and descriptions in the Parquet fields of catalogues, light curves and compact folders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from astropy import units as u
from astropy.table import Table

from ...exceptions import FinkQueryError
from ...tables.decode import require_pyarrow
from ...tables.lists import text_table
from .path import location

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["list_columns", "units"]
__doctest_requires__: dict[str, list[str]] = {"*": ["pyarrow", "duckdb"]}

_HIDDEN = "_healpix_29"  # the position as hats-import numbers it


def units(source: Any) -> dict[str, u.UnitBase | None]:
    """Units of the columns of a catalogue, of light curves, or of a compact folder.

    Parameters
    ----------
    source : catalogue of LSDB, ``pyarrow.Schema``, str, path-like, or ``UPath``
        A catalogue as ``lsdb.open_catalog`` returns it, or made of one; a schema; or the path or address of
        what ``transfer.to_hats``, ``transfer.light_curves`` or ``transfer.compact`` wrote.

    Returns
    -------
    units : dict
        Units by the name of the column; None if it has no unit. Columns of a light curve are named as
        in LSDB, ``"light_curve.i:magpsf"``.

    Raises
    ------
    FinkQueryError
        ``source`` has no columns, or a column a unit that astropy does not know.

    Examples
    --------
    >>> from astroquery_fink import transfer
    >>> sent = Fink.query_objects("ZTF99simrrly,ZTF99simagnx", outdir="alerts")
    >>> alerts = transfer.compact("alerts", "compact")
    >>> transfer.units("compact")["i:magpsf"]
    Unit("mag")
    """
    return {name: _unit(name, unit) for name, _, unit, _ in _facts(source)}


def list_columns(source: Any) -> Table:
    """List the columns of a catalogue, of light curves, or of a compact folder.

    Parameters
    ----------
    source : catalogue of LSDB, ``pyarrow.Schema``, str, path-like, or ``UPath``
        As in `units`.

    Returns
    -------
    table : `~astropy.table.Table`
        ``name``, ``type``, ``unit`` and ``description``, as text. Columns of a light curve are named as in
        LSDB, ``"light_curve.i:magpsf"``; their type is that of one value.

    Raises
    ------
    FinkQueryError
        ``source`` has no columns.

    Examples
    --------
    >>> from astroquery_fink import transfer
    >>> sent = Fink.query_objects("ZTF99simrrly,ZTF99simagnx", outdir="alerts")
    >>> alerts = transfer.compact("alerts", "compact")
    >>> table = transfer.list_columns("compact")
    >>> print(table[table["name"] == "i:ra"]["type", "unit"])
     type  unit
    ------ ----
    double  deg
    """
    return text_table(list(_facts(source)), ("name", "type", "unit", "description"))


def _facts(source: Any) -> Iterator[tuple[str, str, str, str]]:
    """Name, type, unit and description of each column; of a light curve, those of its columns."""
    import pyarrow as pa

    for field in _schema(source):
        if field.name == _HIDDEN:
            continue
        nested = pa.types.is_struct(field.type)
        yield (field.name, "light curve" if nested else str(field.type), *_texts(field))
        if nested:
            for member in field.type:
                kind = getattr(member.type, "value_type", member.type)
                yield (f"{field.name}.{member.name}", str(kind), *_texts(member))


def _texts(field: pa.Field) -> tuple[str, str]:
    facts = field.metadata or {}
    return tuple(facts.get(name, b"").decode() for name in (b"unit", b"description"))  # type: ignore[return-value]


def _unit(name: str, text: str) -> u.UnitBase | None:
    try:
        return u.Unit(text) if text else None
    except ValueError as error:
        raise FinkQueryError(f"column {name} has unit={text!r}, which astropy does not know.") from error


def _schema(source: Any) -> pa.Schema:
    """The Arrow schema of a source, as it is on disk."""
    require_pyarrow("reading units")
    import pyarrow as pa

    if isinstance(source, pa.Schema):
        return source
    if hasattr(type(source), "original_schema"):
        return _schema_of(source, f"<{type(source).__name__}>")
    path = location(source, "source")
    files = _local_files(path) if isinstance(path, Path) else []
    return _schema_of_file(files[0]) if files else _schema_of_catalog(path)


def _schema_of(catalog: Any, name: str) -> pa.Schema:
    """The schema that a catalogue has on disk, which crossmatches and catalogues in memory do not have."""
    schema = None
    with suppress(ValueError):
        schema = catalog.original_schema
    if schema is None:
        raise FinkQueryError(
            f"source={name} was not read from disk and has no units: give the catalogue of "
            "lsdb.open_catalog, of which it was made, or its path."
        )
    return schema


def _local_files(path: Path) -> list[Path]:
    """Parquet files of light curves or of a compact folder, or the file itself."""
    if path.is_file():
        return [path]
    folders = (path / "objects", path / "solar_system", path)
    return [file for folder in folders for file in sorted(folder.glob("[!._]*.parquet"))]


def _schema_of_file(file: Path) -> pa.Schema:
    from pyarrow.parquet import ParquetFile

    from ..folders.parquet import naming_file

    with naming_file(file), ParquetFile(file) as opened:
        return opened.schema_arrow


def _schema_of_catalog(path: Any) -> pa.Schema:
    if find_spec("hats") is None:
        raise FinkQueryError(
            f"source={str(path)!r} has no Parquet files in it. If it is a HATS catalogue, it is opened by "
            'hats: pip install "astroquery_fink[hats]".'
        )
    try:
        catalog = import_module("hats").read_hats(path)
    except Exception as error:
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise FinkQueryError(
            f"source={str(path)!r} cannot be opened ({reason}): give a catalogue, light curves, or a compact "
            "folder."
        ) from error
    return _schema_of(getattr(catalog, "main_catalog", catalog), repr(str(path)))
