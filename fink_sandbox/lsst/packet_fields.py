"""Which fields alert packets of Rubin have in Fink's layouts."""

from collections.abc import Sequence

from ..avro.fields import Array, Content, Fields, Map, Record, chosen
from ..data import load
from ..sky.seeing import IMAGES
from .columns import KINDS

__all__ = ["CUTOUTS", "DATES", "FACTS", "FULL", "OF_A_JOB", "content_of"]

FACTS = load("lsst_packets.json")
LONG = load("lsst_schema.json")["long"]
TYPES = {"float32": "float", "float64": "double", "int": "int", "bool": "boolean", "str": "string"}
CUTOUTS = [f"cutout{kind}" for kind in IMAGES]
DATES = {"year": "%Y", "month": "%m", "day": "%d"}
OF_A_JOB = "tns_type_recomputed"
SECTIONS = ["diaSource", "diaObject", "ssSource", "mpc_orbits", "prvDiaSources", "prvDiaForcedSources"]
HEAVY = [*SECTIONS, *CUTOUTS, *DATES]


def _members(table: str, prefix: str) -> Fields:
    """Members of a section: names without prefix, and Avro types, of columns of a table."""
    names = [name for name in KINDS[table] if name.startswith(prefix) and name[2:] not in FACTS["root"]]
    return {
        name.removeprefix(prefix): "long" if name in LONG else TYPES[KINDS[table][name]] for name in names
    }


def _moving() -> Fields:
    """Members of ``ssSource``."""
    others = {*_members("sources", "r:"), *FACTS["orbit"]}
    members = {name: kind for name, kind in _members("sso", "r:").items() if name not in others}
    return {"diaSourceId": "long", "ssObjectId": "long"} | members


def _fields() -> Fields:
    """All fields of a full packet of a job."""
    source = _members("sources", "r:")
    labels = {name: kind for name, kind in _members("objects", "f:").items() if name not in FACTS["misc"]}
    sections: Fields = {
        "diaSource": Record(source),
        "prvDiaSources": Array(Record(source)),
        "prvDiaForcedSources": Array(Record(_members("fp", "r:"))),
        "diaObject": Record(_members("objects", "r:")),
        "ssSource": Record(_moving()),
        "mpc_orbits": Record(FACTS["orbit"]),
    }
    modules: Fields = {
        "clf": Record(_members("sources", "f:clf_")),
        "xm": Record(_members("sources", "f:xm_")),
        "pred": Record(labels),
        "misc": Record(FACTS["misc"]),
        "lc_features": Map(Record(dict.fromkeys(FACTS["features"], "double"))),
    }
    texts: Fields = dict.fromkeys(["observation_reason", "target_name"], "string")
    versions: Fields = dict.fromkeys(FACTS["versions"], "string")
    cutouts: Fields = dict.fromkeys(CUTOUTS, "bytes")
    return {"diaSourceId": "long"} | texts | sections | cutouts | modules | versions | FACTS["broker"]


FULL = _fields()


def content_of(content: str | Sequence[str], live: bool = False) -> Content:
    """Fields of a packet; those of the live stream lack the type that a job looks up."""
    full = {name: kind for name, kind in FULL.items() if not (live and name == OF_A_JOB)}
    photometry = [f"diaSource.{name}" for name in FACTS["photometry"]]
    if content == "full":
        return chosen(full, full)
    if content == "medium":
        return chosen(full, [name for name in full if name not in CUTOUTS])
    if content == "light":
        return chosen(full, [*FACTS["light"], *photometry, *[name for name in full if name not in HEAVY]])
    if content == "light SSO":
        return chosen(full, [*FACTS["light SSO"], *photometry])
    if isinstance(content, str):
        known = "'full', 'medium', 'light', 'light SSO'"
        raise ValueError(f"content={content!r} is not {known} or a list of fields")
    return chosen(full, content)
