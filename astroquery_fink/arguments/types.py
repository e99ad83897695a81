# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Types of arguments, for type checkers and for readers of a signature."""

from collections.abc import Iterable, Mapping
from datetime import date
from os import PathLike
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from astropy.coordinates import BaseCoordinateFrame, SkyCoord
from astropy.io.fits import HDUList
from astropy.table import Row, Table
from astropy.time import Time
from astropy.units import Quantity

__all__ = [
    "Angle",
    "BrightnessKind",
    "CandidateKind",
    "ColumnNames",
    "ConeTimes",
    "Coordinates",
    "CutoutKind",
    "DataFrame",
    "FileFormat",
    "Flavor",
    "ObjectId",
    "ObjectIds",
    "OnError",
    "Payload",
    "Position",
    "Resolver",
    "SkyMap",
    "SolarSystemNames",
    "StrPath",
    "SurveyName",
    "TableLike",
    "TimeLike",
    "Trend",
    "YScale",
]


class DataFrame(Protocol):
    """A DataFrame of pandas or polars, or anything else that has named columns."""

    @property
    def columns(self) -> Any:
        """The names of the columns."""
        ...

    def __getitem__(self, name: Any, /) -> Any: ...


SurveyName: TypeAlias = Literal["ztf", "lsst"]
CutoutKind: TypeAlias = Literal["Science", "Template", "Difference"]
ConeTimes: TypeAlias = Literal["within", "across"]
OnError: TypeAlias = Literal["raise", "warn"]
Trend: TypeAlias = Literal["rising", "fading", "low_state", "new_low_state"]
Resolver: TypeAlias = Literal["simbad", "ssodnet", "tns"] | str  # a server may know others
Flavor: TypeAlias = Literal["SHG1G2", "HG1G2", "HG", "SOCCA"]
CandidateKind: TypeAlias = Literal["orbParams", "lightcurves"]
BrightnessKind: TypeAlias = Literal["difference", "apparent", "difference flux", "flux"]
YScale: TypeAlias = Literal["linear", "asinh"]
FileFormat: TypeAlias = Literal["ecsv", "csv", "fits", "votable", "parquet", "hdf5"]

StrPath: TypeAlias = str | PathLike[str]
TimeLike: TypeAlias = Time | date | str
Angle: TypeAlias = Quantity | str
ColumnNames: TypeAlias = str | Iterable[str]
TableLike: TypeAlias = Table | Row | DataFrame | Mapping[str, Any]
ObjectId: TypeAlias = str | int | np.integer[Any]
ObjectIds: TypeAlias = ObjectId | Iterable[ObjectId] | TableLike
Position: TypeAlias = str | SkyCoord | BaseCoordinateFrame | Row | Mapping[str, Any]
Coordinates: TypeAlias = Position | Iterable[Position] | TableLike
SolarSystemNames: TypeAlias = ObjectId | Iterable[ObjectId]
SkyMap: TypeAlias = str | Path | bytes | HDUList
Payload: TypeAlias = dict[str, Any]
