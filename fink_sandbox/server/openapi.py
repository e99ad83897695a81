"""What the service says of itself: its endpoints, their arguments, and a description for machines."""

from ..data import load

__all__ = ["read", "swagger"]

BOTH, READ_ONLY = ("get", "post"), ("get",)


def read(name):
    """
    Endpoints with what they are about and their arguments.

    Parameters
    ----------
    name : str
        Of the file that tells of them.

    Returns
    -------
    dict of str to dict
    """
    return {name: _read(**one) for name, one in load(name).items()}


def _read(about, arguments):
    """In the file a star marks an argument that must be given, a question mark one that is true or false."""
    required = [name.removesuffix("*") for name in arguments if name.endswith("*")]
    flags = [name.removesuffix("?") for name in arguments if name.endswith("?")]
    names = [name.rstrip("*?") for name in arguments]
    return {"about": about, "arguments": names, "required": required, "flags": flags}


def swagger(title, endpoints, without_post):
    """
    Describe endpoints in the manner of OpenAPI 2.

    Parameters
    ----------
    title : str
    endpoints : dict
        As `read` makes it.
    without_post : set of str
        Those that can only be read.

    Returns
    -------
    dict
    """
    paths = {
        f"/api/v1/{name}": _methods(one, READ_ONLY if name in without_post else BOTH)
        for name, one in endpoints.items()
    }
    info = {"title": title, "version": "1.0"}
    return {"swagger": "2.0", "basePath": "/", "info": info, "paths": paths}


def _methods(endpoint, methods):
    parameters = [_parameter(name, endpoint) for name in endpoint["arguments"]]
    return {method: {"summary": endpoint["about"], "parameters": parameters} for method in methods}


def _parameter(name, endpoint):
    kind = "boolean" if name in endpoint["flags"] else "string"
    return {"name": name, "in": "query", "type": kind, "required": name in endpoint["required"]}
