# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Alerts in the region of a gravitational-wave event."""

import json
from functools import partial

import numpy as np
from astropy.table import Table

from .. import parse, skymaps
from ..arguments import text_of
from ..client import Client
from ..exceptions import FinkQueryError
from ..payload import services
from ..query import Query, Request, query, raw, table_of
from ..server_words import server_words
from ..types import SkyMap
from ..wire import Columns, read_rows
from .found import warned

__all__ = ["SkyMaps"]


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
        asked = services.skymap(source, self._survey, credible_level=credible_level, **days)
        request = Request(
            "skymap", asked, decode=_read_alerts, parse=partial(_in_region, survey=self._survey, days=days)
        )
        return Query([request], finish=_answer)

    query_skymap_async = raw(query_skymap)


def _read_alerts(body):
    """Where GraceDB fails the server sends a row that holds no alert; a reply without rows is not kept."""
    columns = read_rows(body)
    return Columns(columns, 0) if "status" in columns else columns


def _answer(replies):
    """The Table, or an error where the server has no sky map of the event."""
    (reply,) = replies
    if isinstance(reply.content, str):
        what = f"the server could not get the sky map of this event from GraceDB: {reply.content}"
        raise reply.question.error(FinkQueryError, what, status=200, reason=reply.content)
    table = table_of(replies)
    table.meta["payload"] = json.dumps(skymaps.shortened(reply.question.payload))
    return warned(table)


def _in_region(columns, survey, days):
    """The Table, or what the server says where GraceDB has no map."""
    if "status" in columns:
        return _words(columns["status"])
    table = _newest_first(columns, survey)
    if survey.heeds_days:
        return table
    return _one_an_object(_around_the_event(table, survey, **days), survey)


def _words(values):
    first = next(iter(values.to_pylist() if hasattr(values, "to_pylist") else values), "")
    return server_words(text_of(first).encode())


def _newest_first(columns, survey):
    default = [name for name in survey.region_columns if name != survey.separation]
    times = parse.rows(columns, survey, [survey.time])[survey.time]
    order = np.argsort(-np.ma.filled(times, np.nan), kind="stable")
    default = [*default, survey.event_time]
    return parse.rows(columns, survey, default=default, order=order, endpoint="conesearch")


def _around_the_event(table, survey, days_before, days_after):
    """The objects that were first seen from so many days before the event until so many after."""
    since = np.ma.asarray(table[survey.first_seen]) - np.ma.asarray(table[survey.event_time])
    return table[np.ma.filled((since >= -days_before) & (since <= days_after), False)]


def _one_an_object(table, survey):
    """The first row of each object."""
    _, first = np.unique(np.asarray(table[survey.object_id]), return_index=True)
    return table[np.sort(first)]
