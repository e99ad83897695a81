# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What figures of cutouts say of their alerts: names, times and bands, from the headers."""

from typing import Any

import numpy as np
from astropy.io import fits
from astropy.time import Time

from ..arguments.text import is_many
from ..exceptions import FinkQueryError
from ..messages import shown
from ..surveys import ZTF, Survey, survey_named

__all__ = ["band_of", "in_time_order", "kinds_of", "name_of", "survey_of", "time_of"]


def survey_of(alert: fits.HDUList) -> Survey:
    """The survey of an alert's cutouts."""
    return survey_named(alert[0].header.get("SURVEY", ZTF.name), "SURVEY")


def kinds_of(alert: fits.HDUList) -> list[str]:
    """The names of the images of the sky, without their variances and PSFs."""
    kinds = {kind.upper() for kind in survey_of(alert).cutouts.kinds}
    return [hdu.name for hdu in alert[1:] if hdu.name in kinds]


def in_time_order(images: Any) -> list[fits.HDUList]:
    """Sort alerts, oldest first."""
    if not is_many(images) or not all(isinstance(alert, fits.HDUList) for alert in images):
        raise FinkQueryError(
            f"images={shown(images)} is not a list of HDUList: give what get_images returns."
        )
    return sorted(images, key=lambda alert: alert[0].header.get("MJD-OBS", -np.inf))


def name_of(alert: fits.HDUList) -> str:
    """The object id; else the name of the Solar System object; else the alert id."""
    header = alert[0].header
    name = header.get("OBJECT") or header.get("SSONAME")
    return str(name) if name else f"alert {header.get('CANDID') or '?'}"


def time_of(alert: fits.HDUList) -> str:
    """Date and time in UTC to the minute; empty if not known."""
    header = alert[0].header
    if not header.get("MJD-OBS"):
        return ""
    time = Time(header["MJD-OBS"], format="mjd", scale=header.get("TIMESYS", "UTC").lower())
    return str(time.utc.iso)[:16]


def band_of(alert: fits.HDUList) -> str:
    """The band; empty if not known."""
    band = alert[0].header.get("FILTER")
    return f"{band} band" if band else ""
