# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Cutouts of alerts, as FITS."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, Final

import numpy as np
import requests
from astropy.io.fits import HDUList
from astropy.table import Row, Table

from ..arguments.choices import checked_kind
from ..arguments.ids import alert_id, object_id
from ..arguments.types import (
    CutoutKind,
    ObjectId,
    OnError,
    Payload,
)
from ..batch import check_on_error, gather
from ..client import Client
from ..config import conf
from ..exceptions import FinkServiceError, UnknownObjectError
from ..http.retry import Budget
from ..query import (
    Query,
    Request,
    one_or_list,
    query,
    raw,
)
from ..surveys import Survey
from ..tables.build import decode_cutouts
from ..tables.cutouts import hdulist, header_columns, images
from .object_requests import alert_requests

__all__ = ["AlertCutouts"]


class AlertCutouts(Client):
    """Cutouts of one alert, or of all alerts of an object."""

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
        """Get the cutouts of one alert, as FITS.

        Parameters
        ----------
        objectid : str or int
            For example ``"ZTF21aaxtctv"``.
        candid : int or str, optional
            Id of the alert (for Rubin its ``diaSourceId``); None: the newest alert of the object.
        kind : str, optional
            ``"Science"``, ``"Template"`` or ``"Difference"``; None: all three.
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Return the payload instead of sending the request. For Rubin it is a list of payloads, one for
            each kind. Without ``candid`` it lacks the id of the newest alert, which is looked up before the
            request is sent.

        Returns
        -------
        hdus : `~astropy.io.fits.HDUList`
            A primary header that identifies the alert, and the extensions ``SCIENCE``, ``TEMPLATE`` and
            ``DIFFERENCE``: float32 pixels in adu, NaN where missing, with a celestial WCS that places the
            alert at the central pixel. For Rubin: pixels in nJy, the WCS of the image, and after each kind
            its variance and its PSF, as ``SCIENCE_VAR``, ``SCIENCE_PSF`` and so on.

        Raises
        ------
        UnknownObjectError
            Fink has no alert of this object, or ``candid`` is not one of its alerts.
        FinkQueryError
            An argument is invalid.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond.

        Examples
        --------
        >>> hdus = fink.get_cutouts("ZTF99simsnia")
        >>> [(hdu.name, hdu.data.shape) for hdu in hdus[1:]]
        [('SCIENCE', (63, 63)), ('TEMPLATE', (63, 63)), ('DIFFERENCE', (63, 63))]
        """
        cutouts = _ObjectCutouts(self, object_id(objectid, self._survey), kind, cache)
        number = None if candid is None else alert_id(candid)
        run = partial(cutouts.of_alert, number)
        responses = partial(cutouts.responses_of_alert, number)
        return Query(cutouts.requests_for(number), run=run, responses=responses)

    get_cutouts_async: Final = raw(get_cutouts)

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
        """Get the cutouts of all alerts of one object, as FITS.

        There is one request for each alert, and a few are sent at once. The cutouts of an alert never change:
        with the cache active, a second call requests only those of new alerts.

        Parameters
        ----------
        objectid : str or int
            For example ``"ZTF21aaxtctv"``.
        kind : str, optional
            ``"Science"``, ``"Template"`` or ``"Difference"``; None: all three.
        on_error : str, optional
            What to do if the server fails for some alerts: ``"raise"`` an error that names them in
            ``.failed``, or ``"warn"`` and return the others.
        show_progress : bool, optional
            Whether to show a progress bar; None: on a terminal or in a notebook, if there is more than one
            request.
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Return the payload instead of sending the request. It lacks the ``candid`` of each alert.

        Returns
        -------
        images : list of `~astropy.io.fits.HDUList`
            One per alert, newest first, each as `get_cutouts` returns it.

        Raises
        ------
        UnknownObjectError
            Fink has no alert of this object.
        FinkQueryError
            An argument is invalid.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond. Responses received before are in the cache if that is
            active.

        Warns
        -----
        FailedIdsWarning
            With ``on_error="warn"``: the server failed for some alerts, which the message names.

        Examples
        --------
        >>> images = fink.get_images("ZTF99simastr", kind="Difference")
        >>> images[0]["DIFFERENCE"].data.dtype
        dtype('float32')
        """
        check_on_error(on_error)
        cutouts = _ObjectCutouts(self, object_id(objectid, self._survey), kind, cache)
        run = partial(cutouts.of_all_alerts, on_error, show_progress)
        responses = partial(cutouts.responses_of_all, on_error, show_progress)
        return Query(cutouts.requests_for(None), run=run, responses=responses)

    get_images_async: Final = raw(get_images)


