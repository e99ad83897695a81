# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Stamps of alerts, as FITS."""

import json
from functools import partial
from itertools import chain

import numpy as np
from astropy.io.fits import HDUList

from .. import arguments, bulk, cutouts, parse, payload
from ..config import conf
from ..exceptions import FinkServiceError, UnknownObjectError
from ..query import Query, Request, alone, query, raw
from ..types import CutoutKind, ObjectId, OnError
from .light_curves import LightCurves

__all__ = ["Stamps"]


class Stamps(LightCurves):
    """Stamps of one alert, or of all alerts of an object."""

    @query
    def get_cutouts(
        self,
        objectid: ObjectId,
        *,
        candid: ObjectId | None = None,
        kind: CutoutKind | None = None,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[HDUList]:
        """The stamps of one alert, as FITS.

        Parameters
        ----------
        objectid : str or int
            Such as ``"ZTF21aaxtctv"``.
        candid : int or str, optional
            The alert (of Rubin its ``diaSourceId``); None: the newest of the object.
        kind : str, optional
            ``"Science"``, ``"Template"`` or ``"Difference"``; None: all three.
        cache : bool, optional
            Whether kept replies will do; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Send nothing, return what would be sent; of Rubin a list, one for each kind. (Without
            ``candid`` the newest alert is looked up first and added.)

        Returns
        -------
        hdus : `~astropy.io.fits.HDUList`
            A primary header that tells the alert, and the extensions ``SCIENCE``, ``TEMPLATE``,
            ``DIFFERENCE``: float32 pixels in adu, NaN where missing, with a celestial WCS that
            has the alert's position at the central pixel. Of Rubin: pixels in nJy, the WCS of the image,
            and after each kind its variance and its PSF, ``SCIENCE_VAR``, ``SCIENCE_PSF`` and so on.

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
        objectid = arguments.object_id(objectid, self._survey)
        candid = None if candid is None else arguments.alert_id(candid)
        sent = payload.cutouts(objectid, self._survey, candid=candid, kind=kind)
        run = partial(self._cutouts_of, objectid, candid, kind, cache)
        responses = partial(self._unread_cutouts, objectid, candid, kind, cache)
        return Query([self._cutout_request(one) for one in sent], run=run, responses=responses)

    get_cutouts_async = raw(get_cutouts)

    @query
    def get_images(
        self,
        objectid: ObjectId,
        *,
        kind: CutoutKind | None = None,
        on_error: OnError = "raise",
        show_progress: bool | None = None,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[list[HDUList]]:
        """The stamps of all alerts of one object, as FITS.

        There is one request for each alert, a few at once. Stamps of a given alert never change: from
        the cache, only those of new alerts are asked for.

        Parameters
        ----------
        objectid : str
        kind : str, optional
            ``"Science"``, ``"Template"`` or ``"Difference"``; None: all three.
        on_error : str, optional
            What to do where the server fails for some alerts: ``"raise"`` an error that names them in
            ``.failed``, or ``"warn"`` and return the rest.
        show_progress : bool, optional
            None: on a terminal, if there is more than one request to send.
        cache : bool, optional
            Whether kept replies will do; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Send nothing, return what would be sent, but for the ``candid`` of each alert.

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
            The server fails, or does not answer. What came is kept, if the cache is on.

        Warns
        -----
        FailedIdsWarning
            With ``on_error="warn"``, the server failed for some of the alerts, which it names.

        Examples
        --------
        >>> images = fink.get_images("ZTF99simastr", kind="Difference")
        >>> images[0]["DIFFERENCE"].data.dtype
        dtype('float32')
        """
        bulk.check_on_error(on_error)
        objectid = arguments.object_id(objectid, self._survey)
        sent = payload.cutouts(objectid, self._survey, kind=kind)
        each = partial(self._for_each_alert, objectid, on_error, show_progress, cache)
        run = partial(each, partial(self._hdulist, kind=kind, cache=cache))
        unread = partial(each, partial(self._unread_of_alert, kind=kind, cache=cache))
        responses = lambda: list(chain.from_iterable(unread()))  # noqa: E731
        return Query([self._cutout_request(one) for one in sent], run=run, responses=responses)

    get_images_async = raw(get_images)

    def _cutouts_of(self, objectid, candid, kind, cache):
        """The cutouts of one alert; None: of the newest."""
        alerts = self._alerts_of(objectid, cache)
        rows = [0] if candid is None else np.flatnonzero(alerts[self._survey.alert_id] == candid)
        if not len(rows):
            newest = f"its newest is {alerts[self._survey.alert_id][0]}; query_object lists all"
            message = f"candid={candid} is no alert of {objectid}; {newest}."
            raise UnknownObjectError(message, endpoint=self._survey.endpoint)
        return self._hdulist(alerts[rows[0]], kind, cache)

    def _unread_cutouts(self, objectid, candid, kind, cache):
        """The responses with the pixels; the newest alert is looked up where the server must be told."""
        sent = payload.cutouts(objectid, self._survey, candid=candid, kind=kind)
        if not any(key in sent[0] for key in self._survey.stamp_keys):
            candid = int(self._alerts_of(objectid, cache)[self._survey.alert_id][0])
            sent = payload.cutouts(objectid, self._survey, candid=candid, kind=kind)
        return alone([self._response(self._cutout_request(one), cache) for one in sent])

    def _alerts_of(self, objectid, cache):
        """What the headers tell of each alert of an object."""
        about = self._about_alerts(cutouts.header_columns(self._survey))
        reply = self._send(about.request([objectid]), cache=cache)
        if not len(reply.content):
            message = f"Fink has no alert of {objectid} (asked {self.server})."
            raise UnknownObjectError(message, endpoint=self._survey.endpoint)
        return reply.content

    def _for_each_alert(self, objectid, on_error, show_progress, cache, fetch):
        """What ``fetch`` makes of each alert of an object."""
        alerts = self._alerts_of(objectid, cache)
        return bulk.gather(
            list(alerts),
            partial(fetch, budget=self._budget(len(alerts))),
            [[candid] for candid in alerts[self._survey.alert_id].tolist()],
            on_error=on_error,
            connections=conf.max_connections,
            show_progress=show_progress,
        )

    def _hdulist(self, alert, kind, cache, budget=None):
        """The HDUList of one alert."""
        requests = self._requests_of(alert, kind)
        replies = [self._send(request, cache=cache, budget=budget) for request in requests]
        if not any(reply.size for reply in replies):
            raise replies[0].question.error(FinkServiceError, "Fink has no cutouts of this alert")
        images = {kind: hdus for reply in replies for kind, hdus in reply.content.items()}
        sent = alone([reply.question.payload for reply in replies])
        return cutouts.hdulist(images, alert, self._survey, json.dumps(sent))

    def _unread_of_alert(self, alert, kind, cache, budget):
        return [self._response(request, cache, budget) for request in self._requests_of(alert, kind)]

    def _requests_of(self, alert, kind):
        objectid, candid = alert[self._survey.object_id], int(alert[self._survey.alert_id])
        sent = payload.cutouts(objectid, self._survey, candid=candid, kind=kind)
        images = partial(cutouts.images, alert=alert, survey=self._survey)
        return [self._cutout_request(one, images) for one in sent]

    def _cutout_request(self, sent, images=None):
        """The request for the cutouts of one alert; ``images`` makes FITS images of what was sent."""
        decode = partial(parse.stamps_of, kind=sent["kind"], survey=self._survey)
        return Request("cutouts", sent, decode=decode, parse=images or dict)
