# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The alerts of objects whose ids are known."""

import json
import warnings
from functools import partial

from astroquery.exceptions import NoResultsWarning

from .. import bulk, parse, payload
from ..config import conf
from ..exceptions import FinkServiceError
from .lists import Lists

__all__ = ["LightCurves"]


class LightCurves(Lists):
    """Light curves of one object, or of many."""

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

        Examples
        --------
        >>> table = fink.query_object("ZTF99simsnia", columns="jd,fid,magpsf,sigmapsf")
        >>> table.colnames
        ['i:jd', 'i:fid', 'i:magpsf', 'i:sigmapsf']
        >>> table["i:magpsf"].unit
        Unit("mag")
        """
        ids = [payload.object_id(objectid, self._survey)]
        names = self._names(columns, cache, offline=get_query_payload)
        asked = payload.objects(
            ids,
            self._survey,
            columns=names,
            withupperlim=withupperlim,
            withcutouts=withcutouts,
            cutout_kind=cutout_kind,
        )
        if get_query_payload:
            return asked
        table = self._alerts(asked, names, cache)
        _warn_of_missing(table.meta["missing"], 1)
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
        ids = [payload.object_id(objectid, self._survey)]
        names = self._names(columns, cache, offline=get_query_payload)
        asked = payload.objects(
            ids,
            self._survey,
            columns=names,
            withupperlim=withupperlim,
            withcutouts=withcutouts,
            cutout_kind=cutout_kind,
        )
        return asked if get_query_payload else self._send_table("objects", asked, cache=cache).response

    def query_objects(
        self,
        objectids,
        *,
        columns=None,
        withupperlim=False,
        withcutouts=False,
        cutout_kind=None,
        show_progress=None,
        cache=None,
        get_query_payload=False,
    ):
        """All alerts of many objects.

        Parameters
        ----------
        objectids : str, list of str, `~numpy.ndarray`, `~astropy.table.Column` or `~astropy.table.Table`
            Comma text, any list, or a Table that has the id column. Repeated ids are asked for once.
        columns, withupperlim, withcutouts, cutout_kind
            As in `query_object`.
        show_progress : bool, optional
            None: on a terminal, if there is more than one request to send.
        cache : bool, optional
            Whether kept replies will do; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Send nothing, return what would be sent: one payload for each ``conf.batch_size`` ids,
            or for each id where stamps are asked for.

        Returns
        -------
        table : `~astropy.table.Table`
            Objects in the order asked, newest alert first inside each. ``meta["missing"]`` names
            the objects that Fink has no alert of.

        Raises
        ------
        FinkQueryError
            An argument means nothing to Fink.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer.

        Warns
        -----
        NoResultsWarning
            Fink has no alert of some of the objects, which it names.

        Examples
        --------
        >>> table = fink.query_objects("ZTF99simrrly,ZTF99simagnx", columns=["i:objectId", "i:magpsf"])
        >>> sorted(set(table["i:objectId"].tolist()))
        ['ZTF99simagnx', 'ZTF99simrrly']
        """
        names = self._names(columns, cache, offline=get_query_payload)
        ids, asked = self._batches(
            objectids,
            columns=names,
            withupperlim=withupperlim,
            withcutouts=withcutouts,
            cutout_kind=cutout_kind,
        )
        if get_query_payload:
            return asked
        fetch = partial(self._alerts, names=names, cache=cache, ordered=True)
        tables = bulk.fetch_all(asked, fetch, connections=conf.max_connections, show_progress=show_progress)
        table = bulk.merge(tables)
        table.meta.update(_merged_meta(tables), payload=json.dumps(asked[0] | {"objectId": ",".join(ids)}))
        _warn_of_missing(table.meta["missing"], len(ids))
        return table

    def query_objects_async(
        self,
        objectids,
        *,
        columns=None,
        withupperlim=False,
        withcutouts=False,
        cutout_kind=None,
        show_progress=None,
        cache=None,
        get_query_payload=False,
    ):
        """As `query_objects`, but returns the replies unread.

        Returns
        -------
        responses : list of `requests.Response`
        """
        names = self._names(columns, cache, offline=get_query_payload)
        _, asked = self._batches(
            objectids,
            columns=names,
            withupperlim=withupperlim,
            withcutouts=withcutouts,
            cutout_kind=cutout_kind,
        )
        if get_query_payload:
            return asked
        fetch = partial(self._send_table, "objects", cache=cache)
        replies = bulk.fetch_all(asked, fetch, connections=conf.max_connections, show_progress=show_progress)
        return [reply.response for reply in replies]

    def _batches(self, objectids, **options):
        ids = payload.object_ids(objectids, self._survey)
        size = 1 if options["withcutouts"] else conf.batch_size
        return ids, [payload.objects(part, self._survey, **options) for part in bulk.split(ids, size)]

    def _alerts(self, asked, names, cache, *, ordered=False):
        """The Table that answers one payload of ``objects``."""
        ids = asked["objectId"].split(",")
        reply = self._alerts_reply(asked, ids, cache)
        extra = payload.companions(asked, self._survey)
        table = parse.alerts(
            reply.content, self._survey, names=names, extra=extra, objectids=ids if ordered else None
        )
        table.meta.update(
            self._meta("objects", asked, reply), missing=parse.missing(reply.content, self._survey, ids)
        )
        return table

    def _alerts_reply(self, asked, ids, cache):
        """With stamps the server says 500, not nothing, of an object that it does not know."""
        try:
            return self._send_table("objects", asked, cache=cache)
        except FinkServiceError as error:
            if error.status != 500 or "withcutouts" not in asked:
                raise
            known = self._send_table("objects", payload.objects(ids, self._survey, columns=[]), cache=cache)
            if len(known.content):
                raise
            return known


def _merged_meta(tables):
    return {
        "queried": min(table.meta["queried"] for table in tables),
        "cached": all(table.meta["cached"] for table in tables),
        "missing": [objectid for table in tables for objectid in table.meta["missing"]],
    }


def _warn_of_missing(missing, asked):
    if not missing:
        return
    shown = ", ".join(missing[:10]) + (", …" if len(missing) > 10 else "")
    of = f" {len(missing)} of {asked} objects" if asked > 1 else ""
    warnings.warn(f"Fink has no alert of{of}{':' if of else ''} {shown}", NoResultsWarning, stacklevel=3)
