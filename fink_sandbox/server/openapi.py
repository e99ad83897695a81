"""Endpoints and their arguments, and their description in OpenAPI."""

from collections.abc import Mapping
from typing import Any, TypedDict

from ..data import load

__all__ = ["Endpoint", "read_endpoints", "swagger"]

READ_WRITE, READ_ONLY = ("get", "post"), ("get",)


class Endpoint(TypedDict):
    """What one endpoint is about, and its arguments."""

    about: str
    arguments: list[str]
    required: list[str]
    flags: list[str]


def read_endpoints(name: str) -> dict[str, Endpoint]:
    """Read the endpoints from one of the files of `fink_sandbox.data`."""
    return {name: _endpoint(**one) for name, one in load(name).items()}


def _endpoint(about: str, arguments: list[str]) -> Endpoint:
    """Arguments with a star are required, those with a question mark are flags."""
    required = [name.removesuffix("*") for name in arguments if name.endswith("*")]
    flags = [name.removesuffix("?") for name in arguments if name.endswith("?")]
    names = [name.rstrip("*?") for name in arguments]
    return {"about": about, "arguments": names, "required": required, "flags": flags}


def swagger(title: str, endpoints: Mapping[str, Endpoint], without_post: set[str]) -> dict[str, Any]:
    """Describe endpoints in OpenAPI 2."""
    paths = {
        f"/api/v1/{name}": _methods(one, READ_ONLY if name in without_post else READ_WRITE)
        for name, one in endpoints.items()
    }
    info = {"title": title, "version": "1.0"}
    return {"swagger": "2.0", "basePath": "/", "info": info, "paths": paths}


def _methods(endpoint: Endpoint, methods: tuple[str, ...]) -> dict[str, Any]:
    parameters = [_parameter(name, endpoint) for name in endpoint["arguments"]]
    return {method: {"summary": endpoint["about"], "parameters": parameters} for method in methods}


def _parameter(name: str, endpoint: Endpoint) -> dict[str, Any]:
    kind = "boolean" if name in endpoint["flags"] else "string"
    return {"name": name, "in": "query", "type": kind, "required": name in endpoint["required"]}
