# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The sources of a search around a gravitational-wave event: an event of GraceDB, a sky map, a MOC."""

from dataclasses import dataclass
from numbers import Real
from typing import Any, Protocol

import astropy.units as u
import numpy as np
from astropy.table import MaskedColumn, Table

from ..arguments.healpix import healpix
from ..arguments.mocs import is_moc
from ..arguments.sky_map_upload import moc_upload, upload_text
from ..arguments.sky_map_values import SkyMapCells
from ..arguments.sky_maps import event_date, event_name, read_sky_map
from ..arguments.types import Moc, Payload, SkyMap, TimeLike
from ..exceptions import FinkQueryError
from ..messages import shown
from ..surveys import Survey
from .moc_search import rows_in_moc

__all__ = ["SkyRegion", "days_of", "sky_region"]

_MOST_DAYS = {"days_before": 7, "days_after": 14}
_FACTS = {
    "credible_level": (
        "stat.confidenceLevel",
        "probability that the event is in the smallest region that contains the position",
    ),
    "distance_mean": ("pos.distance;stat.mean", "mean distance of the event if it is in this direction"),
    "distance_std": (
        "stat.stdev;pos.distance",
        "standard deviation of the distance of the event if it is in this direction",
    ),
}
"""dict : Column -> UCD and description."""


class SkyRegion(Protocol):
    """A region in which the server searches."""

    @property
    def payload(self) -> Payload:
        """The arguments for the server."""
        ...

    def finished(self, table: Table, survey: Survey) -> Table:
        """The Table with what is known of the region."""
        ...


def sky_region(source: SkyMap, credible_level: float | None, event_time: TimeLike | None) -> SkyRegion:
    """The region of a source; arguments that do not belong to it are refused."""
    if is_moc(source, "source"):
        if credible_level is not None:
            reason = "a MOC is the region itself: leave credible_level out"
            raise FinkQueryError(f"credible_level={shown(credible_level)}: {reason}.")
        if event_time is None:
            raise FinkQueryError("event_time is missing: a MOC has no time; give that of the event.")
        return _MocRegion(source, event_date(event_time))
    level, event = _checked_level(credible_level), event_name(source)
    if event is None:
        healpix("a sky map", "skymap")
        return _MapRegion(read_sky_map(source, event_time), level)
    if event_time is not None:
        reason = f"the server gets the time of {event} from GraceDB: leave event_time out"
        raise FinkQueryError(f"event_time={shown(event_time)}: {reason}.")
    return _EventRegion(event, level)


@dataclass(frozen=True)
class _EventRegion:
    """The region of an event whose sky map the server fetches."""

    event: str
    level: float

    @property
    def payload(self) -> Payload:
        return {"event_name": self.event, "credible_level": self.level}

    def finished(self, table: Table, survey: Survey) -> Table:
        return table


@dataclass(frozen=True)
class _MapRegion:
    """The region of a sky map."""

    sky_map: SkyMapCells
    level: float

    @property
    def payload(self) -> Payload:
        pixels, ordering = self.sky_map.cells.flattened(self.sky_map.probability)
        return {"bayestar": upload_text(pixels, ordering, self.sky_map.date), "credible_level": self.level}

    def finished(self, table: Table, survey: Survey) -> Table:
        """The Table with what the map says of each position."""
        rows = _rows_at(self.sky_map, table[survey.columns.ra], table[survey.columns.dec])
        _add(table, "credible_level", self.sky_map.credible_levels(rows))
        moments = self.sky_map.distance_moments(rows)
        if moments is not None:
            for name, values in zip(("distance_mean", "distance_std"), moments, strict=True):
                _add(table, name, values, u.Mpc)
        return table


@dataclass(frozen=True)
class _MocRegion:
    """The region of a MOC, which is sent as a map of the pixels that it touches."""

    moc: Moc
    date: str

    @property
    def payload(self) -> Payload:
        text, level = moc_upload(self.moc, self.date)
        return {"bayestar": text, "credible_level": level}

    def finished(self, table: Table, survey: Survey) -> Table:
        """The rows that lie in the MOC."""
        return rows_in_moc(table, self.moc, survey)


def _rows_at(sky_map: SkyMapCells, ra: Any, dec: Any) -> np.ndarray:
    """The row of the map at each position; -1 for unknown positions and those outside the map."""
    ra, dec = (np.ma.filled(np.ma.asarray(values).astype(float), np.nan) for values in (ra, dec))
    known = np.isfinite(ra) & np.isfinite(dec)
    rows = np.full(len(ra), -1)
    rows[known] = sky_map.cells.rows_at(ra[known], dec[known])
    return rows


def _add(table: Table, name: str, values: np.ndarray, unit: u.UnitBase | None = None) -> None:
    """Add a column, masked where a value is unknown."""
    ucd, description = _FACTS[name]
    attributes = {"name": name, "unit": unit, "description": description, "meta": {"ucd": ucd}}
    table.add_column(MaskedColumn(values, mask=np.isnan(values), **attributes))


def _checked_level(value: float | None) -> float:
    if value is None:
        raise FinkQueryError("credible_level is missing: give the probability of the region, from 0 to 1.")
    number = _is_number(value)
    if not number or not 0 < value < 1:
        percent = f"; {value} percent is {value / 100:g}" if number and 1 <= value < 100 else ""
        raise FinkQueryError(f"credible_level={shown(value)} is not between 0 and 1{percent}.")
    return float(value)


def days_of(days_before: float, days_after: float) -> dict[str, float]:
    """The checked numbers of days."""
    days = {"days_before": days_before, "days_after": days_after}
    return {argument: _days(value, argument) for argument, value in days.items()}


def _days(value: float, argument: str) -> float:
    most = _MOST_DAYS[argument]
    if not _is_number(value) or not 0 <= value <= most:
        raise FinkQueryError(f"{argument}={shown(value)} is not a number of days from 0 to {most}.")
    return value if isinstance(value, int) else float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
