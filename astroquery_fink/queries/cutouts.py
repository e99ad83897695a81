# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Cutouts of alerts, as FITS."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, Final

import requests
from astropy.io.fits import HDUList
from astropy.table import Row, Table

from ..arguments.alerts import Alert, alerts_of_table
from ..arguments.choices import checked_kind
from ..arguments.ids import alert_id, object_id
from ..arguments.text import is_many
from ..arguments.types import (
    CutoutKind,
    ObjectId,
    OnError,
)
from ..batch import check_on_error, gather
from ..client import Client
from ..config import conf
from ..exceptions import (
    FinkError,
    FinkQueryError,
    FinkServiceError,
    UnknownObjectError,
)
from ..http.retry import Budget
from ..messages import is_tabular, shown
from ..query import (
    Query,
    Request,
    one_or_list,
    query,
    raw,
)
from ..surveys import Survey
from ..tables.build import decode_cutouts
from ..tables.cutouts import alert_columns, has_position, hdulist, header_columns, images
from .object_requests import alert_requests

__all__ = ["AlertCutouts"]


class AlertCutouts(Client):
    """Cutouts of one alert, or of all alerts of an object."""

    @query
    def get_cutouts(
        self,
        objectid: ObjectId | Row | None = None,
        *,
        candid: ObjectId | None = None,
        kind: CutoutKind | None = None,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[HDUList]:
        """Get the cutouts of one alert, as FITS.

        Parameters
        ----------
        objectid : str, int or `~astropy.table.Row`, optional
            For example ``"ZTF21aaxtctv"``, or a row of any Table of alerts. None, for Rubin only: ``candid``
            alone identifies the alert.
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

            The primary header of a Row has what the Row has. That of ``candid`` alone has the id of the
            alert, and its position as the images give it; nothing else is known: no time, band or flux.

        Raises
        ------
        UnknownObjectError
            Fink has no alert of this object, or no alert with the id ``candid``, or it is of another object.
        FinkQueryError
            An argument is invalid.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond.

        Examples
        --------
        >>> hdus = Fink.get_cutouts("ZTF99simsnia")
        >>> [(hdu.name, hdu.data.shape) for hdu in hdus[1:]]
        [('SCIENCE', (63, 63)), ('TEMPLATE', (63, 63)), ('DIFFERENCE', (63, 63))]

        The alerts of asteroids belong to no object of Rubin:

        >>> newest = FinkLSST.query_sso(9900001)[0]
        >>> FinkLSST.get_cutouts(newest)[0].header["SSONAME"]
        'Simulatedalpha'
        """
        cutouts = _Cutouts(self, kind, cache)
        if objectid is None or isinstance(objectid, Row):
            alert = _known_alert(objectid, candid, self._survey)
            run, responses = partial(cutouts.hdulist, alert), partial(cutouts.responses, alert)
            return Query(cutouts.requests_for(alert), run=run, responses=lambda: one_or_list(responses()))
        found = _ObjectCutouts(cutouts, _object_id(objectid, self._survey))
        number = None if candid is None else alert_id(candid)
        run, responses = partial(found.of_alert, number), partial(found.responses_of_alert, number)
        return Query(cutouts.requests_for(found.ids(number)), run=run, responses=responses)

    get_cutouts_async: Final = raw(get_cutouts)

    @query
    def get_images(
        self,
        objectid: ObjectId | Table | Row,
        *,
        kind: CutoutKind | None = None,
        on_error: OnError = "raise",
        show_progress: bool | None = None,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[list[HDUList]]:
        """Get the cutouts of all alerts of one object, or of a Table, as FITS.

        There is one request for each alert, and a few are sent at once. The cutouts of an alert never change:
        with the cache active, a second call requests only those of new alerts.

        Parameters
        ----------
        objectid : str, int, `~astropy.table.Table` or `~astropy.table.Row`
            For example ``"ZTF21aaxtctv"``, or a Table of alerts, as `query_sso`, `query_region` and the other
            queries return it. The Table must have the columns of alert ids and, for ZTF, of object ids.
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
            Return the payload instead of sending the request. That of an object lacks the ``candid`` of each
            alert; for a Table it is a list.

        Returns
        -------
        images : list of `~astropy.io.fits.HDUList`
            One per alert, each as `get_cutouts` returns it: newest first for an object, and for a Table
            in its order, with a primary header of what the Table has.

        Raises
        ------
        UnknownObjectError
            Fink has no alert of this object.
        FinkQueryError
            An argument is invalid, or a Table has no alert ids.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond. Responses received before are in the cache if that is
            active.

        Warns
        -----
        FailedIdsWarning
            With ``on_error="warn"``: the server failed for some alerts, which the message names.
        InputWarning
            Rows of the Table without an alert id, such as upper limits, were left out.

        Examples
        --------
        >>> images = Fink.get_images("ZTF99simastr", kind="Difference")
        >>> images[0]["DIFFERENCE"].data.dtype
        dtype('float32')

        Of an asteroid, for which Rubin has no object id:

        >>> images = FinkLSST.get_images(FinkLSST.query_sso(9900001)[:2], kind="Science")
        >>> [hdus[0].header["SSONAME"] for hdus in images]
        ['Simulatedalpha', 'Simulatedalpha']
        """
        check_on_error(on_error)
        cutouts, options = _Cutouts(self, kind, cache), (on_error, show_progress)
        if isinstance(objectid, (Table, Row)):
            alerts = alerts_of_table(objectid, alert_columns(self._survey), self._survey)
            sent = [request for alert in alerts for request in cutouts.requests_for(alert)]
            run = partial(cutouts.all_hdulists, alerts, *options)
            responses = partial(cutouts.all_responses, alerts, *options)
            return Query(sent, run=run, responses=responses, many=True)
        found = _ObjectCutouts(cutouts, _object_id(objectid, self._survey))
        run = partial(found.of_all_alerts, *options)
        responses = partial(found.responses_of_all, *options)
        return Query(cutouts.requests_for(found.ids(None)), run=run, responses=responses)

    get_images_async: Final = raw(get_images)


def _object_id(value: Any, survey: Survey) -> str | int:
    """Check an object id; several objects and other kinds of tables are refused with the remedy."""
    if is_tabular(value) or is_many(value):
        remedy = "get_images takes one object or an astropy Table of alerts, get_cutouts one object or a Row"
        raise FinkQueryError(f"objectid={shown(value)} is not a single id: {remedy}.")
    return object_id(value, survey)


def _known_alert(row: Row | None, candid: ObjectId | None, survey: Survey) -> Alert:
    """The alert of a Row, or the one that ``candid`` alone identifies."""
    if row is not None:
        if candid is not None:
            raise FinkQueryError(
                f"candid={shown(candid)}: the Row given as objectid has the alert id already."
            )
        return alerts_of_table(row, alert_columns(survey), survey)[0]
    needs_object = survey.service.id_argument in survey.cutouts.keys
    if candid is None or needs_object:
        alternative = "" if needs_object else ", candid"
        raise FinkQueryError(
            f"objectid=None, candid={shown(candid)}: give an object id of {survey.title} "
            f"({survey.ids.description}){alternative} or a Row of a Table of alerts."
        )
    return {survey.columns.alert_id: alert_id(candid)}


def _no_cutouts(alert: Alert, survey: Survey) -> tuple[type[FinkError], str]:
    """The error for an alert without cutouts; if nothing but its id is known, it may not exist."""
    if survey.columns.time in alert:
        return FinkServiceError, "Fink has no cutouts of this alert"
    number = alert[survey.columns.alert_id]
    return UnknownObjectError, f"Fink has no cutouts of an alert {number}: check the id"


@dataclass(frozen=True)
class _Cutouts:
    """Cutouts of alerts with known ids."""

    client: Client
    kind: CutoutKind | None
    cache: bool | None

    def requests_for(self, alert: Alert) -> list[Request]:
        """One request for each kind that is sent by itself; without an alert id, for the newest alert."""
        survey = self.client._survey
        kind = checked_kind(self.kind, survey)
        ids = {key: str(alert[name]) for key, name in survey.cutouts.keys.items() if name in alert}
        return [
            self._request(ids | {"kind": one, "output-format": survey.cutouts.format}, alert)
            for one in ([kind] if kind else survey.cutouts.requests)
        ]

    def _request(self, payload: dict[str, Any], alert: Alert) -> Request:
        survey = self.client._survey
        has_proof = survey.cutouts.format == "FITS" and has_position(alert, survey)
        return Request(
            "cutouts",
            payload,
            partial(decode_cutouts, kind=payload["kind"], survey=survey),
            partial(images, alert=alert, survey=survey),
            own_connection=not has_proof,  # an array has no position; that of a file must be one to compare
        )

    def hdulist(self, alert: Alert, budget: Budget | None = None) -> HDUList:
        """The cutouts of one alert."""
        survey = self.client._survey
        responses = [
            self.client._send(request, cache=self.cache, budget=budget)
            for request in self.requests_for(alert)
        ]
        if not any(response.size for response in responses):
            raise responses[0].request.error(*_no_cutouts(alert, survey))
        kinds = {kind: hdus for response in responses for kind, hdus in response.content.items()}
        payload = one_or_list([response.request.payload for response in responses])
        return hdulist(kinds, alert, survey, json.dumps(payload))

    def responses(self, alert: Alert, budget: Budget | None = None) -> list[requests.Response]:
        """The raw responses with the pixels of one alert."""
        return [self.client._response(one, self.cache, budget) for one in self.requests_for(alert)]

    def all_hdulists(
        self, alerts: list[Alert], on_error: OnError, show_progress: bool | None
    ) -> list[HDUList]:
        """The cutouts of several alerts."""
        return self._for_each(alerts, self.hdulist, on_error, show_progress)

    def all_responses(
        self, alerts: list[Alert], on_error: OnError, show_progress: bool | None
    ) -> list[requests.Response]:
        """The raw responses with the pixels of several alerts."""
        return list(chain.from_iterable(self._for_each(alerts, self.responses, on_error, show_progress)))

    def _for_each(
        self, alerts: list[Alert], fetch: Callable[..., Any], on_error: OnError, show_progress: bool | None
    ) -> list[Any]:
        """Call ``fetch(alert, budget=...)`` for each alert, a few at once."""
        return gather(
            alerts,
            partial(fetch, budget=self.client._budget(len(alerts))),
            [[alert[self.client._survey.columns.alert_id]] for alert in alerts],
            on_error=on_error,
            connections=conf.max_connections,
            show_progress=show_progress,
        )


@dataclass(frozen=True)
class _ObjectCutouts:
    """Cutouts of the alerts of an object, which are looked up for the headers."""

    cutouts: _Cutouts
    objectid: str | int

    def ids(self, candid: int | None) -> Alert:
        """What is known of an alert before the alerts of the object are looked up."""
        columns = self.cutouts.client._survey.columns
        ids: Alert = {columns.object_id: self.objectid}
        return ids if candid is None else ids | {columns.alert_id: candid}

    def of_alert(self, candid: int | None) -> HDUList:
        """The cutouts of one alert; None: of the newest."""
        survey, alerts = self.cutouts.client._survey, self._alerts()
        ids = [alert[survey.columns.alert_id] for alert in alerts]
        if candid is not None and candid not in ids:
            newest = f"its newest alert is {ids[0]}; query_object returns all"
            message = f"candid={candid} is not an alert of {self.objectid}; {newest}."
            raise UnknownObjectError(message, endpoint=survey.service.endpoint)
        return self.cutouts.hdulist(alerts[0 if candid is None else ids.index(candid)])

    def responses_of_alert(self, candid: int | None) -> requests.Response | list[requests.Response]:
        """The raw responses for one alert; None: for the newest."""
        survey = self.cutouts.client._survey
        if candid is None and survey.service.id_argument not in survey.cutouts.keys:
            candid = self._alerts()[0][survey.columns.alert_id]
        return one_or_list(self.cutouts.responses(self.ids(candid)))

    def of_all_alerts(self, on_error: OnError, show_progress: bool | None) -> list[HDUList]:
        """The cutouts of all alerts, newest first."""
        return self.cutouts.all_hdulists(self._alerts(), on_error, show_progress)

    def responses_of_all(self, on_error: OnError, show_progress: bool | None) -> list[requests.Response]:
        """The raw responses with the pixels of all alerts."""
        return self.cutouts.all_responses(self._alerts(), on_error, show_progress)

    def _alerts(self) -> list[Alert]:
        """The alerts of the object, newest first, with the columns that the headers need."""
        client, names = self.cutouts.client, header_columns(self.cutouts.client._survey)
        request = alert_requests(client, names).request([self.objectid])
        alerts = client._send(request, cache=self.cutouts.cache).content
        if not len(alerts):
            message = f"Fink has no alert of {self.objectid} (server: {client.server})."
            raise UnknownObjectError(message, endpoint=client._survey.service.endpoint)
        return alerts_of_table(alerts, names, client._survey)
