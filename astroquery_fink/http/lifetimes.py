# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""How long a kept reply stays true: it follows the data, not the clock."""

from datetime import UTC, datetime, time, timedelta

from astroquery import cache_conf

from ..config import conf
from ..exceptions import FinkQueryError
from ..surveys import ZTF

__all__ = ["LATEST", "expires"]

DAY = 86400.0
LATEST = 600.0


def expires(endpoint, payload, stored, survey=ZTF):
    """When a reply is no longer good enough.

    Parameters
    ----------
    endpoint : str
    payload : dict or None
    stored : float
        When the reply came, in seconds since 1970.
    survey : `~astroquery_fink.surveys.Survey`, optional
        Whose service it is.

    Returns
    -------
    seconds : float
        Since 1970. ``astroquery.cache_conf.cache_timeout`` wins where it was made shorter.
    """
    until = _RULES[survey.service.lifetimes.get(endpoint, "latest")](payload or {}, stored, survey)
    timeout, default = cache_conf.cache_timeout, type(cache_conf).cache_timeout.defaultvalue
    shortened = timeout is not None and timeout < default
    return min(until, stored + timeout) if shortened else until


def _next_update(payload, stored, survey):
    """Fink's database changes once a day."""
    moment = datetime.fromtimestamp(stored, UTC)
    update = datetime.combine(moment.date(), _time_of_update(), UTC)
    return (update if update > moment else update + timedelta(days=1)).timestamp()


def _time_of_update():
    try:
        update = time.fromisoformat(conf.update_time)
    except ValueError:
        update = None
    if update is None or update.tzinfo:
        raise FinkQueryError(
            f"conf.update_time={conf.update_time!r} is no time of day (UTC), such as '15:00'."
        )
    return update


def _stamps(payload, stored, survey):
    """Those of a given alert never change; those of the newest alert do."""
    return (
        stored + 30 * DAY
        if survey.service.alert_argument in payload
        else _next_update(payload, stored, survey)
    )


def _a_day(payload, stored, survey):
    return stored + DAY


def _latest(payload, stored, survey):
    """Ten minutes, for whatever asks what is new."""
    return stored + LATEST


_RULES = {"update": _next_update, "stamps": _stamps, "day": _a_day, "latest": _latest}
