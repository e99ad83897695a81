# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The description of a survey: ids, service, columns, photometry, cutouts and so on, as data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from astropy.table import Table
from astropy.time import Time

from ..exceptions import FinkQueryError
from .columns import ColumnFacts, column_facts
from .phase_curves import PhaseCurves
from .photometry import Fluxes, Magnitudes
from .report import ReportFacts

__all__ = [
    "BulkCurves",
    "ColumnNames",
    "ConeSearch",
    "Cutouts",
    "Ids",
    "Packet",
    "Service",
    "SolarSystem",
    "Statistics",
    "Survey",
    "TimeRange",
]


@dataclass(frozen=True)
class Ids:
    """Object ids.

    Parameters
    ----------
    pattern : `re.Pattern`
        Matches a whole id.
    description : str
        The pattern in words, for messages.
    type : type
        The type of ids in Tables; requests hold them as text.
    absent : str
        A sentence for messages about alerts without an object id.
    """

    pattern: re.Pattern[str]
    description: str
    type: type[Any]
    absent: str


@dataclass(frozen=True)
class Service:
    """The REST service.

    Parameters
    ----------
    setting : str
        The item of `astroquery_fink.conf` that holds the address.
    endpoint : str
        The endpoint for the alerts of an object.
    schemas : tuple of str
        Endpoints whose schemas are requested one by one; empty if one schema holds them all.
    id_argument, alert_argument, resolver_argument : str
        The arguments of the server for an object id, an alert id, and a name to resolve.
    row_names : dict
        Endpoint -> what its rows are, for messages, if they are not alerts.
    lifetimes : dict
        Endpoint -> the rule in `astroquery_fink.http.lifetimes` for its cached responses.
    unlisted_classes : tuple of str
        Classes that the server accepts although its list lacks them.
    grouped_classes : tuple of str
        Classes for which the server sends one alert per object.
    scan_limit : int
        The server reads at most this many alerts of an object, or of a pixel of the sky, and does not say so.
    applies_days : bool
        Whether the server selects the days around a gravitational-wave event; otherwise the client does.
    """

    setting: str
    endpoint: str
    schemas: tuple[str, ...]
    id_argument: str
    alert_argument: str
    resolver_argument: str
    row_names: Mapping[str, str]
    lifetimes: Mapping[str, str]
    unlisted_classes: tuple[str, ...]
    grouped_classes: tuple[str, ...]
    scan_limit: int
    applies_days: bool


@dataclass(frozen=True)
class ColumnNames:
    """Names of the columns that the client itself uses.

    Parameters
    ----------
    object_id, alert_id, time, band, ra, dec, brightness, brightness_error, tag : str
    first_seen, event_time : str
        First detection of an object; time of a gravitational-wave event.
    limit : str or None
        Limiting magnitude; None if the survey has no upper limits.
    exposure_time : str or None
        Exposure time, if ``time`` is the start of the exposure; None if ``time`` is its middle.
    """

    object_id: str
    alert_id: str
    time: str
    band: str
    ra: str
    dec: str
    brightness: str
    brightness_error: str
    tag: str
    first_seen: str
    event_time: str
    limit: str | None
    exposure_time: str | None

    @property
    def keys(self) -> tuple[str, str, str]:
        """The columns that every request for alerts includes: object, alert, time."""
        return self.object_id, self.alert_id, self.time


