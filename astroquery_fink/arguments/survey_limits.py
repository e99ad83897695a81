# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Coordinates and dates outside a survey's coverage, for which it certainly has no alert."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from astroquery.exceptions import NoResultsWarning

from ..messages import first_few, warn
from ..surveys import Survey

__all__ = ["note_if_too_early", "warn_if_outside"]

_STOPS = ("stopdate", "stop_date", "date")
_LIST_LIMIT = 5  # declinations that a message lists


def warn_if_outside(coordinates: Any, radius: Any, survey: Survey) -> None:
    """Warn of cones wholly outside the declinations of a survey; the radius or radii are in arcsec."""
    south, north = survey.declinations
    degrees, margin = np.ravel(coordinates.dec.deg), radius / 3600
    outside = np.flatnonzero((degrees + margin < south) | (degrees - margin > north))
    if len(outside):
        some = first_few([f"{degrees[row]:.6g}" for row in outside], _LIST_LIMIT)
        which = "" if coordinates.isscalar else f"{len(outside)} of {len(degrees)} "
        limits = _declinations(south, north)
        message = f"coordinates: {survey.title} observes {limits}; {which}outside: {some} degrees"
        warn(message, NoResultsWarning)


def _declinations(south: float, north: float) -> str:
    limits = [f"north of {south:g}"] * (south > -90) + [f"south of {north:g}"] * (north < 90)
    return f"declinations {' and '.join(limits)} degrees"


def note_if_too_early(sent: Mapping[str, Any], survey: Survey) -> str:
    """The note that the dates of a payload without results are before the first alert, or ``""``."""
    stop = next((sent[name] for name in _STOPS if sent.get(name)), "9999")
    early = stop.replace("-", "")[:8] < survey.begin.replace("-", "")
    return f"; the alerts of {survey.title} begin on {survey.begin}" if early else ""
