"""Versions of Rubin's alert schema: the one of each night, and the columns that older rows lack."""

import numpy as np
from astropy.time import Time

from ..data import load
from ..server.tables import Columns

__all__ = ["FIRST_DAYS", "NEW_COLUMNS", "blank_before", "schema_versions"]

FIRST_DAYS = load("lsst_schema.json")["first days"]
STARTS = Time(list(FIRST_DAYS.values())).mjd
NEW_COLUMNS = load("lsst_schema.json")["new"]  # by schema version, the columns that rows have from it on


def schema_versions(mjd: np.ndarray) -> list[str]:
    """Name of the schema at each time, for example ``lsst.v11_1``."""
    names = [f"lsst.v{version.replace('.', '_')}" for version in FIRST_DAYS]
    return [names[number] for number in np.searchsorted(STARTS, mjd, side="right") - 1]


def blank_before(columns: Columns, mjd: np.ndarray) -> Columns:
    """Columns that came with later schemas, with None in the rows of earlier ones."""
    blanked = {}
    for version, start in zip(FIRST_DAYS, STARTS, strict=True):
        for name in NEW_COLUMNS.get(version, []):
            cells = zip(columns[name], (mjd >= start).tolist(), strict=True)
            blanked[name] = [cell if known else None for cell, known in cells]
    return blanked
