# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The objects around positions."""

from dataclasses import dataclass
from numbers import Real

import astropy.units as u
import numpy as np
from astropy.table import Column, Table
from astropy.time import Time

from ..arguments.columns import full_names
from ..arguments.coordinates import positions, radius_arcsec
from ..arguments.coverage import warn_if_outside
from ..arguments.times import iso, time_range
from ..arguments.types import (
    Angle,
    ColumnNames,
    Coordinates,
    OnError,
    TimeLike,
)
from ..batch import check_on_error, gather, merge
from ..client import Client
from ..config import conf
from ..exceptions import FinkQueryError
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
from ..tables.decode import Columns
from .object_requests import merged_meta
from .payload import columns_to_send, given, table_format
from .schema import live_names
from .search import found, warned

__all__ = ["MAX_RADIUS", "Regions", "conesearch_payload", "first_seen_before"]

MAX_RADIUS = 18000.0  # arcsec

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
        columns: ColumnNames | None = None,
        on_error: OnError = "raise",
        show_progress: bool | None = None,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table]:
        """The objects around a position, or around many.

        Parameters
        ----------
        coordinates : `~astropy.coordinates.SkyCoord`, str, `~astropy.table.Table` or list
            Text in degrees or sexagesimal (ICRS), or a name that Sesame resolves. A SkyCoord array, a list,
            or a Table with columns such as ``ra`` and ``dec`` asks for a cone around each position.
        radius : `~astropy.units.Quantity` or str
            At most 5 degrees; text with a unit, such as ``"5 arcsec"``.
        start, stop : `~astropy.time.Time`, `~datetime.datetime` or str, optional
            Bounds of the *first* detection of an object. Without a time zone, UTC (Rubin's server is
            asked in TAI).
        window : float, optional
            Days after ``start``, in place of ``stop``.
        columns : str or list of str, optional
            Names, with family prefix or without; ``v:`` columns cannot be asked for here. None: ZTF's
            server gives a selection of 14, Rubin's all that are not empty.
        on_error : str, optional
            For many positions, what to do where the server fails for some: ``"raise"`` or ``"warn"``.
        show_progress : bool, optional
            None: on a terminal, if there is more than one position.
        cache : bool, optional
            Whether a kept reply will do; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Send nothing, return what would be sent; for many positions, a list.

        Returns
        -------
        table : `~astropy.table.Table`
            One row an object, that of its newest alert, nearest first, with ``v:separation_degree``. For
            many positions there is a first column ``index``: the place of the position in ``coordinates``;
            ``meta["failed"]`` has the places for which the server failed.

        Raises
        ------
        FinkQueryError
            An argument means nothing to Fink.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer.

        Warns
        -----
        NoResultsWarning
            There is no object; the table is empty. Or the survey certainly sees no such declination.

        Examples
        --------
        >>> from astropy.coordinates import SkyCoord
        >>> alert = fink.query_object("ZTF99simsnia", columns="ra,dec")[0]
        >>> table = fink.query_region(SkyCoord(alert["i:ra"], alert["i:dec"], unit="deg"), "5 arcsec")
        >>> table["i:objectId"].tolist()
        ['ZTF99simsnia']
        """
        check_on_error(on_error)
        places = positions(coordinates)
        if not places.isscalar and not len(places):
            raise FinkQueryError("coordinates is empty: give at least one position.")
        bounds = {"start": start, "stop": stop, "window": window}
        names = _region_columns(self, columns, cache, offline=get_query_payload)
        arcsec = radius_arcsec(radius, MAX_RADIUS)
        cones = _Cones(self._survey, arcsec, names, bounds)
        warn_if_outside(places, arcsec, self._survey)
        if places.isscalar:
            return Query([cones.request(places)], finish=found)
        requests = [cones.request(place) for place in places]
        many = _ManyCones(self, cones, requests, on_error, show_progress, cache)
        return Query(requests, run=many.table, responses=many.unread, many=True)

    query_region_async = raw(query_region)


def _region_columns(client, columns, cache, *, offline):
    """As of a full row, but that nothing is computed except the distance, which always comes."""

    def stored(names):
        return [name for name in names if not name.startswith("v:")]

    survey = client._survey
    known = list(dict.fromkeys([*stored(survey.table("conesearch")), *survey.cone.columns]))
    live = tuple if offline else lambda: stored(live_names(client, cache))
    names = full_names(columns, survey, known=known, live=live)
    return names if names is None else stored(names)


