# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The alerts of one object whose id is known."""

import warnings
from functools import partial

from astroquery.exceptions import MaxResultsWarning, NoResultsWarning

from .. import arguments, bulk, parse, payload
from ..exceptions import FinkServiceError
from .lists import Lists

__all__ = ["LightCurves"]


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
        cache=None,
        get_query_payload=False,
    ):
        """All alerts of one object: its light curve, and all else that Fink knows of each alert.

        Parameters
        ----------
        objectid : str
            Such as ``"ZTF21aaxtctv"``.
        columns : str or list of str, optional
            Names, with family prefix or without; see `list_columns`. None: all.
        withupperlim : bool, optional
            Also the upper limits and the detections of bad quality, told apart by ``d:tag``:
            ``valid``, ``upperlim``, ``badquality``.
        withcutouts : bool, optional
            Also the stamps, as columns of arrays; see `get_images` for FITS.
        cutout_kind : str, optional
            ``"Science"``, ``"Template"`` or ``"Difference"``; None: all three.
        cache : bool, optional
            Whether a kept reply will do; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Send nothing, return what would be sent.

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
        names = self._names(columns, cache, offline=get_query_payload)
        ask = self._ask_for(names, withupperlim, withcutouts, cutout_kind)
        if get_query_payload:
            return ask(ids)
        table = self._alerts(ids, ask, names, cache)
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
        cache=None,
        get_query_payload=False,
    ):
        """As `query_object`, but returns the reply unread.

        Returns
        -------
        response : `requests.Response`
        """
        ids = [arguments.object_id(objectid, self._survey)]
        names = self._names(columns, cache, offline=get_query_payload)
        asked = self._ask_for(names, withupperlim, withcutouts, cutout_kind)(ids)
        return asked if get_query_payload else self._response("objects", asked, cache)

    def _ask_for(self, names, withupperlim, withcutouts, cutout_kind):
        """What makes the payload for some ids."""
        return partial(
            payload.objects,
            survey=self._survey,
            columns=names,
            withupperlim=withupperlim,
            withcutouts=withcutouts,
            cutout_kind=cutout_kind,
        )

    def _alerts(self, ids, ask, names, cache, budget=None):
        """The Table that answers one request."""
        asked = ask(ids)
        reply = self._alerts_reply(asked, ids, cache, budget)
        table = parse.alerts(
            reply.content, self._survey, names=names, extra=payload.companions(asked, self._survey)
        )
        absent = parse.missing(reply.content, self._survey, ids)
        table.meta.update(self._meta(reply), missing=absent, cut=parse.cut(reply.content, self._survey))
        return table

    def _alerts_reply(self, asked, ids, cache, budget):
        """With stamps the server says 500, not nothing, of an object that it does not know."""
        try:
            return self._send("objects", asked, cache=cache, budget=budget)
        except FinkServiceError as error:
            if error.status != 500 or "withcutouts" not in asked:
                raise
            known = self._send("objects", payload.objects(ids, self._survey, columns=[]), cache=cache)
            if len(known.content):
                raise
            return known

    def _warn(self, meta, asked):
        """Say what is not there: objects without alerts, alerts beyond the server's limit."""
        missing, cut = meta["missing"], meta["cut"]
        if missing:
            which = f"{len(missing)} of {asked} objects: " if asked > 1 else ""
            message = f"Fink has no alert of {which}{bulk.some_of(missing)}"
            warnings.warn(message, NoResultsWarning, stacklevel=3)
        if cut:
            limit = f"{self._survey.scan_limit:,}"
            message = f"Fink gives {limit} alerts of one object; there may be more of {bulk.some_of(cut)}"
            warnings.warn(message, MaxResultsWarning, stacklevel=3)
