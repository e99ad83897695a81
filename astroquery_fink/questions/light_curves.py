# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The alerts of one object whose id is known."""

import json
from dataclasses import replace
from functools import partial
from itertools import chain

import numpy as np
from astropy.table import Column, Table
from astroquery.exceptions import MaxResultsWarning, NoResultsWarning

from .. import arguments, bulk, payload
from ..query import Query, query, raw
from ..stack import merge
from ..types import ColumnNames, CutoutKind, ObjectId
from ..warn import warn
from ..wire import Columns
from .asking import AboutObjects, merged
from .lists import Lists

__all__ = ["FORCED", "LightCurves"]

FORCED = "fp"
"""str : The endpoint of forced photometry."""


class LightCurves(Lists):
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
        ids = [arguments.object_id(objectid, self._survey)]
        flags = {"withupperlim": withupperlim, "withcutouts": withcutouts, "cutout_kind": cutout_kind}
        about = self._of_one(columns, flags, withforced, cache, get_query_payload)
        return Query([one.request(ids) for one in about], finish=self._light_curve)

    query_object_async = raw(query_object)

    def _of_one(self, columns, flags, withforced, cache, offline):
        """What is asked about the alerts of an object, and about its forced photometry."""
        if not arguments.truth(withforced, "withforced"):
            names = self._names(columns, cache, offline=offline)
            return [self._about_alerts(names, **flags, cache=cache)]
        self._survey.check("withforced")
        tables = [self._survey.table(endpoint) for endpoint in (self._survey.endpoint, FORCED)]
        names = self._names(columns, cache, offline=offline, known=list(dict.fromkeys(chain(*tables))))
        of_each = [names and [name for name in names if name in table] for table in tables]
        key = self._survey.time
        alerts = self._about_alerts(of_each[0], **flags, cache=cache)
        return [alerts.wanting(key), self._about(FORCED, of_each[1]).wanting(key)]

    def _about_alerts(self, names, *, withupperlim=False, withcutouts=False, cutout_kind=None, cache=None):
        flags = {"withupperlim": withupperlim, "withcutouts": withcutouts, "cutout_kind": cutout_kind}
        make = partial(payload.objects, survey=self._survey, columns=names, **flags)
        extra = payload.companions(self._survey, **flags)
        recover = partial(self._unknown_with_cutouts, cache=cache) if withcutouts else None
        return AboutObjects(self._survey.endpoint, make, self._survey, names, extra, recover)

    def _about(self, endpoint, names):
        """What an endpoint other than that of alerts knows of objects."""
        make = partial(payload.rows_of, survey=self._survey, endpoint=endpoint, columns=names)
        return AboutObjects(endpoint, make, self._survey, names)

    def _unknown_with_cutouts(self, error, about, ids, cache):
        """With cutouts the server says 500, not nothing, of an object that it does not know."""
        if error.status != 500:
            raise error
        known = self._send(self._about_alerts([]).request(ids), cache=cache)
        if known.size:
            raise error
        return replace(known, content=about.table(Columns({}, 0), ids))

    def _light_curve(self, replies):
        """The Table of one object, from its alerts and perhaps its forced photometry."""
        tables = [self._signed(reply.content, reply) for reply in replies]
        table = tables[0] if len(tables) == 1 else self._with_forced(*tables)
        self._warn(table.meta, 1)
        return table

    def _with_forced(self, alerts, forced):
        """One Table of both, newest first, with a column that says which."""
        about = "valid for a detection, forced for a measurement at the position of the object"
        for table, word in ((alerts, "valid"), (forced, "forced")):
            table[self._survey.tag] = Column([word] * len(table), dtype="U6", description=about)
        table = merge([alerts, forced])
        table = table[np.argsort(-np.asarray(table[self._survey.time]), kind="stable")]
        both = [alerts.meta, forced.meta]
        payload = json.dumps([json.loads(meta["payload"]) for meta in both])
        table.meta = alerts.meta | merged(both) | {"payload": payload, "missing": alerts.meta["missing"]}
        return table

    def _warn(self, meta, asked):
        """Say what is not there: objects without rows, rows beyond the server's limit."""
        what = self._survey.row_names.get(meta["endpoint"], "alert")
        missing, cut = meta["missing"], meta["cut"]
        if missing:
            which = f"{len(missing)} of {asked} objects: " if asked > 1 else ""
            message = f"Fink has no {what} of {which}{bulk.some_of(missing)}"
            warn(message, NoResultsWarning)
        if cut:
            limit = f"{self._survey.scan_limit:,}"
            message = f"Fink gives {limit} alerts of one object; there may be more of {bulk.some_of(cut)}"
            warn(message, MaxResultsWarning)
