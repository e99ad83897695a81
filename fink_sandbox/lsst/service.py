"""Fink/LSST: its endpoints and their handlers."""

from functools import partial

from ..data import load
from ..server.monthly import MonthlyTables
from ..server.openapi import read_endpoints, release
from ..server.response import as_json
from ..server.service import Service
from ..sky.sky import Sky
from .conesearch import conesearch
from .cutouts import cutouts
from .fp import forced
from .objects import objects
from .resolver import resolver
from .schema import schema
from .skymap import skymap
from .sources import sources
from .sso import sso
from .ssobulk import ssobulk
from .ssoft import ssoft
from .statistics import statistics
from .survey import Survey
from .tags import tag_list, tags

__all__ = ["lsst_service"]

HANDLERS = {
    "sources": sources,
    "objects": objects,
    "fp": forced,
    "cutouts": cutouts,
    "tags": tags,
    "sso": sso,
    "resolver": resolver,
    "statistics": statistics,
    "schema": schema,
    "skymap": skymap,
}
FILES = {"blocks": lambda survey: as_json(load("lsst_filters.json")["blocks"])}
WRONG_ADDRESS = "https://api.ztf.fink-portal.org"  # the server names that of the other survey
LONGEST_LINE = 4094
WITH_KIND = 3, 7  # first version whose cone search heeds ``kind``


def lsst_service(sky: Sky, limit: int, version: str, tables: MonthlyTables) -> Service:
    """The service of the survey LSST, none of whose endpoints has a `limit` of rows."""
    settings = {
        "conesearch": partial(conesearch, heeds_kind=release(version) >= WITH_KIND),
        "ssoft": partial(ssoft, tables=tables),
        "ssobulk": partial(ssobulk, tables=tables),
    }
    return Service(
        title="Fink LSST sandbox (simulated)",
        version=version,
        survey=Survey(sky),
        endpoints=read_endpoints("lsst_endpoints.json"),
        handlers=HANDLERS | settings,
        files=FILES,
        without_post={"blocks"},
        missing=lambda name: f"`{name}` must be given; see {WRONG_ADDRESS}",
        bare={"tags": tag_list},
        longest_line=LONGEST_LINE,
    )