@dataclass(frozen=True)
class _ManyCones:
    """Cones around several positions, a few at once."""

    client: Client
    cones: "_Cones"
    requests: list[Request]
    on_error: str
    show_progress: bool | None
    cache: bool | None

    def unread(self):
        """The responses; those that the server failed for are left out."""
        return self._gather(lambda _, request, budget: self.client._response(request, self.cache, budget))

    def table(self):
        """One Table, whose first column tells which cone; an empty one where the server failed."""

        def numbered(number, request, budget):
            response = self.client._send(request, cache=self.cache, budget=budget)
            return number, _numbered(table_of([response]), number)

        found = dict(self._gather(numbered))
        tables = list(found.values())
        whole = merge(tables or [_numbered(self.cones.table(Columns({}, 0)), 0)])
        first = tables[0].meta["payload"] if tables else "all of which failed"
        whole.meta.update(
            self.client._origin("conesearch") | merged_meta([table.meta for table in tables]),
            payload=f"{len(self.requests)} cones, the first: {first}",
            failed=[number for number in range(len(self.requests)) if number not in found],
        )
        return warned(whole)

    def _gather(self, send):
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


def _numbered(table, number):
    """The Table with a first column that tells the position."""
    about = "number of the position among those given, from 0"
    table.add_column(Column(np.full(len(table), number), name="index", description=about), index=0)
    return table


@dataclass(frozen=True)
class _Cones:
    """What is asked about whatever position."""

    survey: Survey
    arcsec: float
    names: list | None
    bounds: dict

    def request(self, place):
        asked = conesearch_payload(place, self.arcsec, self.survey, columns=self.names, **self.bounds)
        return Request("conesearch", asked, parse=self.table)

    def table(self, columns):
        """The objects around one position, nearest first."""
        separation = self.survey.cone.separation
        wanted = None if self.names is None else [*self.names, separation]
        default = self.survey.cone.columns
        table = rows(columns, self.survey, wanted, default=default, endpoint="conesearch")
        farthest = np.max(np.ma.filled(np.ma.asarray(table[separation]), 0), initial=0) * 3600
        if farthest > self.arcsec * _ROUNDING:
            raise ValueError("for another request: it has objects outside the cone")
        before = first_seen_before(self.survey, **self.bounds)
        if before is not None:
            table = table[self._first_seen(columns) < before]
        table.sort(separation)
        return table

    def _first_seen(self, columns):
        """When each object was first seen, infinity where that is not known."""
        first = rows(columns, self.survey, [self.survey.columns.first_seen])[self.survey.columns.first_seen]
        return np.ma.filled(np.ma.asarray(first), np.inf)


def conesearch_payload(place, arcsec, survey, *, start=None, stop=None, window=None, columns=None):
    """The question for the objects around one position.

    Parameters
    ----------
    place : `~astropy.coordinates.SkyCoord`
        Scalar, ICRS.
    arcsec : float
        The radius.
    survey : `~astroquery_fink.surveys.Survey`
    start, stop : `~astropy.time.Time`, datetime or str, optional
    window : float, optional
        Days after ``start``, in place of ``stop``.
    columns : list of str, or None

    Returns
    -------
    payload : dict
        With the highest limit that the server heeds: it counts the alerts, not the objects, of each
        pixel of its index, before it looks at the distance.
    """
    start, stop = time_range(start, stop)
    window = _window(window, start, stop)
    if survey.cone.bounds_last:  # and not the first detection, which is looked at when the rows are here
        stop = window = None
    if start is None and stop is not None:
        start = Time(survey.begin)  # the server heeds an end only beside a beginning
    return given(
        {
            "ra": float(place.ra.deg),
            "dec": float(place.dec.deg),
            "radius": arcsec,
            "n": survey.service.scan_limit,
            "startdate": iso(start, survey.time_scale),
            "stopdate": iso(stop, survey.time_scale),
            "window": window,
            "columns": columns_to_send(columns, survey, *survey.cone.required),
            "output-format": table_format(),
        }
    )


def _window(days, start, stop):
    if days is None:
        return None
    if start is None or stop is not None:
        raise FinkQueryError(f"window={shown(days)} goes with start, in place of stop.")
    if isinstance(days, bool) or not isinstance(days, Real) or not 0 < days < float("inf"):
        raise FinkQueryError(f"window={shown(days)} is no number of days.")
    return days if isinstance(days, int) else float(days)


def first_seen_before(survey, start, stop, window):
    """Until when an object of a cone may be first seen, where the server cannot be told.

    Parameters
    ----------
    survey : `~astroquery_fink.surveys.Survey`
    start, stop : `~astropy.time.Time`, datetime or str, or None
    window : float or None

    Returns
    -------
    moment : float, or None
        As the survey writes times; None: it may be at any time, or the server sees to it.
    """
    start, stop = time_range(start, stop)
    window = _window(window, start, stop)
    if not survey.cone.bounds_last:
        return None
    end = stop if window is None else start + window * u.day
    return None if end is None else getattr(end, survey.time_scale).to_value(survey.time_format)
