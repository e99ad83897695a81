"""Fink/LSST: its endpoints and what answers them."""

from ..server.openapi import read
from ..server.service import Face
from .conesearch import conesearch
from .cutouts import cutouts
from .resolver import resolver
from .schema import schema
from .skymap import skymap
from .sources import forced, objects, sources
from .sso import sso
from .statistics import statistics
from .survey import Survey
from .tags import blocks, tag_list, tags

__all__ = ["lsst_face"]

ANSWERS = {
    "sources": sources,
    "objects": objects,
    "fp": forced,
    "conesearch": conesearch,
    "cutouts": cutouts,
    "tags": tags,
    "sso": sso,
    "resolver": resolver,
    "statistics": statistics,
    "schema": schema,
    "skymap": skymap,
}
WRONG_ADDRESS = "https://api.ztf.fink-portal.org"  # the server names that of the other survey
LONGEST_LINE = 4094


def lsst_face(sky, limit=None):
    """
    The service of the survey LSST.

    Parameters
    ----------
    sky : `~fink_sandbox.Sky`
    limit : int, optional
        Not heeded: no endpoint of this service has such a limit.

    Returns
    -------
    `~fink_sandbox.server.service.Face`
    """
    return Face(
        title="Fink LSST sandbox (simulated)",
        sky=Survey(sky),
        endpoints=read("lsst_endpoints.json"),
        answers=ANSWERS,
        files={"blocks": blocks},
        without_post={"blocks"},
        needed=lambda name: f"`{name}` must be given; see {WRONG_ADDRESS}",
        bare={"tags": tag_list},
        longest_line=LONGEST_LINE,
    )