def _cutout_payloads(
    objectid: str | int, survey: Survey, candid: int | None, kind: str | None
) -> list[Payload]:
    """One payload for each request; without ``candid``, they are for the newest alert."""
    kind = checked_kind(kind, survey)
    known = {survey.service.id_argument: objectid, survey.service.alert_argument: candid}
    ids = {key: str(known[key]) for key in survey.cutouts.keys if known[key] is not None}
    return [
        ids | {"kind": one, "output-format": survey.cutouts.format}
        for one in ([kind] if kind else survey.cutouts.requests)
    ]


@dataclass(frozen=True)
class _ObjectCutouts:
    """The cutouts of an object's alerts."""

    client: Client
    objectid: str | int
    kind: str | None
    cache: bool | None

    def requests_for(self, candid: int | None, alert: Row | None = None) -> list[Request]:
        """The requests for one alert; its row is needed for the FITS headers only."""
        survey = self.client._survey
        parse = partial(images, alert=alert, survey=survey) if alert is not None else dict
        return [
            Request(
                "cutouts",
                payload,
                partial(decode_cutouts, kind=payload["kind"], survey=survey),
                parse,
                own_connection=survey.cutouts.format == "array",  # an array, unlike a file, has no position
            )
            for payload in _cutout_payloads(self.objectid, survey, candid, self.kind)
        ]

    def of_alert(self, candid: int | None) -> HDUList:
        """The cutouts of one alert; None: of the newest."""
        survey, alerts = self.client._survey, self._alerts()
        ids = alerts[survey.columns.alert_id]
        rows = [0] if candid is None else np.flatnonzero(ids == candid)
        if not len(rows):
            newest = f"its newest alert is {ids[0]}; query_object returns all"
            message = f"candid={candid} is not an alert of {self.objectid}; {newest}."
            raise UnknownObjectError(message, endpoint=survey.service.endpoint)
        return self._hdulist(alerts[rows[0]])

    def responses_of_alert(self, candid: int | None) -> requests.Response | list[requests.Response]:
        """The raw responses for one alert; None: for the newest."""
        survey = self.client._survey
        if candid is None and survey.service.id_argument not in survey.cutouts.keys:
            candid = int(self._alerts()[survey.columns.alert_id][0])
        return one_or_list(
            [self.client._response(request, self.cache) for request in self.requests_for(candid)]
        )

    def of_all_alerts(self, on_error: OnError, show_progress: bool | None) -> list[HDUList]:
        """The cutouts of all alerts, newest first."""
        return self._for_each_alert(self._hdulist, on_error, show_progress)

    def responses_of_all(self, on_error: OnError, show_progress: bool | None) -> list[requests.Response]:
        """The raw responses with the pixels of all alerts."""

        def responses(alert: Row, budget: Budget) -> list[requests.Response]:
            return [self.client._response(one, self.cache, budget) for one in self._requests_for_row(alert)]

        return list(chain.from_iterable(self._for_each_alert(responses, on_error, show_progress)))

    def _alerts(self) -> Table:
        """The alerts of the object, newest first, with the columns that the headers need."""
        survey = self.client._survey
        request = alert_requests(self.client, header_columns(survey)).request([self.objectid])
        alerts = self.client._send(request, cache=self.cache).content
        if not len(alerts):
            message = f"Fink has no alert of {self.objectid} (server: {self.client.server})."
            raise UnknownObjectError(message, endpoint=survey.service.endpoint)
        return alerts

    def _for_each_alert(
        self, fetch: Callable[..., Any], on_error: OnError, show_progress: bool | None
    ) -> list[Any]:
        """Call ``fetch(alert, budget=...)`` for each alert of the object, a few at once."""
        alerts = self._alerts()
        return gather(
            list(alerts),
            partial(fetch, budget=self.client._budget(len(alerts))),
            [[candid] for candid in alerts[self.client._survey.columns.alert_id].tolist()],
            on_error=on_error,
            connections=conf.max_connections,
            show_progress=show_progress,
        )

    def _requests_for_row(self, alert: Row) -> list[Request]:
        return self.requests_for(int(alert[self.client._survey.columns.alert_id]), alert)

    def _hdulist(self, alert: Row, budget: Budget | None = None) -> HDUList:
        responses = [
            self.client._send(request, cache=self.cache, budget=budget)
            for request in self._requests_for_row(alert)
        ]
        if not any(response.size for response in responses):
            raise responses[0].request.error(FinkServiceError, "Fink has no cutouts of this alert")
        kinds = {kind: hdus for response in responses for kind, hdus in response.content.items()}
        payload = one_or_list([response.request.payload for response in responses])
        return hdulist(kinds, alert, self.client._survey, json.dumps(payload))
