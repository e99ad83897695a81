"""Alert packets of ZTF in Fink's layouts, with the values that the REST service has."""

import gzip
import json
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from astropy.time import Time

from ..avro.fields import Array, Content, Fields, Map, Record, chosen
from ..avro.source import Identity, Source
from ..data import load
from ..server.tables import Columns
from ..sky.seeing import IMAGES
from .columns import TYPES
from .history import HISTORY_DAYS
from .images import fits_file
from .survey import Survey

__all__ = ["source"]

FACTS = load("ztf_packets.json")
LIVE_TOPIC = "fink_early_sn_candidates_ztf"
NAMES: list[str] = FACTS["identity"]
HISTORY: list[str] = FACTS["history"]
MAPS: dict[str, str] = FACTS["maps"]
FEATURES = ["lc_features_g", "lc_features_r"]
CLASSES = {"finkclass": "v:classification", "tnsclass": "d:tns"}
CUTOUTS = [f"cutout{kind}" for kind in IMAGES]
DATES = {"year": "%Y", "month": "%m", "day": "%d"}
HEAVY = ["candidate", "prv_candidates", *CUTOUTS, *DATES]
CANDIDATE = [name[2:] for name in TYPES if name[0] == "i" and name[2:] not in NAMES or name == "i:candid"]
MODULES = [
    name[2:] for name in TYPES if name[0] == "d" and not name[2:].startswith(("tag", *MAPS, *FEATURES))
]


def _type(column: str) -> str:
    """Avro type of a column."""
    return FACTS["types"].get(column[2:]) or FACTS["types"].get(TYPES[column], TYPES[column])


def _fields() -> Fields:
    """All fields of a full packet of a job."""
    candidate: Fields = {name: _type(f"i:{name}") for name in CANDIDATE}
    stamp: Fields = {"fileName": "string", "stampData": "bytes"}
    features: Fields = dict.fromkeys(FACTS["features"], "double")
    fields: Fields = {name: _type(f"i:{name}") for name in NAMES}
    fields["candidate"] = Record(candidate)
    fields["prv_candidates"] = Array(Record({name: candidate[name] for name in HISTORY}))
    fields |= {name: Record(stamp) for name in CUTOUTS}
    fields |= {name: _type(f"d:{name}") for name in MODULES}
    fields |= {name: Map(kind) for name, kind in MAPS.items()}
    fields |= {name: Record(features) for name in FEATURES}
    return fields | dict.fromkeys([*CLASSES, *DATES], "string")


FULL = _fields()


def content_of(content: str | Sequence[str], live: bool = False) -> Content:
    """Fields of a packet; those of the live stream lack the classes that a job adds."""
    full = {name: kind for name, kind in FULL.items() if not (live and name in CLASSES)}
    if content == "full":
        return chosen(full, full)
    if content == "medium":
        return chosen(full, [name for name in full if name not in CUTOUTS])
    if content == "light":
        flat = [f"candidate.{name}" for name in FACTS["light"]]
        return chosen(full, [*[name for name in full if name not in HEAVY], *flat])
    if isinstance(content, str):
        raise ValueError(f"content={content!r} is not 'full', 'medium', 'light' or a list of fields")
    return chosen(full, [*content, "candidate.jd"])


def objects(survey: Survey, content: str | Sequence[str]) -> list[str]:
    """Ids of all objects that packets of a content are about."""
    return survey.sky.objects


def rows_of(survey: Survey, objectid: str) -> int:
    """Number of alerts of an object; `ValueError` if the sky has no such object."""
    if objectid not in survey.sky.beginning_with(objectid):
        raise ValueError(f"objects: the simulated sky has no object {objectid!r}")
    return len(survey.history(objectid).valid["i:jd"])


def packets(survey: Survey, objectid: str, rows: Sequence[int], content: Content) -> Iterator[dict[str, Any]]:
    """Packets of some alerts of an object."""
    alerts = _Alerts(survey, objectid, rows)
    columns = [alerts.values(name) for name in content.roots]
    for values in zip(*columns, strict=True):
        yield content.pick(dict(zip(content.roots, values, strict=True)))


