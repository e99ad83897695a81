"""Fink/ZTF: its endpoints and their handlers."""

from functools import partial

from ..data import load
from ..server.monthly import MonthlyTables
from ..server.openapi import read_endpoints
from ..server.response import as_json
from ..server.service import Service
from ..sky.sky import Sky
from .anomaly import anomaly
from .conesearch import conesearch
from .cutouts import cutouts
from .latests import latests
from .metadata import metadata
from .objects import objects
from .resolver import resolver
from .skymap import skymap
from .sso import sso
from .ssobulk import ssobulk
from .ssocand import ssocand
from .ssoft import ssoft
from .statistics import statistics
from .survey import Survey
from .tracklet import tracklet

__all__ = ["ztf_service"]

HANDLERS = {
    "objects": objects,
    "cutouts": cutouts,
    "conesearch": conesearch,
    "anomaly": anomaly,
    "tracklet": tracklet,
    "sso": sso,
    "ssocand": ssocand,
    "resolver": resolver,
    "statistics": statistics,
    "skymap": skymap,
    "metadata": metadata,
}
FILES = {
    "schema": lambda survey: as_json(load("ztf_schema.json")),
    "classes": lambda survey: as_json(load("ztf_classes.json")),
}
WITHOUT_POST = {"metadata", "schema", "classes"}


def ztf_service(sky: Sky, limit: int, version: str, tables: MonthlyTables) -> Service:
    """The service of ZTF; `limit` is the most rows of a response of ``latests``."""
    monthly = {"ssoft": partial(ssoft, tables=tables), "ssobulk": partial(ssobulk, tables=tables)}
    return Service(
        title="Fink sandbox (simulated)",
        version=version,
        survey=Survey(sky),
        endpoints=read_endpoints("ztf_endpoints.json"),
        handlers=HANDLERS | {"latests": partial(latests, limit=limit)} | monthly,
        files=FILES,
        without_post=WITHOUT_POST,
        missing=lambda name: f"`{name}` must be given",
    )
