# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""How long a cached response may be used: until the data behind it change."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from astroquery import cache_conf

from ..config import conf
from ..exceptions import FinkQueryError
from ..surveys import ZTF, Survey

__all__ = ["LATEST", "expires"]

DAY = 86400.0  # seconds
LATEST = 600.0  # seconds


def expires(endpoint: str, payload: dict[str, Any] | None, stored: float, survey: Survey = ZTF) -> float:
    """When a response received at ``stored`` expires; both are seconds since 1970.

    ``astroquery.cache_conf.cache_timeout`` takes precedence if the user made it shorter than its default.
    """
    until = _RULES[survey.service.lifetimes.get(endpoint, "latest")](payload or {}, stored, survey)
    timeout, default = cache_conf.cache_timeout, type(cache_conf).cache_timeout.defaultvalue
    if timeout is not None and timeout < default:
        return min(until, stored + timeout)
    return until


def _next_update(payload: dict[str, Any], stored: float, survey: Survey) -> float:
    """The next daily update of Fink's database."""
    received = datetime.fromtimestamp(stored, UTC)
    update = datetime.combine(received.date(), _update_time(), UTC)
    return (update if update > received else update + timedelta(days=1)).timestamp()


def _update_time() -> time:
    """The time of day in ``conf.update_time``."""
    try:
        update = time.fromisoformat(conf.update_time)
    except ValueError:
        update = None
    if update is None or update.tzinfo:
        raise FinkQueryError(
            f"conf.update_time={conf.update_time!r} is not a time of day: give it in UTC, such as '15:00'."
        )
    return update


def _cutouts(payload: dict[str, Any], stored: float, survey: Survey) -> float:
    """30 days for the cutouts of a given alert, which never change; else the next update."""
    if survey.service.alert_argument in payload:
        return stored + 30 * DAY
    return _next_update(payload, stored, survey)


def _day(payload: dict[str, Any], stored: float, survey: Survey) -> float:
    """One day."""
    return stored + DAY


def _latest(payload: dict[str, Any], stored: float, survey: Survey) -> float:
    """Ten minutes, for queries for the newest alerts."""
    return stored + LATEST


_RULES: dict[str, Callable[[dict[str, Any], float, Survey], float]] = {
    "update": _next_update,
    "cutouts": _cutouts,
    "day": _day,
    "latest": _latest,
}
