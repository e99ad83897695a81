# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Columns, endpoints and arguments of a server that the client does not know."""

import requests

from astroquery_fink.surveys.columns import column_facts

FORMAT = {"output-format"}
LISTED_ONLY = {"f:clf_slsn_score", "f:xm_spicy_SPICY"}  # in the schema of Fink/LSST, but in none of its rows
PICTURES = {"stretch", "colormap", "pmin", "pmax", "convolution_kernel"}
KNOWN = {
    "objects": {"objectId", "columns", "withupperlim", "withcutouts", "cutout-kind"},
    "cutouts": {"objectId", "kind", "candid"} | PICTURES,
    "conesearch": {"ra", "dec", "radius", "n", "startdate", "stopdate", "window", "columns"},
    "latests": {"class", "n", "startdate", "stopdate", "trend", "color", "columns"},
    "anomaly": {"n", "start_date", "stop_date", "columns"},
    "tracklet": {"date", "id", "columns"},
    "sso": {"n_or_d", "withEphem", "withResiduals", "withcutouts", "cutout-kind", "columns"},
    "ssocand": {"kind", "ssoCandId", "start_date", "stop_date", "maxnumber"},
    "ssoft": {"sso_name", "sso_number", "flavor", "version", "schema"},
    "ssobulk": {"sso_name", "version", "schema"},
    "resolver": {"resolver", "name", "reverse", "nmax"},
    "statistics": {"date", "columns", "schema"},
    "skymap": {"event_name", "bayestar", "credible_level", "n_day_before", "n_day_after"},
    "metadata": {"objectId", "internal_name", "internal_name_encoded"},
    "schema": set(),
    "classes": set(),
}


def unknown_columns(client):
    """Names of columns that the server lists and that the client has no facts of."""
    listed = set(client.list_columns(cache=False)["name"].tolist())
    return listed - set(column_facts(client.survey)) - LISTED_ONLY


def unknown(client):
    """Unknown names by kind: ``columns``, ``endpoints`` and ``arguments``, as ``endpoint.argument``."""
    offered = offered_by(requests.get(f"{client.server}/swagger.json", timeout=60).json())
    arguments = {
        f"{endpoint}.{argument}"
        for endpoint, names in offered.items()
        for argument in names - KNOWN.get(endpoint, names) - FORMAT
    }
    return {
        "columns": unknown_columns(client),
        "endpoints": set(offered) - set(KNOWN),
        "arguments": arguments,
    }


def offered_by(swagger):
    """The arguments of all methods by endpoint; those of a body stand among the definitions."""
    found = {}
    for path, methods in swagger["paths"].items():
        names = found.setdefault(path.rstrip("/").rpartition("/")[2], set())
        for operation in methods.values():
            for parameter in operation.get("parameters", []) if isinstance(operation, dict) else []:
                names |= names_of(parameter, swagger)
    return found


def names_of(parameter, swagger):
    if parameter.get("in") != "body":
        return {parameter["name"]}
    model = parameter.get("schema", {})
    definition = swagger.get("definitions", {}).get(model.get("$ref", "").rpartition("/")[2], model)
    return set(definition.get("properties", {}))
