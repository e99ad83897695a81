# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The alerts of one object whose id is known."""

import json
from functools import partial
from itertools import chain

import numpy as np
from astropy.table import Column, vstack
from astroquery.exceptions import MaxResultsWarning, NoResultsWarning

from .. import arguments, bulk, parse, payload
from ..exceptions import FinkServiceError
from ..warn import warn
from .asking import Asking, alone
from .lists import Lists

__all__ = ["FORCED", "LightCurves"]

FORCED = "fp"
"""str : The endpoint of forced photometry."""


class LightCurves(Lists):
    """Light curves of one object."""

    def query_object(
        self,
        objectid,
        *,
        columns=None,
        withupperlim=False,
        withcutouts=False,
        cutout_kind=None,
        withforced=False,
        cache=None,
        get_query_payload=False,
    ):
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
        questions = self._of_one(
            columns, withupperlim, withcutouts, cutout_kind, withforced, cache, get_query_payload
        )
        if get_query_payload:
            return alone([question.payload(ids) for question in questions])
        tables = [self._table(ids, question, cache) for question in questions]
        table = tables[0] if len(tables) == 1 else self._with_forced(*tables)
        self._warn(table.meta, 1)
        return table

    def query_object_async(
        self,
        objectid,
        *,
        columns=None,
        withupperlim=False,
        withcutouts=False,
        cutout_kind=None,
        withforced=False,
        cache=None,
        get_query_payload=False,
    ):
        """As `query_object`, but returns the reply unread; with ``withforced`` two of them.

        Returns
        -------
        response : `requests.Response` or list of `requests.Response`
        """
        ids = [arguments.object_id(objectid, self._survey)]
        questions = self._of_one(
            columns, withupperlim, withcutouts, cutout_kind, withforced, cache, get_query_payload
        )
        asked = [(question.endpoint, question.payload(ids)) for question in questions]
        if get_query_payload:
            return alone([payload for _, payload in asked])
        return alone([self._response(endpoint, payload, cache) for endpoint, payload in asked])

    def _of_one(self, columns, withupperlim, withcutouts, cutout_kind, withforced, cache, offline):
        """The question for the alerts of an object, and that for its forced photometry."""
        if not arguments.truth(withforced, "withforced"):
            names = self._names(columns, cache, offline=offline)
            return [self._about_alerts(names, withupperlim, withcutouts, cutout_kind)]
        self._survey.check("withforced")
        tables = [self._survey.table(endpoint) for endpoint in (self._survey.endpoint, FORCED)]
        names = self._names(columns, cache, offline=offline, known=list(dict.fromkeys(chain(*tables))))
        of_each = [names and [name for name in names if name in table] for table in tables]
        alerts = self._about_alerts(of_each[0], withupperlim, withcutouts, cutout_kind)
        key = self._survey.time
        return [alerts.wanting(key), self._about(FORCED, of_each[1]).wanting(key)]

    def _about_alerts(self, names, withupperlim, withcutouts, cutout_kind):
        given = {"withupperlim": withupperlim, "withcutouts": withcutouts, "cutout_kind": cutout_kind}
        ask = partial(payload.objects, survey=self._survey, columns=names, **given)
        return Asking(self._survey.endpoint, ask, names, tuple(payload.companions(ask([]), self._survey)))

    def _about(self, endpoint, names):
        """The question for what else an endpoint knows of objects."""
        ask = partial(payload.rows_of, survey=self._survey, endpoint=endpoint, columns=names)
        return Asking(endpoint, ask, names)

    def _table(self, ids, question, cache, budget=None):
        """The Table that answers one request."""
        reply = self._reply(ids, question, cache, budget)
        table = self._parsed(reply.content, question)
        absent = parse.missing(reply.content, self._survey, ids)
        table.meta.update(self._meta(reply), missing=absent, cut=parse.cut(reply.content, self._survey))
        return table

    def _parsed(self, content, question):
        return parse.alerts(
            content, self._survey, names=question.names, extra=question.extra, endpoint=question.endpoint
        )

    def _reply(self, ids, question, cache, budget):
        """With stamps the server says 500, not nothing, of an object that it does not know."""
        asked = question.payload(ids)
        try:
            return self._send(question.endpoint, asked, cache=cache, budget=budget)
        except FinkServiceError as error:
            if error.status != 500 or "withcutouts" not in asked:
                raise
            known = self._send(question.endpoint, payload.objects(ids, self._survey, columns=[]), cache=cache)
            if len(known.content):
                raise
            return known

    def _with_forced(self, alerts, forced):
        """One Table of both, newest first, with a column that says which."""
        about = "valid for a detection, forced for a measurement at the object's place"
        for table, word in ((alerts, "valid"), (forced, "forced")):
            table[self._survey.tag] = Column([word] * len(table), dtype="U6", description=about)
        table = vstack([alerts, forced], metadata_conflicts="silent")
        table = table[np.argsort(-np.asarray(table[self._survey.time]), kind="stable")]
        both = alerts.meta, forced.meta
        table.meta.update(
            alerts.meta,
            payload=json.dumps([json.loads(meta["payload"]) for meta in both]),
            queried=min(meta["queried"] for meta in both),
            cached=all(meta["cached"] for meta in both),
            cut=list(dict.fromkeys(chain.from_iterable(meta["cut"] for meta in both))),
        )
        return table

    def _warn(self, meta, asked):
        """Say what is not there: objects without alerts, alerts beyond the server's limit."""
        missing, cut = meta["missing"], meta["cut"]
        if missing:
            which = f"{len(missing)} of {asked} objects: " if asked > 1 else ""
            message = f"Fink has no alert of {which}{bulk.some_of(missing)}"
            warn(message, NoResultsWarning)
        if cut:
            limit = f"{self._survey.scan_limit:,}"
            message = f"Fink gives {limit} alerts of one object; there may be more of {bulk.some_of(cut)}"
            warn(message, MaxResultsWarning)
