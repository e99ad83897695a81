# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Arguments -> what is sent, a function for each endpoint."""

from .objects import companions, cutouts, objects, rows_of
from .searches import MAX_RADIUS, anomaly, conesearch, first_seen_before, latests, tags, tracklet
from .solar_system import sso, sso_candidates, sso_companions, sso_names, ssoft

__all__ = [
    "MAX_RADIUS",
    "anomaly",
    "companions",
    "conesearch",
    "cutouts",
    "first_seen_before",
    "latests",
    "objects",
    "rows_of",
    "sso",
    "sso_candidates",
    "sso_companions",
    "sso_names",
    "ssoft",
    "tags",
    "tracklet",
]
