# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Alerts in the region of a gravitational-wave event."""

import json
from functools import partial
from numbers import Real

import numpy as np
from astropy.table import Table

from ..arguments.sky_maps import event_name, shortened, upload_text
from ..arguments.text import text_of
from ..arguments.types import SkyMap
from ..client import Client
from ..exceptions import FinkQueryError
from ..http.server_messages import server_message
from ..messages import shown
from ..query import (
    Query,
    Request,
    query,
    raw,
    table_of,
)
from ..tables.build import rows
from ..tables.decode import Columns, read_rows
from .payload import given, table_format
from .search import warned

__all__ = ["SkyMaps", "skymap_payload"]

_MOST_DAYS = {"days_before": 7, "days_after": 14}


class SkyMaps(Client):
    """Alerts in the regions of gravitational-wave events."""

    @query
    def query_skymap(
        self,
        source: SkyMap,
        *,
        credible_level: float,
        days_before: float = 1,
        days_after: float = 6,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table]:
        """The objects in the region of a gravitational-wave event that were first seen around its time.

        Parameters
        ----------
        source : str, `~pathlib.Path`, bytes, or `~astropy.io.fits.HDUList`
            An event of GraceDB, such as ``"S230709bi"``, whose map the server fetches; or a sky
            map, gzipped or not, multi-order (``UNIQ``, ``PROBDENSITY``) or flat (``PROB``). A map
            must tell when the event was (``DATE-OBS``). A multi-order map is made flat here, with
            ``astropy-healpix``, no finer than nside 512; the server searches in pixels of nside 128.
        credible_level : float
            Between 0 and 1: the region is the smallest that holds the event with this probability.
        days_before : float, optional
            When to begin, in days before the event; 7 at most.
        days_after : float, optional
            When to end, in days; 14 at most. ZTF's server counts them from the beginning; Rubin's heeds no
            days, and the choice is made here, with both counted from the event.
        cache : bool, optional
            Whether a kept reply will do; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Send nothing, return what would be sent.

        Returns
        -------
        table : `~astropy.table.Table`
            One row an object, its newest alert, newest first; ``v:jdstartgw`` is the time of the
            event (of Rubin ``v:startgwMjdTai``). ``meta["payload"]`` has the map's length and SHA-256 in
            place of the map.

        Raises
        ------
        FinkQueryError
            An argument means nothing to Fink, the source is no sky map, the map is longer than
            ``conf.max_upload_size``, or GraceDB has no map of the event.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer.

        Warns
        -----
        NoResultsWarning
            There are no such alerts; the table is empty.

        Examples
        --------
        >>> table = fink.query_skymap("S990220sim", credible_level=0.5)
        >>> len(table) > 0, table["v:jdstartgw"].unit
        (True, Unit("d"))
        """
        days = {"days_before": days_before, "days_after": days_after}
        asked = skymap_payload(source, self._survey, credible_level=credible_level, **days)
        request = Request(
            "skymap", asked, decode=_read_alerts, parse=partial(_in_region, survey=self._survey, days=days)
        )
        return Query([request], finish=_answer)

    query_skymap_async = raw(query_skymap)


def _read_alerts(body):
    """Where GraceDB fails the server sends a row that holds no alert; a reply without rows is not kept."""
    columns = read_rows(body)
    return Columns(columns, 0) if "status" in columns else columns


def _answer(responses):
    """The Table, or an error where the server has no sky map of the event."""
    (response,) = responses
    if isinstance(response.content, str):
        what = f"the server could not get the sky map of this event from GraceDB: {response.content}"
        raise response.request.error(FinkQueryError, what, status=200, reason=response.content)
    table = table_of(responses)
    table.meta["payload"] = json.dumps(shortened(response.request.payload))
    return warned(table)


def _in_region(columns, survey, days):
    """The Table, or what the server says where GraceDB has no map."""
    if "status" in columns:
        return _words(columns["status"])
    table = _newest_first(columns, survey)
    if survey.service.applies_days:
        return table
    return _one_an_object(_around_the_event(table, survey, **days), survey)


def _words(values):
    first = next(iter(values.to_pylist() if hasattr(values, "to_pylist") else values), "")
    return server_message(text_of(first).encode())


def _newest_first(columns, survey):
    default = [name for name in survey.cone.columns if name != survey.cone.separation]
    times = rows(columns, survey, [survey.columns.time])[survey.columns.time]
    order = np.argsort(-np.ma.filled(times, np.nan), kind="stable")
    default = [*default, survey.columns.event_time]
    return rows(columns, survey, default=default, order=order, endpoint="conesearch")


def _around_the_event(table, survey, days_before, days_after):
    """The objects that were first seen from so many days before the event until so many after."""
    since = np.ma.asarray(table[survey.columns.first_seen]) - np.ma.asarray(table[survey.columns.event_time])
    return table[np.ma.filled((since >= -days_before) & (since <= days_after), False)]


def _one_an_object(table, survey):
    """The first row of each object."""
    _, first = np.unique(np.asarray(table[survey.columns.object_id]), return_index=True)
    return table[np.sort(first)]


def skymap_payload(source, survey, *, credible_level, days_before=1, days_after=6):
    """The question for the alerts in the region of a gravitational-wave event.

    Parameters
    ----------
    source : str, `~pathlib.Path`, bytes, or `~astropy.io.fits.HDUList`
        The name of an event, or a sky map.
    survey : `~astroquery_fink.surveys.Survey`
    credible_level : float
    days_before, days_after : float

    Returns
    -------
    payload : dict
    """
    credible_level = _level(credible_level)
    days = {"n_day_before": _days(days_before, "days_before"), "n_day_after": _days(days_after, "days_after")}
    event = event_name(source)
    return given(
        {
            "event_name": event,
            "bayestar": upload_text(source) if event is None else None,
            "credible_level": credible_level,
            **(days if survey.service.applies_days else {}),
            "output-format": table_format(),
        }
    )


def _level(value):
    number = _is_number(value)
    if not number or not 0 < value < 1:
        percent = f"; {value} percent is {value / 100:g}" if number and 1 <= value < 100 else ""
        raise FinkQueryError(f"credible_level={shown(value)} is not between 0 and 1{percent}.")
    return float(value)


def _days(value, argument):
    most = _MOST_DAYS[argument]
    if not _is_number(value) or not 0 <= value <= most:
        raise FinkQueryError(f"{argument}={shown(value)} is no number of days from 0 to {most}.")
    return value if isinstance(value, int) else float(value)


def _is_number(value):
    return isinstance(value, Real) and not isinstance(value, bool)
