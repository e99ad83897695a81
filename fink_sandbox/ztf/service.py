"""Fink/ZTF: its endpoints and what answers them."""

from functools import partial

from ..data import load
from ..server.openapi import read
from ..server.service import Face, as_json
from .conesearch import conesearch
from .cutouts import cutouts
from .latests import anomaly, latests, tracklet
from .metadata import metadata
from .objects import objects
from .resolver import resolver
from .skymap import skymap
from .sso import sso
from .ssobulk import ssobulk
from .ssocand import ssocand
from .ssoft import ssoft
from .statistics import statistics

__all__ = ["ztf_face"]

ANSWERS = {
    "objects": objects,
    "cutouts": cutouts,
    "conesearch": conesearch,
    "anomaly": anomaly,
    "tracklet": tracklet,
    "sso": sso,
    "ssocand": ssocand,
    "ssoft": ssoft,
    "resolver": resolver,
    "statistics": statistics,
    "skymap": skymap,
    "metadata": metadata,
}
FILES = {
    "schema": lambda sky: as_json(load("ztf_schema.json")),
    "classes": lambda sky: as_json(load("ztf_classes.json")),
    "ssobulk": ssobulk,
}
WITHOUT_POST = {"ssobulk", "metadata", "schema", "classes"}


def ztf_face(sky, limit):
    """
    The service of the survey ZTF.

    Parameters
    ----------
    sky : `~fink_sandbox.Sky`
    limit : int
        The most rows that one answer of ``latests`` has.

    Returns
    -------
    `~fink_sandbox.server.service.Face`
    """
    return Face(
        title="Fink sandbox (simulated)",
        sky=sky,
        endpoints=read("ztf_endpoints.json"),
        answers=ANSWERS | {"latests": partial(latests, limit=limit)},
        files=FILES,
        without_post=WITHOUT_POST,
        needed=lambda name: f"`{name}` must be given",
    )