class _Alerts:
    """Some alerts of an object: the fields of their full packets, one after the other."""

    def __init__(self, survey: Survey, objectid: str, rows: Sequence[int]):
        self._survey, self._objectid, self._rows = survey, objectid, rows
        self._history = survey.history(objectid)
        self._all = self._history.valid

    def values(self, name: str) -> list[Any]:
        """Values of a field of the full packets."""
        if name == "candidate":
            return _records(self._columns([f"i:{one}" for one in CANDIDATE]), "i:")
        if name == "prv_candidates":
            return [self._before(row) for row in self._rows]
        if name in CUTOUTS:
            return [self._stamp(row, name.removeprefix("cutout")) for row in self._rows]
        if name in MAPS:
            prefix = f"d:{name}_"
            return _records(self._columns([one for one in self._all if one.startswith(prefix)]), prefix)
        if name in FEATURES:
            return [_features(text) for text in self._column(f"d:{name}")]
        if name in DATES:
            return Time(self._column("i:jd"), format="jd").strftime(DATES[name]).tolist()
        return self._column(CLASSES.get(name) or (f"i:{name}" if name in NAMES else f"d:{name}"))

    def _column(self, name: str) -> list[Any]:
        return [self._all[name][row] for row in self._rows]

    def _columns(self, names: list[str]) -> Columns:
        return {name: self._column(name) for name in names}

    def _before(self, row: int) -> list[dict[str, Any]] | None:
        """What was measured in the thirty days before an alert, oldest first."""
        times, before = self._earlier
        now = self._all["i:jd"][row]
        first, last = np.searchsorted(times, now - HISTORY_DAYS, "right"), np.searchsorted(times, now)
        return before[first:last] or None

    @cached_property
    def _earlier(self) -> tuple[np.ndarray, list[dict[str, Any]]]:
        """Times and records of alerts, of upper limits and of detections of bad quality."""
        alerts = _records({f"i:{name}": self._all[f"i:{name}"] for name in HISTORY}, "i:")
        others = _measured(self._history.upperlim) + _measured(self._history.badquality)
        records = sorted(alerts + others, key=lambda one: one["jd"])
        return np.array([one["jd"] for one in records]), records

    def _stamp(self, row: int, kind: str) -> dict[str, Any]:
        name = f"candid{self._all['i:candid'][row]}_pid{self._all['i:pid'][row]}_target{kind}.fits.gz"
        content = fits_file(self._survey.image(self._objectid, row, kind))
        return {"fileName": name, "stampData": gzip.compress(content, 6, mtime=0)}


def _records(columns: Columns, prefix: str) -> list[dict[str, Any]]:
    """One record per row, without the prefix of the names."""
    names = [name.removeprefix(prefix) for name in columns]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _measured(table: Columns) -> list[dict[str, Any]]:
    """Records of measurements that made no alert, whose numbers are text; they have no `candid`."""
    known = {name: values for name, values in table.items() if name[2:] in HISTORY}
    empty = dict.fromkeys(HISTORY)
    return [
        empty | {name: _number(name, cell) for name, cell in one.items()} for one in _records(known, "i:")
    ]


def _number(name: str, cell: Any) -> Any:
    kind = TYPES[f"i:{name}"]
    return cell if kind == "string" else int(cell) if kind == "int" else float(cell)


@lru_cache(10_000)
def _features(text: str) -> dict[str, float | None]:
    """Features of a light curve, a list as text in the database."""
    return dict(zip(FACTS["features"], json.loads(text.replace("None", "null")), strict=True))


def source(survey: Survey) -> Source:
    """The packets of all alerts."""
    return Source(survey, "ztf", LIVE_TOPIC, IDENTITY, content_of, objects, rows_of, packets)


def _last_id(number: int) -> str:
    """Ids of copies, from the last possible one on."""
    letters = [chr(ord("z") - number // 26**power % 26) for power in range(6, -1, -1)]
    return "ZTF99" + "".join(letters)


IDENTITY = Identity("objectId", "candid", "ra", _last_id, 3_900_000_000_000_000_000)
