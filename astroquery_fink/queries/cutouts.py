# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Stamps of alerts, as FITS."""

import json
from dataclasses import dataclass
from functools import partial
from itertools import chain

import numpy as np
from astropy.io.fits import HDUList

from ..arguments.choices import checked_kind
from ..arguments.ids import alert_id, object_id
from ..arguments.types import CutoutKind, ObjectId, OnError
from ..batch import check_on_error, gather
from ..client import Client
from ..config import conf
from ..exceptions import FinkServiceError, UnknownObjectError
from ..query import (
    Query,
    Request,
    one_or_list,
    query,
    raw,
)
from ..tables.build import decode_cutouts
from ..tables.cutouts import hdulist, header_columns, images
from .object_requests import alert_requests

__all__ = ["AlertCutouts", "cutout_payloads"]


class AlertCutouts(Client):
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
        objectid = object_id(objectid, self._survey)
        candid = None if candid is None else alert_id(candid)
        of_object = _Cutouts(self, objectid, kind, cache)
        run = partial(of_object.of_alert, candid)
        responses = partial(of_object.unread, candid)
        return Query(of_object.requests(candid), run=run, responses=responses)

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
        check_on_error(on_error)
        of_object = _Cutouts(self, object_id(objectid, self._survey), kind, cache)
        run = partial(of_object.of_all, on_error, show_progress)
        responses = partial(of_object.all_unread, on_error, show_progress)
        return Query(of_object.requests(None), run=run, responses=responses)

    get_images_async = raw(get_images)


@dataclass(frozen=True)
class _Cutouts:
    """The cutouts of an object's alerts."""

    client: Client
    objectid: str | int
    kind: str | None
    cache: bool | None

    def requests(self, candid, alert=None):
        """The requests for one alert; ``alert`` is its row, of which the headers are made."""
        survey = self.client._survey
        parse = partial(images, alert=alert, survey=survey) if alert is not None else dict
        return [
            Request(
                "cutouts",
                sent,
                partial(decode_cutouts, kind=sent["kind"], survey=survey),
                parse,
                own_connection=survey.cutouts.format == "array",  # a file has its position, an array has not
            )
            for sent in cutout_payloads(self.objectid, survey, candid=candid, kind=self.kind)
        ]

    def of_alert(self, candid):
        """The cutouts of one alert; None: of the newest."""
        survey, alerts = self.client._survey, self._alerts()
        rows = [0] if candid is None else np.flatnonzero(alerts[survey.columns.alert_id] == candid)
        if not len(rows):
            newest = f"its newest is {alerts[survey.columns.alert_id][0]}; query_object lists all"
            message = f"candid={candid} is no alert of {self.objectid}; {newest}."
            raise UnknownObjectError(message, endpoint=survey.service.endpoint)
        return self._hdulist(alerts[rows[0]])

    def unread(self, candid):
        """The responses with the pixels; the newest alert is looked up where the server must be told."""
        survey = self.client._survey
        if candid is None and survey.service.id_argument not in survey.cutouts.keys:
            candid = int(self._alerts()[survey.columns.alert_id][0])
        return one_or_list([self.client._response(request, self.cache) for request in self.requests(candid)])

    def of_all(self, on_error, show_progress):
        """The cutouts of all alerts, newest first."""
        return self._for_each_alert(self._hdulist, on_error, show_progress)

    def all_unread(self, on_error, show_progress):
        """The responses for all alerts."""

        def unread(alert, budget):
            return [self.client._response(one, self.cache, budget) for one in self._requests_of(alert)]

        return list(chain.from_iterable(self._for_each_alert(unread, on_error, show_progress)))

    def _alerts(self):
        """What the headers tell of each alert of the object."""
        survey = self.client._survey
        about = alert_requests(self.client, header_columns(survey))
        alerts = self.client._send(about.request([self.objectid]), cache=self.cache).content
        if not len(alerts):
            message = f"Fink has no alert of {self.objectid} (asked {self.client.server})."
            raise UnknownObjectError(message, endpoint=survey.service.endpoint)
        return alerts

    def _for_each_alert(self, fetch, on_error, show_progress):
        """What ``fetch`` makes of each alert of the object."""
        alerts = self._alerts()
        return gather(
            list(alerts),
            partial(fetch, budget=self.client._budget(len(alerts))),
            [[candid] for candid in alerts[self.client._survey.columns.alert_id].tolist()],
            on_error=on_error,
            connections=conf.max_connections,
            show_progress=show_progress,
        )

    def _requests_of(self, alert):
        return self.requests(int(alert[self.client._survey.columns.alert_id]), alert)

    def _hdulist(self, alert, budget=None):
        """The HDUList of one alert."""
        requests = self._requests_of(alert)
        responses = [self.client._send(request, cache=self.cache, budget=budget) for request in requests]
        if not any(response.size for response in responses):
            raise responses[0].request.error(FinkServiceError, "Fink has no cutouts of this alert")
        kinds = {kind: hdus for response in responses for kind, hdus in response.content.items()}
        sent = one_or_list([response.request.payload for response in responses])
        return hdulist(kinds, alert, self.client._survey, json.dumps(sent))


def cutout_payloads(objectid, survey, *, candid=None, kind=None):
    """The questions for the stamps of one alert.

    Parameters
    ----------
    objectid : str or int
    survey : `~astroquery_fink.surveys.Survey`
    candid : int or None
        None: the newest alert; a survey whose stamps are known by the alert alone looks it up first.
    kind : str or None
        None: all kinds.

    Returns
    -------
    payloads : list of dict
        One for each of the survey's ``stamp_questions``.
    """
    kind = checked_kind(kind, survey)
    known = {survey.service.id_argument: objectid, survey.service.alert_argument: candid}
    ids = {key: str(known[key]) for key in survey.cutouts.keys if known[key] is not None}
    return [
        ids | {"kind": one, "output-format": survey.cutouts.format}
        for one in ([kind] if kind else survey.cutouts.requests)
    ]
