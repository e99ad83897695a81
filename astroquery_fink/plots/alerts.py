# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What figures of cutouts say of their alerts: names, times and bands, from the headers."""

from collections.abc import Iterable
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
    "caption",
    "epoch_of",
    "evenly",
    "in_time_order",
    "kinds_of",
    "list_of_alerts",
    "name_of",
    "survey_of",
]

T = TypeVar("T")


def survey_of(alert: fits.HDUList) -> Survey:
    """The survey of an alert's cutouts."""
    return survey_named(alert[0].header.get("SURVEY", ZTF.name), "SURVEY")


def kinds_of(alerts: Iterable[fits.HDUList]) -> list[str]:
    """The names of the images of the sky, without their variances and PSFs, in the order of the surveys."""
    alerts = list(alerts)
    kinds = dict.fromkeys(kind.upper() for alert in alerts for kind in survey_of(alert).cutouts.kinds)
    return [kind for kind in kinds if any(kind in alert for alert in alerts)]


def list_of_alerts(images: Any, argument: str = "images") -> list[fits.HDUList]:
    """The cutouts of several alerts as a list."""
    alerts = list(images) if is_many(images) else [images]
    if not is_many(images) or not all(isinstance(alert, fits.HDUList) for alert in alerts):
        raise FinkQueryError(
            f"{argument}={shown(images)} is not a list of HDUList: give what get_images returns."
        )
    return alerts


def in_time_order(alerts: list[fits.HDUList]) -> list[fits.HDUList]:
    """Sort alerts, oldest first; those without a time come before all others."""
    return sorted(alerts, key=lambda alert: alert[0].header.get("MJD-OBS") or -np.inf)


def evenly(values: list[T], n: int) -> list[T]:
    """At most n values, evenly from the first to the last."""
    indices = np.linspace(0, len(values) - 1, min(count(n, "n"), len(values)))
    return [values[index] for index in np.unique(indices.round().astype(int))]


def name_of(alert: fits.HDUList) -> str:
    """The object id; else the name of the Solar System object; else the alert id."""
    header = alert[0].header
    name = header.get("OBJECT") or header.get("SSONAME")
    return str(name) if name else f"alert {header.get('CANDID') or '?'}"


def epoch_of(alert: fits.HDUList) -> str:
    """Time and band, as far as they are known."""
    return "  ".join(filter(None, (_time_of(alert), _band_of(alert))))


def _time_of(alert: fits.HDUList) -> str:
    """Date and time in UTC to the minute; empty if not known."""
    header = alert[0].header
    if not header.get("MJD-OBS"):
        return ""
    time = Time(header["MJD-OBS"], format="mjd", scale=header.get("TIMESYS", "UTC").lower())
    return f"{str(time.utc.iso)[:16]} UTC"


def _band_of(alert: fits.HDUList) -> str:
    """The band; empty if not known."""
    band = alert[0].header.get("FILTER")
    return f"{band} band" if band else ""


def caption(alert: fits.HDUList, *, with_name: bool) -> str:
    """Name, date, time and band of an alert in short lines; its id if nothing else is known."""
    lines = [*_time_of(alert).split(" ", 1), _band_of(alert)]
    words = [name_of(alert)] * with_name + list(filter(None, lines))
    return "\n".join(words) or f"alert {alert[0].header.get('CANDID', '?')}"
