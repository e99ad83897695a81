# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Stamps of alerts, as FITS."""

import json
from functools import partial

import numpy as np

from .. import arguments, bulk, cutouts, parse, payload
from ..config import conf
from ..exceptions import FinkServiceError, UnknownObjectError
from .asking import alone
from .light_curves import LightCurves

__all__ = ["Stamps"]


class Stamps(LightCurves):
    """Stamps of one alert, or of all alerts of an object."""

    def get_cutouts(self, objectid, *, candid=None, kind=None, cache=None, get_query_payload=False):
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
        asked = payload.cutouts(objectid, self._survey, candid=candid, kind=kind)
        if get_query_payload:
            return alone(asked)
        alerts = self._alerts_of(objectid, cache)
        rows = [0] if candid is None else np.flatnonzero(alerts[self._survey.alert_id] == candid)
        if not len(rows):
            newest = alerts[self._survey.alert_id][0]
            raise UnknownObjectError(
                f"candid={candid} is no alert of {objectid}; its newest is {newest}; query_object lists all.",
                endpoint=self._survey.endpoint,
            )
        return self._stamps_of(alerts[rows[0]], kind, cache)

    def get_cutouts_async(self, objectid, *, candid=None, kind=None, cache=None, get_query_payload=False):
        """As `get_cutouts`, but returns the reply with the pixels unread.

        Returns
        -------
        response : `requests.Response` or list of `requests.Response`
            Of Rubin one for each kind. The newest alert is looked up first where the server must be told
            which it is, as Rubin's; ``candid`` is taken at its word.
        """
        objectid = arguments.object_id(objectid, self._survey)
        candid = None if candid is None else arguments.alert_id(candid)
        asked = payload.cutouts(objectid, self._survey, candid=candid, kind=kind)
        if get_query_payload:
            return alone(asked)
        if not any(key in asked[0] for key in self._survey.stamp_keys):
            candid = int(self._alerts_of(objectid, cache)[self._survey.alert_id][0])
            asked = payload.cutouts(objectid, self._survey, candid=candid, kind=kind)
        return alone([self._send_cutouts(one, cache).response for one in asked])

    def get_images(
        self,
        objectid,
        *,
        kind=None,
        on_error="raise",
        show_progress=None,
        cache=None,
        get_query_payload=False,
    ):
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
        asked = payload.cutouts(objectid, self._survey, kind=kind)
        if get_query_payload:
            return alone(asked)
        alerts = self._alerts_of(objectid, cache)
        fetch = partial(self._stamps_of, kind=kind, cache=cache, budget=self._budget(len(alerts)))
        return self._for_each(alerts, fetch, on_error, show_progress)

    def get_images_async(
        self,
        objectid,
        *,
        kind=None,
        on_error="raise",
        show_progress=None,
        cache=None,
        get_query_payload=False,
    ):
        """As `get_images`, but returns the replies unread.

        Returns
        -------
        responses : list of `requests.Response`
        """
        bulk.check_on_error(on_error)
        objectid = arguments.object_id(objectid, self._survey)
        asked = payload.cutouts(objectid, self._survey, kind=kind)
        if get_query_payload:
            return alone(asked)
        alerts = self._alerts_of(objectid, cache)
        fetch = partial(self._stamps_replies, kind=kind, cache=cache, budget=self._budget(len(alerts)))
        found = self._for_each(alerts, fetch, on_error, show_progress)
        return [reply.response for replies in found for reply in replies]

    def _alerts_of(self, objectid, cache):
        """What the headers tell of each alert of an object."""
        question = self._about_alerts(cutouts.header_columns(self._survey), False, False, None)
        table = self._table([objectid], question, cache)
        if table.meta["missing"]:
            message = f"Fink has no alert of {objectid} (asked {self.server})."
            raise UnknownObjectError(message, endpoint=self._survey.endpoint)
        return table

    def _for_each(self, alerts, fetch, on_error, show_progress):
        """What ``fetch`` makes of each alert."""
        return bulk.gather(
            list(alerts),
            fetch,
            [[candid] for candid in alerts[self._survey.alert_id].tolist()],
            on_error=on_error,
            connections=conf.max_connections,
            show_progress=show_progress,
        )

    def _stamps_of(self, alert, kind, cache, budget=None):
        """The HDUList of one alert."""
        replies = self._stamps_replies(alert, kind, cache, budget)
        stamps = {kind: sent for reply in replies for kind, sent in reply.content.items()}
        asked = alone([reply.question.payload for reply in replies])
        return cutouts.hdulist(stamps, alert, self._survey, json.dumps(asked))

    def _stamps_replies(self, alert, kind, cache, budget=None):
        objectid, candid = alert[self._survey.object_id], int(alert[self._survey.alert_id])
        asked = payload.cutouts(objectid, self._survey, candid=candid, kind=kind)
        replies = [self._send_cutouts(one, cache, budget) for one in asked]
        if not any(reply.content for reply in replies):
            raise replies[0].question.error(FinkServiceError, "Fink has no stamps of this alert")
        return replies

    def _send_cutouts(self, asked, cache, budget=None):
        read = partial(parse.stamps_of, kind=asked["kind"], survey=self._survey)
        return self._send("cutouts", asked, cache=cache, read=read, budget=budget)
