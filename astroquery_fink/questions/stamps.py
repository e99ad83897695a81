# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Stamps of alerts, as FITS."""

import json

import numpy as np

from .. import cutouts, parse, payload
from ..exceptions import FinkServiceError, UnknownObjectError
from ..wire import read_mapping
from .light_curves import LightCurves

__all__ = ["Stamps"]


class Stamps(LightCurves):
    """Stamps of one alert, or of all alerts of an object."""

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
        arrays = self._send_cutouts(asked, cache).content
        if not arrays:
            raise FinkServiceError(f"Fink has no stamps of alert {candid} of {objectid}.", endpoint="cutouts")
        return cutouts.hdulist(arrays, alert, self._survey, json.dumps(asked))

    def get_cutouts_async(self, objectid, *, candid=None, kind=None, cache=None, get_query_payload=False):
        """As `get_cutouts`, but returns the reply with the pixels unread; nothing is looked up first.

        Returns
        -------
        response : `requests.Response`
        """
        asked = self.get_cutouts(objectid, candid=candid, kind=kind, get_query_payload=True)
        return asked if get_query_payload else self._send_cutouts(asked, cache).response

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
        asked = payload.objects(
            ids,
            self._survey,
            columns=names,
            withcutouts=True,
            cutout_kind=payload.stamp_kind(kind, self._survey),
        )
        if get_query_payload:
            return asked
        table = self._alerts(asked, names, cache)
        _refuse_unknown(table)
        query = json.dumps(asked)
        return [
            cutouts.hdulist(parse.stamps_of(row, self._survey), row, self._survey, query) for row in table
        ]

    def get_images_async(self, objectid, *, kind=None, cache=None, get_query_payload=False):
        """As `get_images`, but returns the reply unread.

        Returns
        -------
        response : `requests.Response`
        """
        asked = self.get_images(objectid, kind=kind, get_query_payload=True)
        return asked if get_query_payload else self._send_table("objects", asked, cache=cache).response

    def _alert(self, objectid, candid, cache):
        """The row of one alert, the newest if none is named."""
        names = cutouts.header_columns(self._survey)
        table = self._alerts(payload.objects([objectid], self._survey, columns=names), names, cache)
        _refuse_unknown(table)
        rows = [0] if candid is None else np.flatnonzero(table[self._survey.alert_id] == candid)
        if not len(rows):
            newest = table[self._survey.alert_id][0]
            raise UnknownObjectError(
                f"candid={candid} is no alert of {objectid}; its newest is {newest}; query_object lists all."
            )
        return table[rows[0]]

    def _send_cutouts(self, asked, cache):
        return self._send(
            "cutouts",
            asked,
            cache=cache,
            read=lambda body: parse.stamps(read_mapping(body, list), self._survey),
        )


def _refuse_unknown(table):
    for objectid in table.meta["missing"]:
        raise UnknownObjectError(
            f"Fink has no alert of {objectid} (asked {table.meta['server']}).", endpoint="objects"
        )
