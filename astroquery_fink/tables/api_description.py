# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A server's description of itself in Swagger 2.0 -> its version, and a Table of its endpoints."""

import re
from collections.abc import Mapping
from typing import Any

from astropy.table import Table

from .lists import text_table

__all__ = ["checked_description", "endpoint_list", "endpoint_names", "version_numbers"]

_VERSION = re.compile(r"\w[\w.+-]{,39}", re.ASCII)
_METHODS = ("get", "post", "put", "patch", "delete")


def checked_description(description: dict[str, Any]) -> dict[str, Any]:
    """The same description; `ValueError` if it has no version, or its endpoints cannot be listed."""
    info = description.get("info")
    version = info.get("version") if isinstance(info, dict) else None
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise ValueError("not a description of a server: it has no info.version")
    try:
        endpoint_list(description)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("not a description of a server: its paths are not those of Swagger") from error
    return description


def version_numbers(version: str) -> tuple[int, ...]:
    """``(3, 7, 0)`` of ``"3.7"`` and ``"3.7.0rc1"``; empty if the version does not begin with numbers."""
    found = re.match(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?", version, re.ASCII)
    return tuple(int(number or 0) for number in found.groups()) if found else ()


def endpoint_names(description: Mapping[str, Any]) -> list[str]:
    """The names of the endpoints."""
    return [_name(path) for path in description["paths"]]


def endpoint_list(description: Mapping[str, Any]) -> Table:
    """Table of ``name``, ``methods``, ``arguments``."""
    rows = [
        (
            _name(path),
            ", ".join(name.upper() for name in _methods(item)),
            ", ".join(_arguments(item, description)),
        )
        for path, item in description["paths"].items()
    ]
    return text_table(rows, ("name", "methods", "arguments"))


def _name(path: str) -> str:
    return path.strip("/").removeprefix("api/v1/")


def _methods(item: Mapping[str, Any]) -> list[str]:
    return [name for name in item if name in _METHODS]


def _arguments(item: Mapping[str, Any], description: Mapping[str, Any]) -> list[str]:
    """The arguments of all methods of a path, each once."""
    parameters = list(item.get("parameters", []))
    for name in _methods(item):
        parameters += item[name].get("parameters", [])
    names = [name for parameter in parameters for name in _argument_names(parameter, description)]
    return list(dict.fromkeys(names))


def _argument_names(parameter: Mapping[str, Any], description: Mapping[str, Any]) -> list[str]:
    """The name of a parameter, or the names in a JSON body, whose model may stand among the definitions."""
    if parameter["in"] == "header":
        return []
    if parameter["in"] != "body":
        return [_text(parameter["name"])]
    model = parameter.get("schema", {})
    definition = model.get("$ref", "").rpartition("/")[2]
    model = description["definitions"][definition] if definition else model
    return [_text(name) for name in model.get("properties", {})]


def _text(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError("the name of an argument is not a string")
    return name
