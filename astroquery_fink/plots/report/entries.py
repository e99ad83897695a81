# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What a page says of each object, from the rows of a Table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import astropy.units as u
import numpy as np
from astropy.coordinates import SkyCoord
from astropy.table import Table
from astropy.time import Time

from ...surveys import Survey
from ...surveys.photometry import plain
from ..points import mjd_of
from .brightness import Newest, Rate, newest_of, rate_of
from .curves import Curve, curve_of
from .links import Link, links_of
from .values import minus, number_at, rounded, text_of, value_at

__all__ = ["Entry", "Position", "entry_of"]


@dataclass(frozen=True)
class Position:
    """ICRS coordinates."""

    ra: float
    dec: float

    @property
    def decimal(self) -> tuple[str, str]:
        """Degrees."""
        return f"{self.ra:.5f}", minus(f"{self.dec:+.5f}")

    @property
    def sexagesimal(self) -> tuple[str, str]:
        """Hours and degrees."""
        there = SkyCoord(self.ra * u.deg, self.dec * u.deg)
        ra, dec = there.ra.to_string(u.hour, sep=":", precision=2, pad=True), there.dec
        return str(ra), minus(str(dec.to_string(sep=":", precision=1, pad=True, alwayssign=True)))


@dataclass(frozen=True)
class Entry:
    """One object of a page; what is not known is None or empty."""

    id: str
    detections: int
    class_name: str
    position: Position | None
    newest: Newest | None
    rate: Rate | None
    seen: str  # date and time of the newest detection, in UTC
    days_since: float | None  # since that
    age: float | None  # days since the first detection
    scores: Mapping[str, float]
    crossmatches: Mapping[str, str]
    links: list[Link]
    curve: Curve | None
    cutouts: Mapping[str, bytes]

    @property
    def keys(self) -> dict[str, Any]:
        """The values by which the page sorts and filters."""
        return {
            "id": self.id,
            "class": self.class_name or None,
            "ra": self.position and self.position.ra,
            "dec": self.position and self.position.dec,
            "magnitude": self.newest and rounded(self.newest.magnitude, 3),
            "rate": self.rate and rounded(self.rate.value, 4),
            "age": rounded(self.age, 3),
            "seen": rounded(self.days_since, 4),
            "detections": self.detections,
            "crossmatch": ", ".join(self.crossmatches.values()) or None,
        } | {f"score {label}": rounded(value, 4) for label, value in self.scores.items()}


def entry_of(name: str, table: Table, survey: Survey, cutouts: Mapping[str, bytes], now: Time) -> Entry:
    """The facts of one object; ``table`` has only its rows."""
    mjd = mjd_of(table, survey, "utc")
    rows = _detections(table, survey, mjd)
    first = _first_seen(table, survey, mjd, rows)
    newest = int(rows[-1]) if len(rows) else None
    there = None if newest is None else _position(table, survey, newest)
    facts, matches = survey.report, _crossmatches(table, survey, rows)
    tns_name = _newest_text(table, facts.tns_name, rows, facts.nothing) if facts.tns_name else ""
    return Entry(
        id=name,
        detections=len(rows),
        class_name="" if newest is None else _class_name(table, survey, newest),
        position=there,
        newest=None if newest is None else newest_of(table, survey, newest),
        rate=rate_of(table, survey, rows, mjd),
        seen="" if newest is None else str(Time(mjd[newest], format="mjd").iso)[:16],
        days_since=None if newest is None else float(now.mjd - mjd[newest]),
        age=None if first is None else float(now.mjd - first),
        scores={} if newest is None else _scores(table, survey, newest),
        crossmatches=matches,
        links=links_of(name, there and (there.ra, there.dec), tns_name, survey),
        curve=curve_of(table, survey),
        cutouts=cutouts,
    )


def _detections(table: Table, survey: Survey, mjd: np.ndarray) -> np.ndarray:
    """The rows of detections of good quality, oldest first."""
    rows = np.isfinite(mjd)
    if survey.columns.tag in table.colnames:
        rows &= plain(table[survey.columns.tag]).filled("") == "valid"
    found = np.flatnonzero(rows)
    return found[np.argsort(mjd[found], kind="stable")]


def _first_seen(table: Table, survey: Survey, mjd: np.ndarray, rows: np.ndarray) -> float | None:
    """The MJD (UTC) of the first detection: of all of the object, if its alerts say so, or of these rows."""
    name = survey.columns.first_seen
    times = [float(mjd[row]) for row in rows[:1]]
    for row in rows[-1:]:
        first = number_at(table, name, int(row))
        if first is not None:
            times.append(Time(first, format=survey.time_format, scale=survey.time_scale).utc.mjd)
    return min(times, default=None)


def _position(table: Table, survey: Survey, row: int) -> Position | None:
    ra, dec = (number_at(table, name, row) for name in (survey.columns.ra, survey.columns.dec))
    if ra is None or dec is None or not -90 <= dec <= 90:
        return None
    return Position(ra % 360, dec)


def _class_name(table: Table, survey: Survey, row: int) -> str:
    facts = survey.report
    for name in facts.classes:
        value = value_at(table, name, row)
        text = facts.class_names.get(value) or text_of(value)
        if text:
            return text
    return ""


def _scores(table: Table, survey: Survey, row: int) -> dict[str, float]:
    found = {label: number_at(table, name, row) for label, name in survey.report.scores.items()}
    return {label: value for label, value in found.items() if value is not None}


def _crossmatches(table: Table, survey: Survey, rows: np.ndarray) -> dict[str, str]:
    facts = survey.report
    found = {
        label: _newest_text(table, name, rows, facts.nothing) for label, name in facts.crossmatches.items()
    }
    return {label: text for label, text in found.items() if text}


def _newest_text(table: Table, name: str, rows: np.ndarray, nothing: tuple[str, ...]) -> str:
    """The newest text of a column in the detections that says something."""
    if name not in table.colnames:
        return ""
    values = dict.fromkeys(plain(table[name])[rows[::-1]].tolist())
    return next(filter(None, (text_of(value, nothing) for value in values)), "")
