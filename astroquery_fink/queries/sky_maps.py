# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Objects in the region of a gravitational-wave event."""

import json
from functools import partial
from typing import Final

import numpy as np
from astropy.table import Table

from ..arguments.sky_map_upload import shortened
from ..arguments.text import text_of
from ..arguments.types import SkyMap, TimeLike
from ..client import Client
from ..exceptions import FinkQueryError
from ..http.retry import Response
from ..http.server_messages import server_message
from ..query import Query, Request, query, raw, table_of
from ..surveys import Survey
from ..tables.build import rows
from ..tables.decode import Columns, read_rows
from .alert_table import newest_per_object, python_values, warn_if_empty
from .payload import drop_unset, table_format
from .sky_map_sources import SkyRegion, days_of, sky_region

__all__ = ["SkyMaps"]


class SkyMaps(Client):
    """Searches in the regions of gravitational-wave events."""

    @query
    def query_skymap(
        self,
        source: SkyMap,
        *,
        credible_level: float | None = None,
        event_time: TimeLike | None = None,
        days_before: float = 1,
        days_after: float = 6,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table]:
        """Search for objects first detected around a gravitational-wave event.

        They lie in the region of its sky map, or in a MOC, and their first detection is within days of its
        time.

        Parameters
        ----------
        source : str, `~pathlib.Path`, bytes, `~astropy.io.fits.HDUList` or `mocpy.MOC`
            An event of GraceDB, such as ``"S230709bi"``, whose sky map the server fetches; or a sky map,
            gzipped or not, multi-order (``UNIQ``, ``PROBDENSITY``) or flat (``PROB``); or the region itself
            as a MOC. The server searches in pixels of nside 128, and a multi-order map is converted here to a
            flat one, at most of nside 512. Maps need ``astropy-healpix``.
        credible_level : float
            Between 0 and 1: the region is the smallest that contains the event with this probability. Needed
            for events and maps, refused for a MOC.
        event_time : `~astropy.time.Time`, `~datetime.datetime` or str
            The time of the event, in UTC if it has no time zone. Needed for a MOC, and for a map without
            ``DATE-OBS`` in its header; refused for other sources.
        days_before : float, optional
            Beginning of the time range, in days before the event; at most 7.
        days_after : float, optional
            End of the time range, in days; at most 14. ZTF's server counts them from the beginning of the
            time range, and leaves out objects that it detected again later than this after the first time.
            Rubin's server ignores both limits; there they are applied here, and both are counted from the
            event.
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Return the payload instead of sending the request.

        Returns
        -------
        table : `~astropy.table.Table`
            The newest alert of each object, newest first. ``v:jdstartgw`` is the time of the
            event (for Rubin ``v:startgwMjdTai``). ``meta["payload"]`` has the length and the SHA-256 of a
            sky map instead of the map. If a map was given, ``credible_level`` is the probability of the
            smallest region that contains the position, by the cells of the map itself. If the map has
            distances (``DISTMU``, ``DISTSIGMA``), ``distance_mean`` and ``distance_std`` are those along the
            line of sight, in Mpc [1]_. Rows outside a MOC are left out; ``meta`` has ``moc_order`` and
            ``moc_sky_fraction``.

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

        References
        ----------
        .. [1] Singer et al. 2016, ApJ Letters 829, L15: "Going the Distance".

        Examples
        --------
        >>> table = Fink.query_skymap("S990220sim", credible_level=0.5)
        >>> len(table) > 0, table["v:jdstartgw"].unit
        (True, Unit("d"))
        """
        days = days_of(days_before, days_after)
        region = sky_region(source, credible_level, event_time)
        before, after = days.values()
        counted = {"n_day_before": before, "n_day_after": after} if self._survey.service.applies_days else {}
        payload = drop_unset({**region.payload, **counted, "output-format": table_format()})
        parse = partial(_objects_or_message, survey=self._survey, days=days, region=region)
        return Query([Request("skymap", payload, _read_objects, parse)], finish=_table_or_error)

    query_skymap_async: Final = raw(query_skymap)


def _read_objects(body: bytes) -> Columns:
    """The columns; no rows, so not cached, if they hold a message about GraceDB."""
    columns = read_rows(body)
    return Columns(columns, 0) if "status" in columns else columns


def _objects_or_message(
    columns: Columns, survey: Survey, days: dict[str, float], region: SkyRegion
) -> Table | str:
    """The Table, or the server's message if GraceDB has no sky map of the event."""
    if "status" in columns:
        message = next(iter(python_values(columns["status"])), "")
        return server_message(text_of(message).encode())
    table = _newest_first(columns, survey)
    if not survey.service.applies_days:
        table = newest_per_object(_around_event(table, survey, **days), survey)
    return region.finished(table, survey)


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


def _table_or_error(responses: list[Response]) -> Table:
    """The Table, or `FinkQueryError` if the server has no sky map of the event."""
    (response,) = responses
    if isinstance(response.content, str):
        what = f"the server could not get the sky map of this event from GraceDB: {response.content}"
        raise response.request.error(FinkQueryError, what, status=200, reason=response.content)
    table = table_of(responses)
    table.meta["payload"] = json.dumps(shortened(response.request.payload or {}))
    return warn_if_empty(table)
