# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Facts of the columns: dtype, unit, UCD, description, and the number that means "no value".

The facts are data files: ``data/<survey>_columns.ecsv`` of alerts, and ``data/<survey>_…_columns.ecsv`` of
other tables. `astropy.table.Table.read` can read them, too.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import astropy.units as u

__all__ = ["ColumnFacts", "column_facts"]


@dataclass(frozen=True)
class ColumnFacts:
    """What is known of one column.

    Parameters
    ----------
    name : str
        With its family prefix, as the server writes it: ``"i:magpsf"``.
    dtype : str, optional
        ``str``, ``int64``, ``float64``, ``float32`` or ``bool``; None: that of its values.
    unit : `~astropy.units.UnitBase`, optional
    ucd : str
        What kind of quantity it is, in the controlled words of the Virtual Observatory (UCD1+).
    time : str
        For times, how they count and their scale: ``"JD UTC"`` or ``"MJD TAI"``; else empty.
    missing : float, optional
        The number that means "no value" in this column.
    full : bool
        Whether a full alert has it.
    tables : dict of str to str
        The endpoints, other than those of alerts, whose rows have it -> its dtype in them, or ``""`` if it is
        the same.
    description : str
    """

    name: str
    dtype: str | None = None
    unit: u.UnitBase | None = None
    ucd: str = ""
    time: str = ""
    missing: float | None = None
    full: bool = False
    tables: Mapping[str, str] = field(default_factory=dict)
    description: str = ""

    @cached_property
    def attributes(self) -> dict[str, Any]:
        """Unit, description and ``meta`` of a column of a Table."""
        meta = {"ucd": self.ucd, "timesys": self.time}
        meta = {key: value for key, value in meta.items() if value}
        return {"unit": self.unit, "description": self.description, "meta": meta}

    def in_table(self, endpoint: str | None) -> "ColumnFacts":
        """The facts of this column in the rows of an endpoint."""
        dtype = self.tables.get(endpoint or "")
        return replace(self, dtype=dtype) if dtype else self


@cache
def column_facts(survey: str) -> dict[str, ColumnFacts]:
    """Name -> facts of each column of a survey, in the order of tables."""
    return {row["name"]: _facts(row) for file in _data_files(survey) for row in _rows(file)}


def _data_files(survey: str) -> list[Traversable]:
    """The file of alerts, then the others by name."""
    first = f"{survey}_columns.ecsv"
    found = files("astroquery_fink").joinpath("data").iterdir()
    ours = [file for file in found if fnmatch(file.name, f"{survey}_*columns.ecsv")]
    return sorted(ours, key=lambda file: (file.name != first, file.name))


def _rows(file: Traversable) -> Iterable[dict[str, str]]:
    lines = file.read_text("ascii").splitlines()
    return csv.DictReader(line for line in lines if not line.startswith("#"))


def _facts(row: dict[str, str]) -> ColumnFacts:
    return ColumnFacts(
        name=row["name"],
        dtype=row["dtype"] or None,
        unit=_unit(row["unit"]) if row["unit"] else None,
        ucd=row["ucd"],
        time=row["time"],
        missing=float(row["missing"]) if row["missing"] else None,
        full=row["full"] == "True",
        tables=_tables(row.get("tables", "")),
        description=row["description"],
    )


def _tables(text: str) -> dict[str, str]:
    """Read ``"endpoint endpoint:dtype"``."""
    return {name: dtype for name, _, dtype in (table.partition(":") for table in text.split())}


@cache
def _unit(text: str) -> u.UnitBase:
    return u.Unit(text)
