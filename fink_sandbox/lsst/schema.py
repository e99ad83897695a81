"""The endpoint ``schema``: the columns of an endpoint."""

from collections import ChainMap
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from ..data import load
from ..server.arguments import Payload
from ..server.response import HTML, as_json
from .columns import KINDS
from .survey import Survey
from .versions import FIRST_DAYS, NEW_COLUMNS

__all__ = ["schema"]

TABLES = {
    "/api/v1/sources": ["sources"],
    "/api/v1/objects": ["objects"],
    "/api/v1/fp": ["fp"],
    "/api/v1/conesearch": ["sources", "objects"],
    "/api/v1/cutouts": [],
    "/api/v1/sso": ["sso"],
    "/api/v1/tags": ["sources"],
    "/api/v1/statistics": [],
    "/datatransfer/fink": ["sources", "objects"],
    "/datatransfer/lsst": ["sources", "objects"],
}
VERSIONS = {tuple(map(int, name.split("."))): name for name in FIRST_DAYS}
GROUPS = {"r": "LSST original fields (r:)", "f": "Fink science module outputs (f:)"}
WORDS = {"float32": "float", "float64": "double", "int": "int", "str": "string", "bool": "boolean"}
NOTES = load("lsst_schema.json")
NEWEST = list(FIRST_DAYS)[-1]


def schema(survey: Survey, payload: Payload) -> Response:
    """Describe the columns of an endpoint, with the server's deviations from the data."""
    endpoint = payload["endpoint"]
    if endpoint not in TABLES:
        return Response(f"There is no endpoint {endpoint} with a schema", status=404, content_type=HTML)
    version = _version(payload)
    names = sorted(name for table in TABLES[endpoint] for name in KINDS[table])
    fields = {
        name: _field(name, version) for name in _listed(dict.fromkeys(names), TABLES[endpoint], version)
    }
    return as_json(
        {
            title: {
                name.partition(":")[2]: field for name, field in fields.items() if name.startswith(family)
            }
            for family, title in GROUPS.items()
        }
    )


def _version(payload: Payload) -> str:
    """The requested version, by default the newest; an unknown one breaks the server."""
    if not {"major_version", "minor_version"} & payload.keys():
        return NEWEST
    try:
        return VERSIONS[int(payload["major_version"]), int(payload["minor_version"])]
    except (KeyError, TypeError, ValueError) as unreadable:
        raise InternalServerError from unreadable


def _until(versioned: Mapping[str, Any], version: str) -> list[Any]:
    """What came with a version and with those before it."""
    known = list(FIRST_DAYS)
    return [versioned[one] for one in known[: known.index(version) + 1] if one in versioned]


def _listed(names: Iterable[str], tables: list[str], version: str) -> list[str]:
    """Add columns that are not stored, drop one that is and those of later versions."""
    more = NOTES["only listed"] if "sources" in tables else []
    more = more + (["r:diaSourceId"] if tables == ["objects"] else [])
    later = set(chain(*NEW_COLUMNS.values())) - set(chain(*_until(NEW_COLUMNS, version)))
    return sorted({*names, *more} - {"r:salt"} - later)


def _field(name: str, version: str) -> dict[str, Any]:
    texts = ChainMap(*reversed(_until(NOTES["about from"], version)), NOTES["about"])
    field = {"type": _type(name, version), "doc": f"{texts.get(name, texts['*'])} (simulated)"}
    return field | (NOTES["versions"] if name.startswith("f:") else {})


def _type(name: str, version: str) -> str | list[str]:
    if name in NOTES["types"]:
        return NOTES["types"][name]
    kind = next(kinds[name] for kinds in KINDS.values() if name in kinds)
    if name.startswith("f:"):
        return WORDS[kind]
    word = "long" if name in NOTES["long"] else WORDS[kind]
    always = chain(NOTES["never null"], *_until(NOTES["never null from"], version))
    return word if name in always else ["null", word]
