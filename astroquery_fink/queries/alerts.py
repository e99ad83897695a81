# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Anomalous alerts, and alerts on tracks of satellites and debris."""

import re
from typing import Final

from astropy.table import Table

from ..arguments.checks import count
from ..arguments.text import text_of
from ..arguments.times import iso_date, parse_time
from ..arguments.types import ColumnNames, Payload, TimeLike
from ..client import Client
from ..exceptions import FinkQueryError
from ..messages import shown
from ..query import Query, query, raw
from ..surveys import Survey
from .alert_table import alert_query
from .payload import columns_to_send, drop_unset, table_format
from .schema import column_names

__all__ = ["AlertSearches"]

_PARTIAL_DATE = re.compile(r"\d{4}(-\d\d(-\d\d( \d\d(:\d\d(:\d\d)?)?)?)?)?", re.ASCII)
_BEGINNING = "0000-01-01 00:00:00"  # completes a partial date
_TRACKLET = re.compile(r"TRCK_\d{8}_\d{6}_\d\d", re.ASCII)


class AlertSearches(Client):
    """Searches for anomalies and tracklets."""

    @query
    def query_anomalies(
        self,
        *,
        n: int = 10,
        start: TimeLike | None = None,
        stop: TimeLike | None = None,
        columns: ColumnNames | None = None,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table]:
        """Search for the newest anomalous alerts.

        Parameters
        ----------
        n : int, optional
            Maximum number of alerts.
        start, stop : `~astropy.time.Time`, `~datetime.datetime` or str, optional
            First and last day (UTC) of the alerts, both included. None: no limit.
        columns : str or list of str, optional
            Names of columns, with or without family prefix; see `list_columns`. None: all.
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Return the payload instead of sending the request.

        Returns
        -------
        table : `~astropy.table.Table`
            One row per alert, newest first. The lower ``d:anomaly_score``, the more anomalous the alert.

        Raises
        ------
        FinkQueryError
            An argument is invalid.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond.

        Warns
        -----
        NoResultsWarning
            No alert matches; the table is empty.

        Examples
        --------
        >>> table = Fink.query_anomalies(n=3, columns="objectId,jd,anomaly_score")
        >>> table.colnames
        ['i:objectId', 'i:jd', 'd:anomaly_score']
        """
        names = column_names(self, columns, cache, offline=get_query_payload)
        payload = _anomaly_payload(self._survey, n=n, start=start, stop=stop, columns=names)
        return alert_query("anomaly", payload, self._survey, names)

    query_anomalies_async: Final = raw(query_anomalies)

    @query
    def query_tracklets(
        self,
        *,
        date: TimeLike | None = None,
        tracklet: str | None = None,
        columns: ColumnNames | None = None,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table]:
        """Search for alerts on tracks of satellites and space debris.

        Parameters
        ----------
        date : `~astropy.time.Time`, `~datetime.datetime` or str, optional
            Time of the tracks (UTC); a str may be any leading part of ``YYYY-MM-DD hh:mm:ss``, such as a
            month.
        tracklet : str, optional
            Name of one track, ``TRCK_YYYYMMDD_HHMMSS_NN``, instead of ``date``.
        columns : str or list of str, optional
            Names of columns, with or without family prefix; see `list_columns`. None: all.
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Return the payload instead of sending the request.

        Returns
        -------
        table : `~astropy.table.Table`
            One row per alert, newest first; ``d:tracklet`` is the name of its track.

        Raises
        ------
        FinkQueryError
            An argument is invalid.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond.

        Warns
        -----
        NoResultsWarning
            No alert matches; the table is empty.

        Examples
        --------
        >>> Fink.query_tracklets(date="2025-01", columns="jd,tracklet", get_query_payload=True)["date"]
        '2025-01'
        """
        names = column_names(self, columns, cache, offline=get_query_payload)
        payload = _tracklet_payload(self._survey, date=date, tracklet=tracklet, columns=names)
        return alert_query("tracklet", payload, self._survey, names)

    query_tracklets_async: Final = raw(query_tracklets)


def _anomaly_payload(
    survey: Survey, *, n: int, start: TimeLike | None, stop: TimeLike | None, columns: list[str] | None
) -> Payload:
    first = None if start is None else iso_date(parse_time(start, "start"))
    last = None if stop is None else iso_date(parse_time(stop, "stop"))
    if first is not None and last is not None and first > last:
        raise FinkQueryError(f"start={first} is after stop={last}: give an earlier start.")
    return drop_unset(
        {
            "n": count(n, "n"),
            "start_date": first,
            "stop_date": last,
            "columns": columns_to_send(columns, survey),
            "output-format": table_format(),
        }
    )


def _tracklet_payload(
    survey: Survey, *, date: TimeLike | None, tracklet: str | None, columns: list[str] | None
) -> Payload:
    if (date is None) == (tracklet is None):
        raise FinkQueryError(f"date={shown(date)}, tracklet={shown(tracklet)}: give exactly one of them.")
    return drop_unset(
        {
            "date": None if date is None else _date(date),
            "id": None if tracklet is None else _tracklet_name(tracklet),
            "columns": columns_to_send(columns, survey),
            "output-format": table_format(),
        }
    )


def _date(date: TimeLike) -> str:
    """The leading part of a time that was given as text, or a time to the second."""
    text = text_of(date)
    if isinstance(date, str) and _PARTIAL_DATE.fullmatch(text):
        parse_time(text + _BEGINNING[len(text) :], "date")
        return text
    return parse_time(date, "date").iso[:19]


def _tracklet_name(tracklet: str) -> str:
    name = text_of(tracklet)
    if not _TRACKLET.fullmatch(name):
        raise FinkQueryError(
            f"tracklet={shown(tracklet)} is not a valid name of a track: give one such as "
            "TRCK_20231213_133612_00."
        )
    return name
