# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Cone searches around one or many positions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import requests
from astropy.coordinates import SkyCoord
from astropy.table import Column, Table

from ..arguments.columns import full_names
from ..arguments.coordinates import positions, radius_arcsec
from ..arguments.survey_limits import warn_if_outside
from ..arguments.types import (
    Angle,
    ColumnNames,
    ConeTimes,
    Coordinates,
    OnError,
    Payload,
    TimeLike,
)
from ..batch import check_on_error, gather, merge
from ..client import Client
from ..config import conf
from ..exceptions import FinkQueryError
from ..http.retry import Budget
from ..query import (
    Query,
    Request,
    query,
    raw,
    table_of,
)
from ..surveys import Survey
from ..tables.build import rows
from ..tables.decode import Columns
from .alert_table import single_table, warn_if_empty
from .cone_times import ConeTimeRange, cone_time_range
from .object_requests import merged_meta
from .payload import columns_to_send, drop_unset, is_computed, table_format
from .schema import server_columns
from .service import require_version

__all__ = ["Regions"]

_MAX_RADIUS = 18000.0  # arcsec
_ROUNDING = 1.001


class Regions(Client):
    """Cone searches."""

    @query
    def query_region(
        self,
        coordinates: Coordinates,
        radius: Angle,
        *,
        start: TimeLike | None = None,
        stop: TimeLike | None = None,
        window: float | None = None,
        kind: ConeTimes | None = None,
        columns: ColumnNames | None = None,
        on_error: OnError = "raise",
        show_progress: bool | None = None,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table]:
        """Search for the objects around one or many positions.

        Parameters
        ----------
        coordinates : `~astropy.coordinates.SkyCoord`, str, `~astropy.table.Table` or list
            A str in degrees or sexagesimal (ICRS), or a name that Sesame resolves. A SkyCoord array, a list,
            or a Table with columns such as ``ra`` and ``dec`` requests a cone around each position.
        radius : `~astropy.units.Quantity` or str
            At most 5 degrees; a str with a unit, such as ``"5 arcsec"``.
        start, stop : `~astropy.time.Time`, `~datetime.datetime` or str, optional
            Time range, both ends included. For ZTF it bounds the *first* detection of an object; for Rubin,
            see ``kind``. Times without a time zone are UTC (the request has them in TAI for Rubin).
        window : float, optional
            Length of the time range in days after ``start``, instead of ``stop``.
        kind : str, optional
            How the time range is meant, for Rubin only; it is refused without a time range. ``"within"``: the
            object varied only in the range, that is, its first detection is not before ``start``, its newest
            not after ``stop``. ``"across"``: it may have varied before and after, too, that is, its newest
            detection is not before ``start``, its first not after ``stop``. None: ``"within"``.
        columns : str or list of str, optional
            Names of columns, with or without family prefix; see `list_columns`. ``v:`` columns cannot be
            requested here. None: for ZTF a selection of 14, for Rubin all that are not empty.
        on_error : str, optional
            What to do if the server fails for some of many positions: ``"raise"`` an error that has their
            indices in ``.failed``, or ``"warn"`` and return the other rows.
        show_progress : bool, optional
            Whether to show a progress bar; None: on a terminal or in a notebook, if there is more than one
            request.
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Return the payload instead of sending the request. For many positions it is a list.

        Returns
        -------
        table : `~astropy.table.Table`
            One row per object, that of its newest alert, nearest first, with ``v:separation_degree``. With
            ``kind="across"`` that alert may be after ``stop``. For many positions, the first column ``index``
            is the index of the position in ``coordinates``, and ``meta["failed"]`` lists the indices for
            which the server failed.

        Raises
        ------
        FinkQueryError
            An argument is invalid, or the server is too old for ``kind="across"``.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond.

        Warns
        -----
        InputWarning
            With ``kind="across"``: the version of the server is unknown; before 3.7.0 it ignores ``kind``.
        NoResultsWarning
            No object matches; the table is empty. Or the survey does not observe the declination of a
            position.
        FailedIdsWarning
            With ``on_error="warn"``: the server failed for some positions, whose indices the message has.

        Examples
        --------
        >>> from astropy.coordinates import SkyCoord
        >>> alert = fink.query_object("ZTF99simsnia", columns="ra,dec")[0]
        >>> table = fink.query_region(SkyCoord(alert["i:ra"], alert["i:dec"], unit="deg"), "5 arcsec")
        >>> table["i:objectId"].tolist()
        ['ZTF99simsnia']
        """
        check_on_error(on_error)
        centers = positions(coordinates)
        if not centers.isscalar and not len(centers):
            raise FinkQueryError("coordinates is empty: give at least one position.")
        names = _cone_columns(self, columns, cache, offline=get_query_payload)
        arcsec = radius_arcsec(radius, _MAX_RADIUS)
        times = cone_time_range(self._survey, start, stop, window, kind)
        if times.version and not get_query_payload:
            _require_kind(self, times, cache)
        cones = _Cones(self._survey, arcsec, names, times)
        warn_if_outside(centers, arcsec, self._survey)
        if centers.isscalar:
            return Query([cones.request(centers)], finish=single_table)
        requests = [cones.request(center) for center in centers]
        search = _ManyCones(self, cones, requests, on_error, show_progress, cache)
        return Query(requests, run=search.table, responses=search.responses, many=True)

    query_region_async: Final = raw(query_region)