@dataclass(frozen=True)
class Cutouts:
    """Cutouts of alerts.

    Parameters
    ----------
    kinds : tuple of str
    column : str
        Name of the column of a kind, which takes the place of ``{kind}``.
    format : str
        The format that the server sends: ``"array"`` or ``"FITS"``.
    keys : dict
        The arguments of the server that identify an alert -> the columns that hold their values.
    requests : tuple of str
        The kinds that are requested one by one to get all kinds.
    shape : tuple of int
        Pixels of an ordinary cutout.
    pixel_scale : float
        Arcseconds per pixel of cutouts without a WCS; both coordinates decrease with the pixel index.
    scale_bar : float
        Length of the bar in a figure, in arcseconds.
    cards : tuple of (str, str, str)
        FITS keyword, column, comment. A column that alerts of objects lack is used where a Table has it.
    """

    kinds: tuple[str, ...]
    column: str
    format: str
    keys: Mapping[str, str]
    requests: tuple[str, ...]
    shape: tuple[int, int]
    pixel_scale: float
    scale_bar: float
    cards: tuple[tuple[str, str, str], ...]

    @cached_property
    def columns(self) -> dict[str, str]:
        """Kind -> name of its column."""
        return {kind: self.column.format(kind=kind) for kind in self.kinds}


@dataclass(frozen=True)
class TimeRange:
    """What a kind of time range of a cone search means for the row of an object.

    Parameters
    ----------
    from_start, to_stop : str
        The column that is not before the start, and the one that is not after the stop.
    version : str
        The first version of the server that has this kind.
    """

    from_start: str
    to_stop: str
    version: str


@dataclass(frozen=True)
class ConeSearch:
    """Cone searches.

    Parameters
    ----------
    columns : tuple of str
        Columns of a response to a request that names no columns.
    required : tuple of str
        Columns without which the server fails.
    kinds : dict
        Kind -> `TimeRange`, the default first. Empty if time ranges bound the first detection.
    stop_alone : bool
        Whether the server heeds the end of a time range without a beginning.
    separation : str
        The column of distances from the centre.
    """

    columns: tuple[str, ...]
    required: tuple[str, ...]
    kinds: Mapping[str, TimeRange]
    stop_alone: bool
    separation: str


@dataclass(frozen=True)
class SolarSystem:
    """Alerts of Solar System objects.

    Parameters
    ----------
    added : tuple of str
        Columns that the server adds to each alert.
    needed : dict
        Argument -> columns that the server needs to compute the columns that the argument adds.
    id : str or None
        The column of ids, if these objects have ids of their own.
    name : str
        The column of alerts that names or numbers the object.
    known : tuple of (str, int), or None
        A column, and its value in alerts of known Solar System objects; None if those are the alerts without
        an object id.
    """

    added: tuple[str, ...]
    needed: Mapping[str, tuple[str, ...]]
    id: str | None
    name: str
    known: tuple[str, int] | None


@dataclass(frozen=True)
class BulkCurves:
    """The monthly table of the light curves of all Solar System objects, one row per object.

    Parameters
    ----------
    name : str
        The column of names, which a request must match exactly.
    time : str
        The column of times.
    single : tuple of str
        Columns with one value per object; the others have a list with one value per detection.
    first_version : str
        The oldest version, ``YYYY.MM``.
    example : str
        A name, for messages.
    """

    name: str
    time: str
    single: tuple[str, ...]
    first_version: str
    example: str


@dataclass(frozen=True)
class Statistics:
    """Numbers of alerts per night.

    Parameters
    ----------
    night : str
        The column that names the night.
    every_night : str
        A column that has a value for every night.
    """

    night: str
    every_night: str


@dataclass(frozen=True)
class Packet:
    """Alert packets of the Data Transfer service.

    Parameters
    ----------
    fields : dict
        Top-level field -> its name in the REST service: the prefix of the members of a struct, or the names
        of those members that are not left out; the name of another field, or None if it is left out. ``""``
        -> the prefix of all other fields. If two fields hold the same column, the first one here is used.
    short_floats : tuple of str
        Prefixes of columns whose 32-bit floats the REST service writes with as few digits as possible.
    cutouts, history : tuple of str
        The top-level fields of cutouts, and of earlier detections and photometry.
    """

    fields: Mapping[str, Any]
    short_floats: tuple[str, ...]
    cutouts: tuple[str, ...]
    history: tuple[str, ...]

    @property
    def left_out(self) -> dict[str, tuple[str, ...]]:
        """Content, as the user names it -> the top-level fields to leave out."""
        return {"full": (), "medium": self.cutouts, "light": (*self.cutouts, *self.history)}


