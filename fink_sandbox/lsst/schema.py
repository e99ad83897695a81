"""The endpoint ``schema``: the columns of an endpoint."""

from collections.abc import Iterable
from typing import Any

from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from ..data import load
from ..server.arguments import Payload
from ..server.response import HTML, as_json
from .columns import KINDS
from .survey import Survey

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
VERSIONS = {(10, 0), (11, 0)}
GROUPS = {"r": "LSST original fields (r:)", "f": "Fink science module outputs (f:)"}
WORDS = {"float32": "float", "float64": "double", "int": "int", "str": "string", "bool": "boolean"}
NOTES = load("lsst_schema.json")


def schema(survey: Survey, payload: Payload) -> Response:
    """Describe the columns of an endpoint, with the server's deviations from the data."""
    endpoint = payload["endpoint"]
    if endpoint not in TABLES:
        return Response(f"There is no endpoint {endpoint} with a schema", status=404, content_type=HTML)
    if "major_version" in payload or "minor_version" in payload:
        _check_version(payload)
    names = sorted(name for table in TABLES[endpoint] for name in KINDS[table])
    fields = _listed(dict.fromkeys(names), TABLES[endpoint])
    return as_json(
        {
            title: {name.partition(":")[2]: _field(name) for name in fields if name.startswith(family)}
            for family, title in GROUPS.items()
        }
    )


def _check_version(payload: Payload) -> None:
    try:
        version = int(payload["major_version"]), int(payload["minor_version"])
    except (KeyError, TypeError, ValueError) as unreadable:
        raise InternalServerError from unreadable
    if version not in VERSIONS:
        raise InternalServerError


def _listed(names: Iterable[str], tables: list[str]) -> list[str]:
    """Add columns that are not stored, and drop one that is."""
    more = NOTES["only listed"] if "sources" in tables else []
    more = more + (["r:diaSourceId"] if tables == ["objects"] else [])
    return sorted({*names, *more} - {"r:salt"})


def _field(name: str) -> dict[str, Any]:
    about = NOTES["about"].get(name, NOTES["about"].get("*"))
    field = {"type": _type(name), "doc": f"{about} (simulated)"}
    return field | (NOTES["versions"] if name.startswith("f:") else {})


def _type(name: str) -> str | list[str]:
    if name in NOTES["types"]:
        return NOTES["types"][name]
    kind = next(kinds[name] for kinds in KINDS.values() if name in kinds)
    if name.startswith("f:"):
        return WORDS[kind]
    word = "long" if name in NOTES["long"] else WORDS[kind]
    return word if name in NOTES["never null"] else ["null", word]
