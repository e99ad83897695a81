# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Types of arguments, for type checkers and for whoever reads a signature."""

from collections.abc import Iterable
from datetime import date
from os import PathLike
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from astropy.coordinates import BaseCoordinateFrame, SkyCoord
from astropy.io.fits import HDUList
from astropy.table import Row, Table
from astropy.time import Time
from astropy.units import Quantity

__all__ = [
    "Angle",
    "CandidateKind",
    "ColumnNames",
    "Coordinates",
    "CutoutKind",
    "Flavor",
    "ObjectId",
    "ObjectIds",
    "OnError",
    "Payload",
    "Resolver",
    "SkyMap",
    "SolarSystemNames",
    "StrPath",
    "SurveyName",
    "TimeLike",
    "Trend",
]

SurveyName: TypeAlias = Literal["ztf", "lsst"]
CutoutKind: TypeAlias = Literal["Science", "Template", "Difference"]
OnError: TypeAlias = Literal["raise", "warn"]
Trend: TypeAlias = Literal["rising", "fading", "low_state", "new_low_state"]
Resolver: TypeAlias = Literal["simbad", "ssodnet", "tns"]
Flavor: TypeAlias = Literal["SHG1G2", "HG1G2", "HG", "SOCCA"]
CandidateKind: TypeAlias = Literal["orbParams", "lightcurves"]

StrPath: TypeAlias = str | PathLike[str]
TimeLike: TypeAlias = Time | date | str
Angle: TypeAlias = Quantity | str
ColumnNames: TypeAlias = str | Iterable[str]
ObjectId: TypeAlias = str | int | np.integer[Any]
ObjectIds: TypeAlias = ObjectId | Iterable[ObjectId] | Table | Row
Coordinates: TypeAlias = str | SkyCoord | BaseCoordinateFrame | Iterable[SkyCoord] | Table | Row
SolarSystemNames: TypeAlias = ObjectId | Iterable[ObjectId]
SkyMap: TypeAlias = str | Path | bytes | HDUList
Payload: TypeAlias = dict[str, Any]
