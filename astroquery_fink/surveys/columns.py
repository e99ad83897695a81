# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Facts of the columns: dtype, unit, description, and what stands for "no value".

The facts are data: ``data/<survey>_columns.ecsv`` of alerts and ``data/<survey>_…_columns.ecsv`` of what
else is answered, which `astropy.table.Table.read` reads, too.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from functools import cache
from importlib.resources import files

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
        ``str``, ``int64``, ``float64``, ``float32``, ``bool``; None: typed by its values.
    unit : `~astropy.units.UnitBase`, optional
    missing : float, optional
        The number that stands for "no value" in this column.
    full : bool
        Whether it belongs to a full row of an object's alert.
    tables : dict of str to str
        The endpoints whose rows have it, where they are others than those of an alert, and its dtype
        in them where that is another one.
    description : str
    """

    name: str
    dtype: str | None = None
    unit: u.UnitBase | None = None
    missing: float | None = None
    full: bool = False
    tables: Mapping = field(default_factory=dict)
    description: str = ""

    def in_table(self, endpoint):
        """The same, as the rows of an endpoint have it.

        Parameters
        ----------
        endpoint : str or None

        Returns
        -------
        facts : `ColumnFacts`
        """
        dtype = self.tables.get(endpoint)
        return replace(self, dtype=dtype) if dtype else self


@cache
def column_facts(survey):
    """The facts of a survey's columns.

    Parameters
    ----------
    survey : str
        Such as ``"ztf"``.

    Returns
    -------
    facts : dict of str to `ColumnFacts`
        In the order in which tables show them.
    """
    return {row["name"]: _facts(row) for file in _data_files(survey) for row in _rows(file)}


def _data_files(survey):
    """Those of alerts first, the others by name."""
    first = f"{survey}_columns.ecsv"
    found = files("astroquery_fink").joinpath("data").iterdir()
    ours = [file for file in found if fnmatch(file.name, f"{survey}_*columns.ecsv")]
    return sorted(ours, key=lambda file: (file.name != first, file.name))


def _rows(file):
    lines = file.read_text("ascii").splitlines()
    return csv.DictReader(line for line in lines if not line.startswith("#"))


def _facts(row):
    return ColumnFacts(
        name=row["name"],
        dtype=row["dtype"] or None,
        unit=_unit(row["unit"]) if row["unit"] else None,
        missing=float(row["missing"]) if row["missing"] else None,
        full=row["full"] == "True",
        tables=dict(table.partition(":")[::2] for table in row.get("tables", "").split()),
        description=row["description"],
    )


@cache
def _unit(text):
    return u.Unit(text)
