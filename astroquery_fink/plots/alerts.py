# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What figures of cutouts say of their alerts: names, times and bands, from the headers."""

from typing import Any, TypeVar

import numpy as np
from astropy.io import fits
from astropy.time import Time

from ..arguments.checks import count
from ..arguments.text import is_many
from ..exceptions import FinkQueryError
from ..messages import shown
from ..surveys import ZTF, Survey, survey_named

__all__ = [
    "band_of",
    "caption",
    "evenly",
    "in_time_order",
    "kinds_of",
    "list_of_alerts",
    "name_of",
    "survey_of",
    "time_of",
]

T = TypeVar("T")


def survey_of(alert: fits.HDUList) -> Survey:
    """The survey of an alert's cutouts."""
    return survey_named(alert[0].header.get("SURVEY", ZTF.name), "SURVEY")


def kinds_of(alert: fits.HDUList) -> list[str]:
    """The names of the images of the sky, without their variances and PSFs."""
    kinds = {kind.upper() for kind in survey_of(alert).cutouts.kinds}
    return [hdu.name for hdu in alert[1:] if hdu.name in kinds]


def list_of_alerts(images: Any) -> list[fits.HDUList]:
    """The cutouts of several alerts as a list."""
    if not is_many(images) or not all(isinstance(alert, fits.HDUList) for alert in images):
        raise FinkQueryError(
            f"images={shown(images)} is not a list of HDUList: give what get_images returns."
        )
    return list(images)


def in_time_order(images: Any) -> list[fits.HDUList]:
    """Sort alerts, oldest first; those without a time come before all others."""
    return sorted(list_of_alerts(images), key=lambda alert: alert[0].header.get("MJD-OBS") or -np.inf)


def evenly(values: list[T], n: int) -> list[T]:
    """At most n values, evenly from the first to the last."""
    indices = np.linspace(0, len(values) - 1, min(count(n, "n"), len(values)))
    return [values[index] for index in np.unique(indices.round().astype(int))]


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
    return f"{str(time.utc.iso)[:16]} UTC"


def band_of(alert: fits.HDUList) -> str:
    """The band; empty if not known."""
    band = alert[0].header.get("FILTER")
    return f"{band} band" if band else ""


def caption(alert: fits.HDUList, *, with_name: bool) -> str:
    """Name, date, time and band of an alert in short lines; its id if nothing else is known."""
    lines = [*time_of(alert).split(" ", 1), band_of(alert)]
    words = [name_of(alert)] * with_name + list(filter(None, lines))
    return "\n".join(words) or f"alert {alert[0].header.get('CANDID', '?')}"