@dataclass(frozen=True)
class Survey:
    """One survey, as Fink serves it.

    Parameters
    ----------
    name : str
        The name that `astroquery_fink.FinkClass` accepts.
    client : str
        The name of its ready client, such as ``Fink``.
    instead : dict
        Methods and arguments that this survey lacks -> what to use instead, for messages.
    ids : `Ids`
    service : `Service`
    columns : `ColumnNames`
    measured : tuple of str
        Values of the tag column that mark measurements; the others mark upper limits or bad quality.
    time_format, time_scale : str
        Of the time column, as in `~astropy.time.Time`. Times are sent in this scale.
    photometry : `~astroquery_fink.surveys.photometry.Magnitudes` or Fluxes
        The columns of brightness.
    default_brightness : str
        The default kind of brightness in figures.
    bands : dict
        Value of the band column -> name of the filter.
    cutouts : `Cutouts`
    cone : `ConeSearch`
    solar_system : `SolarSystem`
    phase_curves : `~astroquery_fink.surveys.phase_curves.PhaseCurves`
    bulk : `BulkCurves`
    resolver_columns : dict
        Column of `resolve_name` -> the columns of responses that may hold it, best first.
    statistics : `Statistics`
    begin : str
        Date of the first alerts.
    declinations : tuple of float
        The southernmost and the northernmost declination of the survey, in degrees.
    column_rules : dict
        Prefix of names of columns that are not listed -> dtype, UCD, and description with the rest of the
        name in place of ``{}``.
    packet : `Packet`
    report : `~astroquery_fink.surveys.report.ReportFacts`
    """

    name: str
    client: str
    instead: Mapping[str, str]
    ids: Ids
    service: Service
    columns: ColumnNames
    measured: tuple[str, ...]
    time_format: str
    time_scale: str
    photometry: Magnitudes | Fluxes
    default_brightness: str
    bands: Mapping[Any, str]
    cutouts: Cutouts
    cone: ConeSearch
    solar_system: SolarSystem
    phase_curves: PhaseCurves
    bulk: BulkCurves
    resolver_columns: Mapping[str, tuple[str, ...]]
    statistics: Statistics
    begin: str
    declinations: tuple[float, float]
    column_rules: Mapping[str, tuple[str, str, str]]
    packet: Packet
    report: ReportFacts

    @property
    def title(self) -> str:
        """The name in capitals, for messages."""
        return self.name.upper()

    def check(self, name: str) -> None:
        """Refuse a method or an argument that this survey lacks."""
        if name in self.instead:
            raise FinkQueryError(f"Fink/{self.title} has no {name}; {self.instead[name]}.")

    @property
    def facts(self) -> Mapping[str, ColumnFacts]:
        """The facts of every known column, in the order of Tables."""
        return column_facts(self.name)

    def facts_of(self, name: str, dtype: str | None = None) -> ColumnFacts:
        """The facts of any column; for one without facts or a rule for its prefix, ``dtype``."""
        if name in self.facts:
            return self.facts[name]
        for prefix, (kind, ucd, description) in self.column_rules.items():
            if name.startswith(prefix):
                description = description.format(name.removeprefix(prefix))
                return ColumnFacts(name, kind, ucd=ucd, description=description)
        return ColumnFacts(name, dtype)

    def table(self, endpoint: str | None) -> list[str]:
        """The columns of an endpoint: its own, or those of an alert."""
        own = [name for name, facts in self.facts.items() if endpoint in facts.tables]
        return own or [name for name, facts in self.facts.items() if facts.full]

    def times(self, table: Table) -> Time:
        """The times of a Table's rows; see ``columns.exposure_time``."""
        return Time(table[self.columns.time], format=self.time_format, scale=self.time_scale)
