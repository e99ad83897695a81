# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""`FinkClass`, and its ready instance `Fink`: one short method for each question."""

import json
import warnings
from functools import partial

import numpy as np
from astropy.time import Time
from astroquery.exceptions import NoResultsWarning

from . import bulk, cutouts, parse, payload
from .client import Client
from .config import conf
from .exceptions import FinkServiceError, UnknownObjectError
from .wire import read_mapping

__all__ = ["Fink", "FinkClass"]


class FinkClass(Client):
    """Ask the Fink alert broker.

    Parameters
    ----------
    survey : str, optional
        Whose alerts: ``"ztf"``.
    server : str, optional
        Address of the service, without ``/api/v1``; None: the survey's in `astroquery_fink.conf`.
    timeout : float or `~astropy.units.Quantity`, optional
        Seconds to wait for the next bytes of a reply; None: ``conf.timeout``.

    Examples
    --------
    >>> from astroquery_fink import FinkClass
    >>> FinkClass(server="https://fink-portal.org", timeout=20)
    <FinkClass survey='ztf' server='https://fink-portal.org'>
    """

    def query_object(self, objectid, *, columns=None, withupperlim=False, withcutouts=False, cutout_kind=None,
                     cache=None, get_query_payload=False):
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
        asked = payload.objects(ids, self._survey, columns=names, withupperlim=withupperlim,
                                withcutouts=withcutouts, cutout_kind=cutout_kind)
        if get_query_payload:
            return asked
        table = self._alerts(asked, names, cache)
        _warn_of_missing(table.meta["missing"], 1)
        return table

    def query_object_async(self, objectid, *, columns=None, withupperlim=False, withcutouts=False,
                           cutout_kind=None, cache=None, get_query_payload=False):
        """As `query_object`, but returns the reply unread.

        Returns
        -------
        response : `requests.Response`
        """
        ids = [payload.object_id(objectid, self._survey)]
        names = self._names(columns, cache, offline=get_query_payload)
        asked = payload.objects(ids, self._survey, columns=names, withupperlim=withupperlim,
                                withcutouts=withcutouts, cutout_kind=cutout_kind)
        return asked if get_query_payload else self._send_table("objects", asked, cache=cache).response

    def query_objects(self, objectids, *, columns=None, withupperlim=False, withcutouts=False, cutout_kind=None,
                      show_progress=None, cache=None, get_query_payload=False):
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
        ids, asked = self._batches(objectids, columns=names, withupperlim=withupperlim,
                                   withcutouts=withcutouts, cutout_kind=cutout_kind)
        if get_query_payload:
            return asked
        fetch = partial(self._alerts, names=names, cache=cache, ordered=True)
        tables = bulk.fetch_all(asked, fetch, connections=conf.max_connections, show_progress=show_progress)
        table = bulk.merge(tables)
        table.meta.update(_merged_meta(tables), payload=json.dumps(asked[0] | {"objectId": ",".join(ids)}))
        _warn_of_missing(table.meta["missing"], len(ids))
        return table

    def query_objects_async(self, objectids, *, columns=None, withupperlim=False, withcutouts=False,
                            cutout_kind=None, show_progress=None, cache=None, get_query_payload=False):
        """As `query_objects`, but returns the replies unread.

        Returns
        -------
        responses : list of `requests.Response`
        """
        names = self._names(columns, cache, offline=get_query_payload)
        _, asked = self._batches(objectids, columns=names, withupperlim=withupperlim,
                                 withcutouts=withcutouts, cutout_kind=cutout_kind)
        if get_query_payload:
            return asked
        fetch = partial(self._send_table, "objects", cache=cache)
        replies = bulk.fetch_all(asked, fetch, connections=conf.max_connections, show_progress=show_progress)
        return [reply.response for reply in replies]

    def get_cutouts(self, objectid, *, candid=None, kind=None, cache=None, get_query_payload=False):
        """The stamps of one alert, as FITS.

        Parameters
        ----------
        objectid : str
            Such as ``"ZTF21aaxtctv"``.
        candid : int or str, optional
            The alert; None: the newest of the object.
        kind : str, optional
            ``"Science"``, ``"Template"`` or ``"Difference"``; None: all three.
        cache : bool, optional
            Whether kept replies will do; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Send nothing, return what would be sent. (Without ``candid`` the newest alert is looked
            up first and added.)

        Returns
        -------
        hdus : `~astropy.io.fits.HDUList`
            A primary header that tells the alert, and the extensions ``SCIENCE``, ``TEMPLATE``,
            ``DIFFERENCE``: float32 pixels in adu, NaN where missing, with a celestial WCS that
            has the alert's position at the central pixel.

        Raises
        ------
        UnknownObjectError
            Fink has no alert of this object, or ``candid`` is not one of its alerts.
        FinkQueryError
            An argument means nothing to Fink.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer.

        Examples
        --------
        >>> hdus = fink.get_cutouts("ZTF99simsnia")
        >>> [(hdu.name, hdu.data.shape) for hdu in hdus[1:]]
        [('SCIENCE', (63, 63)), ('TEMPLATE', (63, 63)), ('DIFFERENCE', (63, 63))]
        """
        objectid = payload.object_id(objectid, self._survey)
        candid = None if candid is None else payload.alert_id(candid)
        asked = payload.cutouts(objectid, self._survey, candid=candid, kind=kind)
        if get_query_payload:
            return asked
        alert = self._alert(objectid, candid, cache)
        candid = int(alert[self._survey.alert_id])
        asked = payload.cutouts(objectid, self._survey, candid=candid, kind=kind)
        reply = self._send("cutouts", asked, cache=cache, read=read_mapping)
        return cutouts.hdulist(parse.stamps(reply.content, self._survey), alert, self._survey, json.dumps(asked))

    def get_cutouts_async(self, objectid, *, candid=None, kind=None, cache=None, get_query_payload=False):
        """As `get_cutouts`, but returns the reply with the pixels unread; nothing is looked up first.

        Returns
        -------
        response : `requests.Response`
        """
        asked = self.get_cutouts(objectid, candid=candid, kind=kind, get_query_payload=True)
        return asked if get_query_payload else self._send("cutouts", asked, cache=cache, read=read_mapping).response

    def get_images(self, objectid, *, kind=None, cache=None, get_query_payload=False):
        """The stamps of all alerts of one object, as FITS.

        Parameters
        ----------
        objectid : str
        kind : str, optional
            ``"Science"``, ``"Template"`` or ``"Difference"``; None: all three.
        cache : bool, optional
            Whether a kept reply will do; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Send nothing, return what would be sent.

        Returns
        -------
        images : list of `~astropy.io.fits.HDUList`
            One an alert, newest first, each like that of `get_cutouts`.

        Raises
        ------
        UnknownObjectError
            Fink has no alert of this object.
        FinkQueryError
            An argument means nothing to Fink.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer.

        Examples
        --------
        >>> images = fink.get_images("ZTF99simastr", kind="Difference")
        >>> images[0]["DIFFERENCE"].data.dtype
        dtype('float32')
        """
        ids = [payload.object_id(objectid, self._survey)]
        names = cutouts.header_columns(self._survey)
        asked = payload.objects(ids, self._survey, columns=names, withcutouts=True,
                                cutout_kind=payload.stamp_kind(kind, self._survey))
        if get_query_payload:
            return asked
        table = self._alerts(asked, names, cache)
        _refuse_unknown(table)
        query = json.dumps(asked)
        return [cutouts.hdulist(parse.stamps_of(row, self._survey), row, self._survey, query) for row in table]

    def get_images_async(self, objectid, *, kind=None, cache=None, get_query_payload=False):
        """As `get_images`, but returns the reply unread.

        Returns
        -------
        response : `requests.Response`
        """
        asked = self.get_images(objectid, kind=kind, get_query_payload=True)
        return asked if get_query_payload else self._send_table("objects", asked, cache=cache).response

    def list_columns(self, *, cache=None):
        """The columns that the server has.

        Parameters
        ----------
        cache : bool, optional
            Whether a kept reply will do; None: as ``astroquery.cache_conf`` says.

        Returns
        -------
        table : `~astropy.table.Table`
            ``name`` with family prefix (``i:`` of ZTF, ``d:`` of Fink's science modules, ``v:``
            computed while the server answers, ``b:`` stamps), ``type``, ``unit``, ``description``.

        Examples
        --------
        >>> table = fink.list_columns()
        >>> "i:magpsf" in table["name"]
        True
        """
        reply = self._schema(cache)
        table = parse.column_list(reply.content, self._survey)
        table.meta.update(self._meta("schema", {}, reply))
        return table

    def list_columns_async(self, *, cache=None):
        """As `list_columns`, but returns the reply unread.

        Returns
        -------
        response : `requests.Response`
        """
        return self._schema(cache).response

    def list_classes(self, *, cache=None):
        """The classes that Fink gives to alerts.

        Parameters
        ----------
        cache : bool, optional
            Whether a kept reply will do; None: as ``astroquery.cache_conf`` says.

        Returns
        -------
        table : `~astropy.table.Table`
            ``name``, and ``origin``: Fink's classifiers, or the catalogue that the name comes from.

        Examples
        --------
        >>> table = fink.list_classes()
        >>> "SN candidate" in table["name"]
        True
        """
        reply = self._send("classes", cache=cache, read=read_mapping)
        table = parse.class_list(reply.content)
        table.meta.update(self._meta("classes", {}, reply))
        return table

    def list_classes_async(self, *, cache=None):
        """As `list_classes`, but returns the reply unread.

        Returns
        -------
        response : `requests.Response`
        """
        return self._send("classes", cache=cache, read=read_mapping).response

    def _names(self, columns, cache, *, offline):
        """Full names of the columns asked for; the server's own list is asked only for a name we do not know."""
        live = tuple if offline else lambda: self.list_columns(cache=cache)["name"].tolist()
        return payload.column_names(columns, self._survey, live=live)

    def _batches(self, objectids, **options):
        ids = payload.object_ids(objectids, self._survey)
        size = 1 if options["withcutouts"] else conf.batch_size
        return ids, [payload.objects(part, self._survey, **options) for part in bulk.split(ids, size)]

    def _alerts(self, asked, names, cache, *, ordered=False):
        """The Table that answers one payload of ``objects``."""
        ids = asked["objectId"].split(",")
        reply = self._alerts_reply(asked, ids, cache)
        extra = payload.companions(asked, self._survey)
        table = parse.alerts(reply.content, self._survey, names=names, extra=extra, objectids=ids if ordered else None)
        table.meta.update(self._meta("objects", asked, reply), missing=parse.missing(reply.content, self._survey, ids))
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

    def _alert(self, objectid, candid, cache):
        """The row of one alert, the newest if none is named."""
        names = cutouts.header_columns(self._survey)
        table = self._alerts(payload.objects([objectid], self._survey, columns=names), names, cache)
        _refuse_unknown(table)
        rows = [0] if candid is None else np.flatnonzero(table[self._survey.alert_id] == candid)
        if not len(rows):
            raise UnknownObjectError(
                f"candid={candid} is no alert of {objectid}; its newest is {table[self._survey.alert_id][0]}, "
                "and query_object lists all."
            )
        return table[rows[0]]

    def _schema(self, cache):
        """The endpoint's older name is ``columns``."""
        try:
            return self._send("schema", cache=cache, read=read_mapping)
        except FinkServiceError as error:
            if error.status != 404:
                raise
        return self._send("columns", cache=cache, read=read_mapping)

    def _meta(self, endpoint, asked, reply):
        """Where a Table comes from, in values that every table format can hold."""
        return {
            "survey": self.survey,
            "server": self.server,
            "endpoint": endpoint,
            "payload": json.dumps(asked),
            "queried": Time(reply.time, format="unix").isot,
            "cached": reply.cached,
        }


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


def _refuse_unknown(table):
    for objectid in table.meta["missing"]:
        raise UnknownObjectError(f"Fink has no alert of {objectid} (asked {table.meta['server']}).", endpoint="objects")


Fink = FinkClass()
