# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The alerts of one object."""

import json
from functools import partial
from itertools import chain
from typing import Any, Final

import numpy as np
from astropy.table import Column, Table

from ..arguments.checks import truth
from ..arguments.ids import object_id
from ..arguments.types import ColumnNames, CutoutKind, ObjectId, TimeLike
from ..client import Client
from ..http.retry import Response
from ..query import (
    Query,
    query,
    raw,
    table_of,
)
from ..surveys import Survey
from ..tables.concat import merge
from .object_requests import (
    AlertOptions,
    ObjectRequests,
    alert_requests,
    in_time_range,
    merged_meta,
    row_requests,
    warn_if_none_in_range,
    warn_of_missing,
)
from .schema import column_names

__all__ = ["FORCED", "LightCurves"]

FORCED = "fp"
"""str : The endpoint of forced photometry."""


class LightCurves(Client):
    """Light curves of one object."""

    @query
    def query_object(
        self,
        objectid: ObjectId,
        *,
        columns: ColumnNames | None = None,
        withupperlim: bool = False,
        withcutouts: bool = False,
        cutout_kind: CutoutKind | None = None,
        withforced: bool = False,
        start: TimeLike | None = None,
        stop: TimeLike | None = None,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table]:
        """Get all alerts of one object: its light curve, with all columns of each alert.

        Parameters
        ----------
        objectid : str or int
            For example ``"ZTF21aaxtctv"``; for Rubin 313897383979122767, as int or str.
        columns : str or list of str, optional
            Names of columns, with or without family prefix; see `list_columns`. None: all.
        withupperlim : bool, optional
            Whether to include upper limits and detections of bad quality. The column ``d:tag``
            distinguishes them: ``valid``, ``upperlim`` or ``badquality``.
        withcutouts : bool, optional
            Whether to include the cutouts, as columns of arrays; see `get_images` for FITS.
        cutout_kind : str, optional
            ``"Science"``, ``"Template"`` or ``"Difference"``; None: all three.
        withforced : bool, optional
            Whether to include the forced photometry, for Rubin only; see `query_forced_photometry`. The
            column ``tag`` distinguishes them: ``valid`` or ``forced``. The column of times is always
            included.
        start, stop : `~astropy.time.Time`, `~datetime.datetime` or str, optional
            Time range of the rows, both ends included; also of upper limits and forced photometry. Times
            without a time zone are UTC. The server has no such argument and sends all alerts; they are
            selected here, so a cached response serves any time range. None: no limit.
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Return the payload instead of sending the request. With ``withforced`` it is a list of two
            payloads.

        Returns
        -------
        table : `~astropy.table.Table`
            One row per alert, newest first. Cutouts are float32 of shape ``(rows, 63, 63)`` in adu, or 2-d
            arrays if their shapes differ; missing pixels are NaN. ``meta`` has ``start`` and ``stop`` in UTC,
            if they were given.

        Raises
        ------
        FinkQueryError
            An argument is invalid.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond.

        Warns
        -----
        NoResultsWarning
            Fink has no alert of this object, or none in the time range; the table is empty.
        MaxResultsWarning
            The server reached its limit of alerts; ``meta["cut"]`` names the object.

        Examples
        --------
        >>> table = Fink.query_object("ZTF99simsnia", columns="jd,fid,magpsf,sigmapsf")
        >>> table.colnames
        ['i:jd', 'i:fid', 'i:magpsf', 'i:sigmapsf']
        >>> table["i:magpsf"].unit
        Unit("mag")
        >>> len(Fink.query_object("ZTF99simsnia", start="2025-04-01", stop="2025-05-01"))
        23
        """
        ids = [object_id(objectid, self._survey)]
        options = AlertOptions(withupperlim, withcutouts, cutout_kind)
        if truth(withforced, "withforced"):
            requests = _alerts_and_forced(self, columns, options, cache, offline=get_query_payload)
        else:
            names = column_names(self, columns, cache, offline=get_query_payload)
            requests = [alert_requests(self, names, options, cache=cache)]
        requests = [in_time_range(one, start, stop) for one in requests]
        finish = partial(_light_curve, ids=ids, survey=self._survey)
        return Query([one.request(ids) for one in requests], finish=finish)

    query_object_async: Final = raw(query_object)


def _alerts_and_forced(
    client: Client, columns: ColumnNames | None, options: AlertOptions, cache: bool | None, *, offline: bool
) -> list[ObjectRequests]:
    """The requests for alerts and for forced photometry, each with its columns."""
    survey = client._survey
    survey.check("withforced")
    tables = [survey.table(endpoint) for endpoint in (survey.service.endpoint, FORCED)]
    known = list(dict.fromkeys(chain(*tables)))
    names = column_names(client, columns, cache, offline=offline, known=known)
    of_alerts, of_forced = [names and [name for name in names if name in table] for table in tables]
    alerts = alert_requests(client, of_alerts, options, cache=cache)
    forced = row_requests(survey, FORCED, of_forced)
    return [alerts.with_column(survey.columns.time), forced.with_column(survey.columns.time)]


def _light_curve(responses: list[Response], ids: list[Any], survey: Survey) -> Table:
    """The Table of alerts, with forced photometry if there are two responses."""
    tables = [table_of([response]) for response in responses]
    table = tables[0] if len(tables) == 1 else _with_forced(*tables, survey=survey)
    warn_of_missing(table.meta, 1, survey)
    warn_if_none_in_range(table, ids)
    return table


def _with_forced(alerts: Table, forced: Table, survey: Survey) -> Table:
    """Both in one Table, newest first, with a column of the kind of each row."""
    attributes = survey.facts_of(survey.columns.tag).attributes
    for table, tag in ((alerts, "valid"), (forced, "forced")):
        table[survey.columns.tag] = Column([tag] * len(table), dtype="U6", **attributes)
    table = merge([alerts, forced])
    table = table[np.argsort(-np.asarray(table[survey.columns.time]), kind="stable")]
    metas = [alerts.meta, forced.meta]
    payload = json.dumps([json.loads(meta["payload"]) for meta in metas])
    table.meta = alerts.meta | merged_meta(metas) | {"payload": payload, "missing": alerts.meta["missing"]}
    return table
