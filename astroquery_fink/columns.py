# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Facts of the columns: dtype, unit, description, and what stands for "no value".

The facts are data: ``data/<survey>_columns.ecsv``, which `astropy.table.Table.read` reads, too.
"""

import csv
from dataclasses import dataclass
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
    description : str
    """

    name: str
    dtype: str | None = None
    unit: u.UnitBase | None = None
    missing: float | None = None
    full: bool = False
    description: str = ""


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
    text = files("astroquery_fink").joinpath(f"data/{survey}_columns.ecsv").read_text("ascii")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {row["name"]: _facts(row) for row in rows}


def _facts(row):
    return ColumnFacts(
        name=row["name"],
        dtype=row["dtype"],
        unit=_unit(row["unit"]) if row["unit"] else None,
        missing=float(row["missing"]) if row["missing"] else None,
        full=row["full"] == "True",
        description=row["description"],
    )


@cache
def _unit(text):
    return u.Unit(text)
