"""Endpoints and their arguments, and their description in OpenAPI."""

from collections.abc import Mapping
from typing import Any, TypedDict

from ..data import load

__all__ = ["Endpoint", "read_endpoints", "release", "swagger"]

SUCCESS = {"200": {"description": "Success"}}
DECIMAL = ["ra", "dec", "radius", "window", "pmin", "pmax", "credible_level"]
WHOLE = ["n", "nmax", "maxnumber", "n_day_before", "n_day_after", "major_version", "minor_version"]
TYPES = dict.fromkeys(DECIMAL, "number") | dict.fromkeys(WHOLE, "integer")  # all others are text or flags


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


def release(version: str) -> tuple[int, ...]:
    """Numbers of a version, which can be compared; ValueError if it is not numbers with dots."""
    return tuple(int(part) for part in version.split("."))


def swagger(
    title: str, version: str, endpoints: Mapping[str, Endpoint], without_post: set[str]
) -> dict[str, Any]:
    """
    Describe endpoints in Swagger 2.0, as Flask-RESTX writes it.

    Arguments of the URL belong to the path of an endpoint, those of the body of a POST are a definition.
    """
    return {
        "swagger": "2.0",
        "basePath": "/",
        "paths": {
            f"/api/v1/{name}": _path(name, one, name not in without_post) for name, one in endpoints.items()
        },
        "info": {"title": title, "version": version},
        "produces": ["application/json"],
        "consumes": ["application/json"],
        "tags": [{"name": f"api/v1/{name}", "description": one["about"]} for name, one in endpoints.items()],
        "definitions": {
            name: _definition(one)
            for name, one in endpoints.items()
            if name not in without_post and one["arguments"]
        },
    }


def _path(name: str, endpoint: Endpoint, with_post: bool) -> dict[str, Any]:
    methods: dict[str, Any] = {"get": _operation("get", name, endpoint)}
    if with_post:
        body = {"name": "payload", "required": True, "in": "body"}
        body["schema"] = {"$ref": f"#/definitions/{name}"}
        methods["post"] = _operation("post", name, endpoint) | {"parameters": [body]}
    parameters = [{"name": one, "in": "query", "type": "string"} for one in endpoint["arguments"]]
    return ({"parameters": parameters} if parameters else {}) | methods


def _operation(method: str, name: str, endpoint: Endpoint) -> dict[str, Any]:
    tags = [f"api/v1/{name}"]
    return {
        "responses": SUCCESS,
        "summary": endpoint["about"],
        "operationId": f"{method}_{name}",
        "tags": tags,
    }


def _definition(endpoint: Endpoint) -> dict[str, Any]:
    flags = dict.fromkeys(endpoint["flags"], "boolean")
    properties = {name: {"type": (TYPES | flags).get(name, "string")} for name in endpoint["arguments"]}
    required = {"required": endpoint["required"]} if endpoint["required"] else {}
    return required | {"properties": properties, "type": "object"}
