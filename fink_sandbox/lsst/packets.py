"""Alert packets of Rubin in Fink's layouts, with the values that the REST service has."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from astropy.time import Time, TimeDelta

from ..avro.fields import Content, Record
from ..avro.source import Identity, Source
from ..server.tables import Columns
from .bodies import Body, bodies, body_sources, body_table, known_by
from .images import fits_file
from .packet_fields import CUTOUTS, DATES, FACTS, FULL, OF_A_JOB, content_of
from .science import CLASSES
from .summary import object_table
from .survey import History, Survey
from .visits import MODIFIED

__all__ = ["source"]

LIVE_TOPIC = "fink_extragalactic_new_candidate_lsst"
YEAR = 365.0  # days of history
PROCESSED_AFTER = {"brokerStartProcessTimestamp": 60.0, "brokerEndProcessTimestamp": 95.0}  # seconds
INGESTED_AFTER = 120.0


def objects(survey: Survey, content: str | Sequence[str]) -> list[str]:
    """Numbers of the objects and names of the bodies that packets of a content are about."""
    moving = [one.body.name for one in bodies()]
    if content == "light SSO":
        return moving
    return list(survey.histories()) if content == "light" else [*survey.histories(), *moving]


def rows_of(survey: Survey, objectid: str) -> int:
    """Number of alerts of an object or of a body; `ValueError` if there is none of this name."""
    return len(_alerts_of(survey, objectid).sources["r:ra"])


def packets(survey: Survey, objectid: str, rows: Sequence[int], content: Content) -> Iterator[dict[str, Any]]:
    """Packets of some alerts of an object or of a body."""
    alerts = _alerts_of(survey, objectid)
    columns = [alerts.values(name, rows) for name in content.roots]
    for values in zip(*columns, strict=True):
        yield content.pick(dict(zip(content.roots, values, strict=True)))


def _alerts_of(survey: Survey, objectid: str) -> "_Alerts":
    word = str(objectid)
    history, body = survey.history(word) if word in survey.targets else None, known_by(word)
    if history is not None:
        return _StaticAlerts(survey, word, history)
    if body is not None:
        return _MovingAlerts(survey, body)
    raise ValueError(f"objects: Rubin sees no object or body {objectid!r} in the simulated sky")


class _Alerts:
    """The alerts of an object or of a body: the fields of their full packets."""

    def __init__(self, survey: Survey, sources: Columns):
        self._survey, self.sources = survey, sources

    def values(self, name: str, rows: Sequence[int]) -> list[Any]:
        """Values of a field of some of the packets."""
        if name in CUTOUTS:
            return [self._cutout(row, name.removeprefix("cutout")) for row in rows]
        if name in ("clf", "xm"):
            return [_record(self.sources, name, row, f"f:{name}_") for row in rows]
        if name in FACTS["broker"]:
            return self._broker(name, rows)
        if isinstance(FULL[name], str):
            family = "r" if f"r:{name}" in self.sources else "f"
            return [self.sources[f"{family}:{name}"][row] for row in rows]
        return [self.section(name, row) for row in rows]

    def section(self, name: str, row: int) -> Any:
        """A record, array or map of a packet; null and records of nulls where nothing is known."""
        if name == "diaSource":
            return self.records[row]
        kind = FULL[name]
        return dict.fromkeys(kind.fields) if isinstance(kind, Record) else None

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """The records of all sources."""
        return _records(self.sources, "diaSource")

    def _cutout(self, row: int, kind: str) -> bytes:
        found = self._survey.source(str(self.sources["r:diaSourceId"][row]))
        assert found is not None
        return fits_file(*found, kind)

    def _broker(self, name: str, rows: Sequence[int]) -> list[Any]:
        """What Fink notes about the processing."""
        if name == "publisher":
            return ["Fink sandbox (simulated)"] * len(rows)
        if name == OF_A_JOB:
            return [self.sources["f:xm_tns_type"][-1] or "Unknown"] * len(rows)
        mjd = [self.sources["r:timeProcessedMjdTai"][row] for row in rows]
        times = Time(mjd, format="mjd", scale="tai").utc
        if name in DATES:
            return times.strftime(DATES[name]).tolist()
        times = times + TimeDelta(PROCESSED_AFTER.get(name, INGESTED_AFTER), format="sec")
        return (times.mjd if name == "brokerIngestMjd" else times.iso).tolist()


class _StaticAlerts(_Alerts):
    """The alerts of an object that does not move, with all that was known of it at the time."""

    def __init__(self, survey: Survey, number: str, history: History):
        super().__init__(survey, history.sources)
        self._target, self._number, self._history = survey.targets[number], int(number), history
        self._times = np.array(history.sources["r:midpointMjdTai"])
        self._forced_times = np.array(history.forced["r:midpointMjdTai"])
        self._summaries: dict[int, Columns] = {}

    def section(self, name: str, row: int) -> Any:
        """A record, array or map of a packet."""
        if name in ("diaObject", "pred", "misc"):
            return _record(self._summary(row), name, 0, "r:" if name == "diaObject" else "f:")
        if name == "prvDiaSources":
            return self._before(self.records, self._times, row)
        if name == "prvDiaForcedSources":
            return self._before(self._forced, self._forced_times, row)
        return self._features(row) if name == "lc_features" else super().section(name, row)

    def _summary(self, row: int) -> Columns:
        """The row about the object after one of its sources."""
        if row not in self._summaries:
            alerts = self._history.alerts.until(row)
            self._summaries[row] = object_table(self._target, self._number, alerts)
        return self._summaries[row]

    @cached_property
    def _forced(self) -> list[dict[str, Any]]:
        return _records(self._history.forced, "prvDiaForcedSources")

    def _before(
        self, records: list[dict[str, Any]], times: np.ndarray, row: int
    ) -> list[dict[str, Any]] | None:
        """Records of the year before a source, oldest first."""
        now = self._times[row]
        first, last = np.searchsorted(times, now - YEAR), np.searchsorted(times, now)
        return records[first:last] or None

    def _features(self, row: int) -> dict[str, dict[str, float]]:
        """Features of the light curve in each band with two sources or more."""
        band = np.array(self.sources["r:band"][: row + 1])
        flux, error = (np.array(self.sources[f"r:psfFlux{end}"][: row + 1]) for end in ("", "Err"))
        found = {str(one): (flux[band == one], error[band == one]) for one in np.unique(band)}
        return {one: _light_curve(*curve) for one, curve in found.items() if curve[0].size > 1}


class _MovingAlerts(_Alerts):
    """The alerts of a body: nothing is known of an object, and there is no history."""

    def __init__(self, survey: Survey, body: Body):
        super().__init__(survey, body_sources(survey.sky, body))
        self._body, self._table = body, body_table(survey.sky, body)

    def section(self, name: str, row: int) -> Any:
        """A record, array or map of a packet."""
        if name == "ssSource":
            return _record(self._table, name, row, "r:")
        if name == "mpc_orbits":
            return super().section(name, row) | self._orbit()
        if name == "pred":
            known = {"is_sso": True, "is_first": False, "is_cataloged": False}
            return (
                super().section(name, row) | known | {"main_label_classifier": CLASSES["asteroid"]["class"]}
            )
        return super().section(name, row)

    def _orbit(self) -> dict[str, Any]:
        orbit, body = self._body.body.orbit, self._body
        return {
            "packed_primary_provisional_designation": body.packed,
            "unpacked_primary_provisional_designation": body.designation,
            **{name: getattr(orbit, name) for name in ("a", "e", "i", "node")},
            "argperi": orbit.peri,
            "mean_anomaly": orbit.anomaly,
            "epoch_mjd": orbit.epoch - MODIFIED,
            "h": orbit.H,
            "g": orbit.G,
        }


def _names(section: str) -> list[str]:
    """Names of the members of a record, or of the records of an array."""
    kind = FULL[section]
    record = getattr(kind, "items", kind)
    assert isinstance(record, Record)
    return list(record.fields)


def _record(columns: Columns, section: str, row: int, prefix: str) -> dict[str, Any]:
    """A record from one row of columns."""
    return {name: columns[f"{prefix}{name}"][row] for name in _names(section)}


def _records(columns: Columns, section: str) -> list[dict[str, Any]]:
    """Records from all rows of columns."""
    names = _names(section)
    cells = zip(*(columns[f"r:{name}"] for name in names), strict=True)
    return [dict(zip(names, values, strict=True)) for values in cells]


def _light_curve(flux: np.ndarray, error: np.ndarray) -> dict[str, float]:
    """Features of the light curve in one band."""
    values = [
        flux.mean(),
        np.average(flux, weights=error**-2),
        flux.std(ddof=1),
        np.median(flux),
        np.ptp(flux) / 2,
    ]
    return {name: float(value) for name, value in zip(FACTS["features"], values, strict=True)}


def source(survey: Survey) -> Source:
    """The packets of all alerts."""
    return Source(survey, "lsst", LIVE_TOPIC, IDENTITY, content_of, objects, rows_of, packets)


FIRST_SOURCE, FIRST_OBJECT = 178_000_000_000_000_000, 179_000_000_000_000_000  # of copies
IDENTITY = Identity("diaObjectId", "diaSourceId", "ra", lambda number: FIRST_OBJECT + number, FIRST_SOURCE)
