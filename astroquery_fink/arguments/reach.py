# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Positions and dates of which a survey certainly has no alert."""

import json

import numpy as np
from astropy.coordinates import SkyCoord
from astroquery.exceptions import NoResultsWarning

from ..messages import warn
from ..surveys import Survey

__all__ = ["before_begin", "warn_of_positions"]

_STOPS = ("stopdate", "stop_date", "date")


def warn_of_positions(places: SkyCoord, arcsec: float, survey: Survey) -> None:
    """Warn of cones that lie wholly outside the declinations of a survey."""
    south, north = survey.declinations
    degrees, radius = np.ravel(places.dec.deg), arcsec / 3600
    outside = np.flatnonzero((degrees + radius < south) | (degrees - radius > north))
    if len(outside):
        some = ", ".join(f"{degrees[row]:.6g}" for row in outside[:5]) + (", ..." if len(outside) > 5 else "")
        which = "" if places.isscalar else f"{len(outside)} of {len(degrees)} "
        message = f"coordinates: {survey.title} sees {_seen(south, north)}; {which}outside: {some} degrees"
        warn(message, NoResultsWarning)


def _seen(south, north):
    limits = [f"north of {south:g}"] * (south > -90) + [f"south of {north:g}"] * (north < 90)
    return f"declinations {' and '.join(limits)} degrees"


def before_begin(payload: str, survey: Survey) -> str:
    """Of the payload of a query that found nothing: that its dates are before the first alert."""
    try:
        sent = json.loads(payload)
    except ValueError:  # of many positions
        return ""
    stop = next((sent[name] for name in _STOPS if sent.get(name)), "9999")
    early = stop.replace("-", "")[:8] < survey.begin.replace("-", "")
    return f"; the alerts of {survey.title} begin on {survey.begin}" if early else ""
