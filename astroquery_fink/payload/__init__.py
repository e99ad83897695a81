# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Arguments -> what is sent, a function for each endpoint."""

from .objects import companions, cutouts, objects
from .searches import MAX_RADIUS, anomaly, conesearch, latests, tracklet
from .solar_system import sso, sso_candidates, sso_companions, sso_names, ssoft

__all__ = [
    "MAX_RADIUS",
    "anomaly",
    "companions",
    "conesearch",
    "cutouts",
    "latests",
    "objects",
    "sso",
    "sso_candidates",
    "sso_companions",
    "sso_names",
    "ssoft",
    "tracklet",
]