def _cone_columns(
    client: Client, columns: ColumnNames | None, cache: bool | None, *, offline: bool
) -> list[str] | None:
    """Full names of columns, without the computed ones (``v:``)."""
    survey = client._survey
    known = list(dict.fromkeys([*_stored(survey.table("conesearch")), *survey.cone.columns]))
    live = tuple if offline else lambda: _stored(server_columns(client, cache))
    names = full_names(columns, survey, known=known, live=live)
    return names if names is None else _stored(names)


def _stored(names: list[str]) -> list[str]:
    return [name for name in names if not is_computed(name)]


def _require_kind(client: Client, times: ConeTimeRange, cache: bool | None) -> None:
    """Refuse a kind of time range that an older server would ignore."""
    remedy = f"Search without a time range, and select by {' and '.join(times.columns)}."
    require_version(client, times.version, f"kind={times.kind!r}", remedy, cache)


@dataclass(frozen=True)
class _Cones:
    """Cone searches that differ in their position only.

    Parameters
    ----------
    survey : `~astroquery_fink.surveys.Survey`
    arcsec : float
        The radius.
    names : list of str, or None
        The columns of the Table, without the distance; None: the server's selection.
    times : `ConeTimeRange`
    """

    survey: Survey
    arcsec: float
    names: list[str] | None
    times: ConeTimeRange

    def request(self, center: SkyCoord) -> Request:
        return Request("conesearch", self._payload(center), parse=self.table)

    def _payload(self, center: SkyCoord) -> Payload:
        """The payload, with the highest ``n`` that the server accepts.

        The server applies ``n`` to the alerts (not the objects) of each pixel of its index, before it
        computes distances.
        """
        return drop_unset(
            {
                "ra": float(center.ra.deg),
                "dec": float(center.dec.deg),
                "radius": self.arcsec,
                "n": self.survey.service.scan_limit,
                **self.times.payload,
                "columns": columns_to_send(self.names, self.survey, *self.survey.cone.required),
                "output-format": table_format(),
            }
        )

    def table(self, columns: Columns) -> Table:
        """The objects around one position, nearest first."""
        separation, default = self.survey.cone.separation, self.survey.cone.columns
        names = None if self.names is None else [*self.names, separation]
        table = rows(columns, self.survey, names, default=default, endpoint="conesearch")
        farthest = np.max(np.ma.filled(np.ma.asarray(table[separation]), 0), initial=0) * 3600
        if farthest > self.arcsec * _ROUNDING:
            raise ValueError("for another request: it has objects outside the cone")
        table = table[self.times.includes(columns)]
        table.sort(separation)
        return table


@dataclass(frozen=True)
class _ManyCones:
    """Cone searches around many positions, a few at once."""

    client: Client
    cones: _Cones
    requests: list[Request]
    on_error: OnError
    show_progress: bool | None
    cache: bool | None

    def responses(self) -> "list[requests.Response]":
        """The raw responses, without those for which the server failed."""
        return self._gather(lambda _, request, budget: self.client._response(request, self.cache, budget))

    def table(self) -> Table:
        """One Table of all cones; an empty one if the server failed for all."""
        found = dict(self._gather(self._numbered_table))
        tables = list(found.values())
        table = merge(tables or [_with_index(self.cones.table(Columns({}, 0)), 0)])
        first = tables[0].meta["payload"] if tables else "all of which failed"
        table.meta.update(
            self.client._origin("conesearch") | merged_meta([one.meta for one in tables]),
            payload=f"{len(self.requests)} cones, the first: {first}",
            failed=[number for number in range(len(self.requests)) if number not in found],
        )
        return warn_if_empty(table)

    def _numbered_table(self, number: int, request: Request, budget: Budget) -> tuple[int, Table]:
        response = self.client._send(request, cache=self.cache, budget=budget)
        return number, _with_index(table_of([response]), number)

    def _gather(self, send: Callable[[int, Request, Budget], Any]) -> list[Any]:
        numbers = range(len(self.requests))
        budget = self.client._budget(len(self.requests))
        return gather(
            numbers,
            lambda number: send(number, self.requests[number], budget),
            [[number] for number in numbers],
            on_error=self.on_error,
            connections=conf.max_connections,
            show_progress=self.show_progress,
        )


def _with_index(table: Table, number: int) -> Table:
    """The Table with the index of its position as first column."""
    description = "number of the position among those given, from 0"
    attributes = {"name": "index", "description": description, "meta": {"ucd": "meta.number"}}
    table.add_column(Column(np.full(len(table), number), **attributes), index=0)
    return table
