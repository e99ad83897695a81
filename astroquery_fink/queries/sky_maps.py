# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Objects in the region of a gravitational-wave event."""

import json
from functools import partial
from numbers import Real
from typing import Any, Final

import numpy as np
from astropy.table import Table

from ..arguments.sky_maps import event_name, shortened, upload_text
from ..arguments.text import text_of
from ..arguments.types import Payload, SkyMap
from ..client import Client
from ..exceptions import FinkQueryError
from ..http.retry import Response
from ..http.server_messages import server_message
from ..messages import shown
from ..query import (
    Query,
    Request,
    query,
    raw,
    table_of,
)
from ..surveys import Survey
from ..tables.build import rows
from ..tables.decode import Columns, read_rows
from .alert_table import python_values, warn_if_empty
from .payload import drop_unset, table_format

__all__ = ["SkyMaps"]

_MOST_DAYS = {"days_before": 7, "days_after": 14}


class SkyMaps(Client):
    """Searches in the regions of gravitational-wave events."""

    @query
    def query_skymap(
        self,
        source: SkyMap,
        *,
        credible_level: float,
        days_before: float = 1,
        days_after: float = 6,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table]:
        """Search for objects first detected around a gravitational-wave event.

        They lie in the region of its sky map, and their first detection is within days of its time.

        Parameters
        ----------
        source : str, `~pathlib.Path`, bytes, or `~astropy.io.fits.HDUList`
            An event of GraceDB, such as ``"S230709bi"``, whose sky map the server fetches; or a sky map,
            gzipped or not, multi-order (``UNIQ``, ``PROBDENSITY``) or flat (``PROB``). A sky map must have
            the time of the event (``DATE-OBS``). A multi-order map is converted here to a flat one, at most
            of nside 512, which needs ``astropy-healpix``; the server searches in pixels of nside 128.
        credible_level : float
            Between 0 and 1: the region is the smallest that contains the event with this probability.
        days_before : float, optional
            Beginning of the time range, in days before the event; at most 7.
        days_after : float, optional
            End of the time range, in days; at most 14. ZTF's server counts them from the beginning of the
            time range. Rubin's server ignores both limits; there they are applied here, and both are counted
            from the event.
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Return the payload instead of sending the request.

        Returns
        -------
        table : `~astropy.table.Table`
            One row per object, that of its newest alert, newest first. ``v:jdstartgw`` is the time of the
            event (for Rubin ``v:startgwMjdTai``). ``meta["payload"]`` has the length and the SHA-256 of a
            sky map instead of the map.

        Raises
        ------
        FinkQueryError
            An argument is invalid, the source is not a sky map, the map is longer than
            ``conf.max_upload_size``, or GraceDB has no map of the event.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond.

        Warns
        -----
        NoResultsWarning
            No object matches; the table is empty.

        Examples
        --------
        >>> table = fink.query_skymap("S990220sim", credible_level=0.5)
        >>> len(table) > 0, table["v:jdstartgw"].unit
        (True, Unit("d"))
        """
        days = {"days_before": days_before, "days_after": days_after}
        payload = _skymap_payload(source, self._survey, credible_level=credible_level, days=days)
        parse = partial(_objects_or_message, survey=self._survey, days=days)
        return Query([Request("skymap", payload, _read_objects, parse)], finish=_table_or_error)

    query_skymap_async: Final = raw(query_skymap)


def _skymap_payload(
    source: SkyMap, survey: Survey, *, credible_level: float, days: dict[str, float]
) -> Payload:
    credible_level = _credible_level(credible_level)
    before, after = [_days(value, argument) for argument, value in days.items()]
    event = event_name(source)
    return drop_unset(
        {
            "event_name": event,
            "bayestar": upload_text(source) if event is None else None,
            "credible_level": credible_level,
            **({"n_day_before": before, "n_day_after": after} if survey.service.applies_days else {}),
            "output-format": table_format(),
        }
    )


def _credible_level(value: float) -> float:
    number = _is_number(value)
    if not number or not 0 < value < 1:
        percent = f"; {value} percent is {value / 100:g}" if number and 1 <= value < 100 else ""
        raise FinkQueryError(f"credible_level={shown(value)} is not between 0 and 1{percent}.")
    return float(value)


def _days(value: float, argument: str) -> float:
    most = _MOST_DAYS[argument]
    if not _is_number(value) or not 0 <= value <= most:
        raise FinkQueryError(f"{argument}={shown(value)} is not a number of days from 0 to {most}.")
    return value if isinstance(value, int) else float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _read_objects(body: bytes) -> Columns:
    """The columns; no rows, so not cached, if they hold a message about GraceDB."""
    columns = read_rows(body)
    return Columns(columns, 0) if "status" in columns else columns


def _objects_or_message(columns: Columns, survey: Survey, days: dict[str, float]) -> Table | str:
    """The Table, or the server's message if GraceDB has no sky map of the event."""
    if "status" in columns:
        message = next(iter(python_values(columns["status"])), "")
        return server_message(text_of(message).encode())
    table = _newest_first(columns, survey)
    if survey.service.applies_days:
        return table
    return _first_row_per_object(_around_event(table, survey, **days), survey)


def _newest_first(columns: Columns, survey: Survey) -> Table:
    times = rows(columns, survey, [survey.columns.time])[survey.columns.time]
    order = np.argsort(-np.ma.filled(times, np.nan), kind="stable")
    default = [name for name in survey.cone.columns if name != survey.cone.separation]
    default = [*default, survey.columns.event_time]
    return rows(columns, survey, default=default, order=order, endpoint="conesearch")


def _around_event(table: Table, survey: Survey, days_before: float, days_after: float) -> Table:
    """The objects that were first detected within these days around the event."""
    since = np.ma.asarray(table[survey.columns.first_seen]) - np.ma.asarray(table[survey.columns.event_time])
    return table[np.ma.filled((since >= -days_before) & (since <= days_after), False)]


def _first_row_per_object(table: Table, survey: Survey) -> Table:
    _, first = np.unique(np.asarray(table[survey.columns.object_id]), return_index=True)
    return table[np.sort(first)]


def _table_or_error(responses: list[Response]) -> Table:
    """The Table, or `FinkQueryError` if the server has no sky map of the event."""
    (response,) = responses
    if isinstance(response.content, str):
        what = f"the server could not get the sky map of this event from GraceDB: {response.content}"
        raise response.request.error(FinkQueryError, what, status=200, reason=response.content)
    table = table_of(responses)
    table.meta["payload"] = json.dumps(shortened(response.request.payload or {}))
    return warn_if_empty(table)
