# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Alerts that are found by score or by track."""

import re

from astropy.table import Table

from ..arguments.checks import count
from ..arguments.text import text_of
from ..arguments.times import iso, iso_date, parse_time
from ..arguments.types import ColumnNames, TimeLike
from ..client import Client
from ..exceptions import FinkQueryError
from ..messages import shown
from ..query import Query, query, raw
from .payload import columns_to_send, given, table_format
from .schema import column_names
from .search import search

__all__ = ["AlertSearches", "anomaly_payload", "tracklet_payload"]

_LEADING_PART = re.compile(r"\d{4}(-\d\d(-\d\d( \d\d(:\d\d(:\d\d)?)?)?)?)?", re.ASCII)
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
        """The newest anomalous alerts.

        Parameters
        ----------
        n : int, optional
            How many, at most.
        start, stop : `~astropy.time.Time`, `~datetime.datetime` or str, optional
            Days (UTC); the last one counts.
        columns : str or list of str, optional
            Names, with family prefix or without; see `list_columns`. None: all.
        cache : bool, optional
            Whether a kept reply will do; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Send nothing, return what would be sent.

        Returns
        -------
        table : `~astropy.table.Table`
            One row an alert, newest first; the lower ``d:anomaly_score``, the more anomalous.

        Raises
        ------
        FinkQueryError
            An argument means nothing to Fink.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer.

        Warns
        -----
        NoResultsWarning
            There is no such alert; the table is empty.

        Examples
        --------
        >>> table = fink.query_anomalies(n=3, columns="objectId,jd,anomaly_score")
        >>> table.colnames
        ['i:objectId', 'i:jd', 'd:anomaly_score']
        """
        names = column_names(self, columns, cache, offline=get_query_payload)
        asked = anomaly_payload(self._survey, n=n, start=start, stop=stop, columns=names)
        return search("anomaly", asked, self._survey, names)

    query_anomalies_async = raw(query_anomalies)

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
        """The alerts on tracks of satellites and debris.

        Parameters
        ----------
        date : `~astropy.time.Time`, `~datetime.datetime` or str, optional
            When; text may be any leading part of ``YYYY-MM-DD hh:mm:ss`` (UTC).
        tracklet : str, optional
            One track, ``TRCK_YYYYMMDD_HHMMSS_NN``, in place of ``date``.
        columns : str or list of str, optional
            Names, with family prefix or without; see `list_columns`. None: all.
        cache : bool, optional
            Whether a kept reply will do; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Send nothing, return what would be sent.

        Returns
        -------
        table : `~astropy.table.Table`
            One row an alert, newest first; ``d:tracklet`` names the track.

        Raises
        ------
        FinkQueryError
            An argument means nothing to Fink.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer.

        Warns
        -----
        NoResultsWarning
            There is no such alert; the table is empty.

        Examples
        --------
        >>> fink.query_tracklets(date="2025-01", columns="jd,tracklet", get_query_payload=True)["date"]
        '2025-01'
        """
        names = column_names(self, columns, cache, offline=get_query_payload)
        asked = tracklet_payload(self._survey, date=date, name=tracklet, columns=names)
        return search("tracklet", asked, self._survey, names)

    query_tracklets_async = raw(query_tracklets)


def anomaly_payload(survey, *, n=10, start=None, stop=None, columns=None):
    """The question for the newest anomalous alerts.

    Parameters
    ----------
    survey : `~astroquery_fink.surveys.Survey`
    n : int
    start, stop : `~astropy.time.Time`, datetime or str, optional
        Days; the last one counts.
    columns : list of str, or None

    Returns
    -------
    payload : dict
    """
    start = None if start is None else parse_time(start, "start")
    stop = None if stop is None else parse_time(stop, "stop")
    if start is not None and stop is not None and iso_date(start) > iso_date(stop):
        raise FinkQueryError(f"start={iso_date(start)} is after stop={iso_date(stop)}.")
    return given(
        {
            "n": count(n, "n"),
            "start_date": iso_date(start),
            "stop_date": iso_date(stop),
            "columns": columns_to_send(columns, survey),
            "output-format": table_format(),
        }
    )


def tracklet_payload(survey, *, date=None, name=None, columns=None):
    """The question for the alerts on tracks of satellites and debris.

    Parameters
    ----------
    survey : `~astroquery_fink.surveys.Survey`
    date : `~astropy.time.Time`, datetime or str, optional
        Text: any leading part of ``YYYY-MM-DD hh:mm:ss``.
    name : str, optional
        Of one track.
    columns : list of str, or None

    Returns
    -------
    payload : dict
    """
    if (date is None) == (name is None):
        raise FinkQueryError("give either date or tracklet.")
    return given(
        {
            "date": None if date is None else _leading_part(date),
            "id": None if name is None else _track(name),
            "columns": columns_to_send(columns, survey),
            "output-format": table_format(),
        }
    )


def _leading_part(date):
    if isinstance(date, str) and _LEADING_PART.fullmatch(text_of(date)):
        return text_of(date)
    return iso(parse_time(date, "date"))[:19]


def _track(name):
    if not _TRACKLET.fullmatch(text_of(name)):
        raise FinkQueryError(f"tracklet={shown(name)} is no track, such as TRCK_20231213_133612_00.")
    return text_of(name)
