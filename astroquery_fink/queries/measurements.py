# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What is known of objects beside their alerts: forced photometry, and a summary."""

from astropy.table import Table

from ..arguments.ids import object_ids
from ..arguments.types import ColumnNames, ObjectIds, OnError
from ..batch import check_on_error
from ..client import Client
from ..config import conf
from ..query import Query, query, raw
from .batches import batched_query
from .object_requests import row_requests
from .objects import FORCED
from .schema import column_names

__all__ = ["Measurements"]

_SUMMARY = "objects"


class Measurements(Client):
    """Forced photometry and summaries, which Fink has of Rubin's objects."""

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
        """The flux at the places of Rubin's objects at every visit, whether anything was detected or not.

        Rubin measures it for objects with two detections or more, from the first one on, and sends it with
        the alerts that follow: points may be missing, those of the last visits above all.

        Parameters
        ----------
        objectids : int, str, or list of either
            One object, or many, in any form that `query_objects` takes.
        columns : str or list of str, optional
            Names, with family prefix or without, such as ``"band,psfFlux"``; None: all 15.
        on_error : str, optional
            As in `query_objects`.
        show_progress : bool, optional
            None: on a terminal, if there is more than one request to send.
        cache : bool, optional
            Whether kept replies will do; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Send nothing, return what would be sent, one payload for each ``conf.batch_size`` ids.

        Returns
        -------
        table : `~astropy.table.Table`
            One row a visit, newest first; objects in the order asked. ``r:psfFlux`` is the difference to
            the template, ``r:scienceFlux`` the flux itself, both in nJy.

        Raises
        ------
        FinkQueryError
            An argument means nothing to Fink, or the survey is not Rubin's.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer.

        Warns
        -----
        NoResultsWarning
            There is none of some of the objects, which it names.

        Examples
        --------
        >>> table = fink_lsst.query_forced_photometry(170000000000000001, columns="midpointMjdTai,psfFlux")
        >>> table["r:psfFlux"].unit
        Unit("nJy")
        """
        how = {"on_error": on_error, "show_progress": show_progress, "cache": cache}
        return _about_rows(self, FORCED, objectids, columns, get_query_payload, **how)

    query_forced_photometry_async = raw(query_forced_photometry)

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
        """What Rubin and Fink say of whole objects: how often seen, mean fluxes in each band, labels.

        Parameters
        ----------
        objectids : int, str, or list of either
            One object, or many, in any form that `query_objects` takes.
        columns : str or list of str, optional
            Names, with family prefix or without, such as ``"nDiaSources,g_psfFluxMean"``; None: all 91.
        on_error : str, optional
            As in `query_objects`.
        show_progress : bool, optional
            None: on a terminal, if there is more than one request to send.
        cache : bool, optional
            Whether kept replies will do; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Send nothing, return what would be sent, one payload for each ``conf.batch_size`` ids.

        Returns
        -------
        table : `~astropy.table.Table`
            One row an object, in the order asked; fluxes in nJy.

        Raises
        ------
        FinkQueryError
            An argument means nothing to Fink, or the survey is not Rubin's.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer.

        Warns
        -----
        NoResultsWarning
            Fink does not know some of the objects, which it names.

        Examples
        --------
        >>> table = fink_lsst.query_summary([170000000000000001], columns="nDiaSources")
        >>> table["r:nDiaSources"].dtype
        dtype('int64')
        """
        how = {"on_error": on_error, "show_progress": show_progress, "cache": cache}
        return _about_rows(self, _SUMMARY, objectids, columns, get_query_payload, **how)

    query_summary_async = raw(query_summary)


def _about_rows(client, endpoint, objectids, columns, offline, **how):
    """The query for what an endpoint knows of one or many objects."""
    check_on_error(how["on_error"])
    survey = client._survey
    ids = object_ids(objectids, survey)
    known = survey.table(endpoint)
    names = column_names(client, columns, how["cache"], offline=offline, known=known)
    return batched_query(client, row_requests(survey, endpoint, names), ids, conf.batch_size, **how)
