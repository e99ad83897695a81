# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The alerts of one object whose id is known."""

import json
from functools import partial
from itertools import chain

import numpy as np
from astropy.table import Column, Table

from ..arguments.checks import truth
from ..arguments.ids import object_id
from ..arguments.types import ColumnNames, CutoutKind, ObjectId
from ..client import Client
from ..query import (
    Query,
    query,
    raw,
    table_of,
)
from ..tables.concat import merge
from .object_requests import (
    alert_requests,
    merged_meta,
    row_requests,
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
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table]:
        """All alerts of one object: its light curve, and all else that Fink knows of each alert.

        Parameters
        ----------
        objectid : str or int
            Such as ``"ZTF21aaxtctv"``; of Rubin 313897383979122767, as a number or as text.
        columns : str or list of str, optional
            Names, with family prefix or without; see `list_columns`. None: all.
        withupperlim : bool, optional
            Also the upper limits and the detections of bad quality, told apart by ``d:tag``:
            ``valid``, ``upperlim``, ``badquality``.
        withcutouts : bool, optional
            Also the stamps, as columns of arrays; see `get_images` for FITS.
        cutout_kind : str, optional
            ``"Science"``, ``"Template"`` or ``"Difference"``; None: all three.
        withforced : bool, optional
            Of Rubin: also the forced photometry (see `query_forced_photometry`), told apart by the column
            ``tag``: ``valid``, ``forced``; the time comes with it, asked for or not.
        cache : bool, optional
            Whether a kept reply will do; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Send nothing, return what would be sent; with ``withforced`` a list of two payloads.

        Returns
        -------
        table : `~astropy.table.Table`
            One row an alert, newest first. Stamps are float32 of shape ``(rows, 63, 63)`` in adu,
            or 2-d arrays of different shapes, missing pixels NaN.

        Raises
        ------
        FinkQueryError
            An argument means nothing to Fink.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer.

        Warns
        -----
        NoResultsWarning
            Fink has no alert of this object; the table is empty.
        MaxResultsWarning
            The server stopped at its limit; ``meta["cut"]`` names the object.

        Examples
        --------
        >>> table = fink.query_object("ZTF99simsnia", columns="jd,fid,magpsf,sigmapsf")
        >>> table.colnames
        ['i:jd', 'i:fid', 'i:magpsf', 'i:sigmapsf']
        >>> table["i:magpsf"].unit
        Unit("mag")
        """
        ids = [object_id(objectid, self._survey)]
        flags = {"withupperlim": withupperlim, "withcutouts": withcutouts, "cutout_kind": cutout_kind}
        about = _of_one(self, columns, flags, withforced, cache, get_query_payload)
        return Query([one.request(ids) for one in about], finish=partial(_light_curve, survey=self._survey))

    query_object_async = raw(query_object)


def _of_one(client, columns, flags, withforced, cache, offline):
    """What is asked about the alerts of an object, and about its forced photometry."""
    survey = client._survey
    if not truth(withforced, "withforced"):
        names = column_names(client, columns, cache, offline=offline)
        return [alert_requests(client, names, **flags, cache=cache)]
    survey.check("withforced")
    tables = [survey.table(endpoint) for endpoint in (survey.service.endpoint, FORCED)]
    known = list(dict.fromkeys(chain(*tables)))
    names = column_names(client, columns, cache, offline=offline, known=known)
    of_alerts, of_forced = [names and [name for name in names if name in table] for table in tables]
    alerts = alert_requests(client, of_alerts, **flags, cache=cache)
    return [one.wanting(survey.columns.time) for one in (alerts, row_requests(survey, FORCED, of_forced))]


def _light_curve(responses, survey):
    """The Table of one object, from its alerts and perhaps its forced photometry."""
    tables = [table_of([response]) for response in responses]
    table = tables[0] if len(tables) == 1 else _with_forced(*tables, survey)
    warn_of_missing(table.meta, 1, survey)
    return table


def _with_forced(alerts, forced, survey):
    """One Table of both, newest first, with a column that says which."""
    about = "valid for a detection, forced for a measurement at the position of the object"
    for table, word in ((alerts, "valid"), (forced, "forced")):
        table[survey.columns.tag] = Column([word] * len(table), dtype="U6", description=about)
    table = merge([alerts, forced])
    table = table[np.argsort(-np.asarray(table[survey.columns.time]), kind="stable")]
    both = [alerts.meta, forced.meta]
    payload = json.dumps([json.loads(meta["payload"]) for meta in both])
    table.meta = alerts.meta | merged_meta(both) | {"payload": payload, "missing": alerts.meta["missing"]}
    return table
