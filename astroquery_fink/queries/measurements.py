# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Forced photometry and summaries of Rubin objects."""

from typing import Final

from astropy.table import Table

from ..arguments.ids import object_ids
from ..arguments.types import ColumnNames, ObjectIds, OnError
from ..batch import check_on_error
from ..client import Client
from ..config import conf
from ..query import Query, query, raw
from .batches import BatchOptions, batched_query
from .object_requests import row_requests
from .objects import FORCED
from .schema import column_names

__all__ = ["Measurements"]

_SUMMARY = "objects"


class Measurements(Client):
    """Forced photometry and summaries of objects, for Rubin only."""

    @query
    def query_forced_photometry(
        self,
        objectids: ObjectIds,
        *,
        columns: ColumnNames | None = None,
        on_error: OnError = "raise",
        show_progress: bool | None = None,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table]:
        """Get the flux at the positions of Rubin objects in every visit.

        There is a row whether the object was detected in that visit or not. Rubin measures forced photometry
        for objects with at least two detections, from the first detection on, and distributes it with later
        alerts: points may be missing, above all from the last visits.

        Parameters
        ----------
        objectids : int, str, or list of either
            One object or many, in any form that `query_objects` accepts.
        columns : str or list of str, optional
            Names of columns, with or without family prefix, such as ``"band,psfFlux"``. None: all 15.
        on_error : str, optional
            As in `query_objects`.
        show_progress : bool, optional
            Whether to show a progress bar; None: on a terminal or in a notebook, if there is more than one
            request.
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Return the payload instead of sending the request. It is a list, with one payload for each
            ``conf.batch_size`` ids.

        Returns
        -------
        table : `~astropy.table.Table`
            One row per visit, newest first; objects in the order of ``objectids``. ``r:psfFlux`` is the
            difference from the template, ``r:scienceFlux`` the flux in the image itself, both in nJy.

        Raises
        ------
        FinkQueryError
            An argument is invalid, or the survey is not Rubin's.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond.

        Warns
        -----
        NoResultsWarning
            Fink has no forced photometry of some objects, which the message names.
        FailedIdsWarning
            With ``on_error="warn"``: the server failed for some objects, which the message names.
        InputWarning
            Rows of a Table or Column without an object id, such as alerts of asteroids, were left out.

        Examples
        --------
        >>> table = FinkLSST.query_forced_photometry(170000000000000001, columns="midpointMjdTai,psfFlux")
        >>> table["r:psfFlux"].unit
        Unit("nJy")
        """
        options = BatchOptions(conf.batch_size, on_error, show_progress, cache)
        return _row_query(self, FORCED, objectids, columns, options, offline=get_query_payload)

    query_forced_photometry_async: Final = raw(query_forced_photometry)

    @query
    def query_summary(
        self,
        objectids: ObjectIds,
        *,
        columns: ColumnNames | None = None,
        on_error: OnError = "raise",
        show_progress: bool | None = None,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table]:
        """Get summaries of Rubin objects: number of detections, mean fluxes, labels.

        Parameters
        ----------
        objectids : int, str, or list of either
            One object or many, in any form that `query_objects` accepts.
        columns : str or list of str, optional
            Names of columns, with or without family prefix, such as ``"nDiaSources,g_psfFluxMean"``. None:
            all 91.
        on_error : str, optional
            As in `query_objects`.
        show_progress : bool, optional
            Whether to show a progress bar; None: on a terminal or in a notebook, if there is more than one
            request.
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Return the payload instead of sending the request. It is a list, with one payload for each
            ``conf.batch_size`` ids.

        Returns
        -------
        table : `~astropy.table.Table`
            One row per object, in the order of ``objectids``; fluxes in nJy.

        Raises
        ------
        FinkQueryError
            An argument is invalid, or the survey is not Rubin's.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond.

        Warns
        -----
        NoResultsWarning
            Fink does not know some objects, which the message names.
        FailedIdsWarning
            With ``on_error="warn"``: the server failed for some objects, which the message names.
        InputWarning
            Rows of a Table or Column without an object id, such as alerts of asteroids, were left out.

        Examples
        --------
        >>> table = FinkLSST.query_summary([170000000000000001], columns="nDiaSources")
        >>> table["r:nDiaSources"].dtype
        dtype('int64')
        """
        options = BatchOptions(conf.batch_size, on_error, show_progress, cache)
        return _row_query(self, _SUMMARY, objectids, columns, options, offline=get_query_payload)

    query_summary_async: Final = raw(query_summary)


def _row_query(
    client: Client,
    endpoint: str,
    objectids: ObjectIds,
    columns: ColumnNames | None,
    options: BatchOptions,
    *,
    offline: bool,
) -> Query[Table]:
    """A query for the rows that an endpoint has of some objects."""
    check_on_error(options.on_error)
    survey = client._survey
    ids = object_ids(objectids, survey)
    known = survey.table(endpoint)
    names = column_names(client, columns, options.cache, offline=offline, known=known)
    return batched_query(client, row_requests(survey, endpoint, names), ids, options)
