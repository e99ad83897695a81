# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Alerts that are found by score or by track."""

from astropy.table import Table

from .. import payload
from ..client import Client
from ..query import Query, query, raw
from ..types import ColumnNames, TimeLike
from .found import search
from .lists import column_names

__all__ = ["Searches"]


class Searches(Client):
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
        asked = payload.anomaly(self._survey, n=n, start=start, stop=stop, columns=names)
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
        asked = payload.tracklet(self._survey, date=date, name=tracklet, columns=names)
        return search("tracklet", asked, self._survey, names)

    query_tracklets_async = raw(query_tracklets)
