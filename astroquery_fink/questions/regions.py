# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The objects around positions."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from astropy.table import Column, Table

from .. import arguments, bulk, parse, payload
from ..config import conf
from ..exceptions import FinkQueryError
from ..places import positions, radius_arcsec
from ..query import Query, Request, query, raw
from ..surveys import Survey
from ..types import Angle, ColumnNames, Coordinates, OnError, TimeLike
from ..wire import Columns
from .asking import merged
from .found import Found

__all__ = ["Regions"]

_ROUNDING = 1.001


class Regions(Found):
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
        coordinates : `~astropy.coordinates.SkyCoord` or str
            Text in degrees or sexagesimal (ICRS), or a name that Sesame resolves. A SkyCoord array
            asks for a cone around each position.
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
            There is no object; the table is empty.

        Examples
        --------
        >>> from astropy.coordinates import SkyCoord
        >>> alert = fink.query_object("ZTF99simsnia", columns="ra,dec")[0]
        >>> table = fink.query_region(SkyCoord(alert["i:ra"], alert["i:dec"], unit="deg"), "5 arcsec")
        >>> table["i:objectId"].tolist()
        ['ZTF99simsnia']
        """
        bulk.check_on_error(on_error)
        places = positions(coordinates)
        if not places.isscalar and not len(places):
            raise FinkQueryError("coordinates is empty: give at least one position.")
        bounds = {"start": start, "stop": stop, "window": window}
        names = self._region_columns(columns, cache, offline=get_query_payload)
        arcsec = radius_arcsec(radius, payload.MAX_RADIUS)
        cones = _Cones(self._survey, arcsec, names, bounds)
        if places.isscalar:
            return Query([cones.request(places)], finish=self._found)
        requests = [cones.request(place) for place in places]
        gather = partial(self._gather_cones, requests, on_error, show_progress)
        run = partial(self._all_cones, requests, gather, cones, cache)
        responses = partial(gather, partial(self._response, cache=cache))
        return Query(requests, run=run, responses=responses, many=True)

    query_region_async = raw(query_region)

    def _region_columns(self, columns, cache, *, offline):
        """As of a full row, but that nothing is computed except the distance, which always comes."""

        def stored(names):
            return [name for name in names if not name.startswith("v:")]

        known = stored(self._survey.table("conesearch"))
        known = list(dict.fromkeys([*known, *self._survey.region_columns]))
        live = tuple if offline else lambda: stored(self._live_names(cache))
        names = arguments.column_names(columns, self._survey, known=known, live=live)
        return names if names is None else stored(names)

    def _gather_cones(self, requests, on_error, show_progress, send):
        """What ``send`` makes of each request; those that the server failed for are left out."""
        budget = self._budget(len(requests))
        return bulk.gather(
            requests,
            lambda request: send(request, budget=budget),
            [[number] for number in range(len(requests))],
            on_error=on_error,
            connections=conf.max_connections,
            show_progress=show_progress,
        )

    def _all_cones(self, requests, gather, cones, cache):
        """One Table of many cones, whose first column tells which; an empty one where the server failed."""
        numbers = {id(request): number for number, request in enumerate(requests)}

        def table_of(request, budget):
            reply = self._send(request, cache=cache, budget=budget)
            return numbers[id(request)], self._signed(reply.content, reply)

        found = gather(table_of)
        tables = [_numbered(table, number) for number, table in found]
        whole = bulk.merge(tables or [_numbered(cones.table(Columns({}, 0)), 0)])
        metas = [table.meta for table in tables]
        first = metas[0]["payload"] if metas else "all of which failed"
        whole.meta.update(
            self._origin("conesearch") | merged(metas),
            payload=f"{len(requests)} cones, the first: {first}",
            failed=sorted(set(numbers.values()) - {number for number, _ in found}),
        )
        return self._warned(whole)


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
        asked = payload.conesearch(place, self.arcsec, self.survey, columns=self.names, **self.bounds)
        return Request("conesearch", asked, parse=self.table)

    def table(self, columns):
        """The objects around one position, nearest first."""
        separation = self.survey.separation
        wanted = None if self.names is None else [*self.names, separation]
        default = self.survey.region_columns
        table = parse.rows(columns, self.survey, wanted, default=default, endpoint="conesearch")
        farthest = np.max(np.ma.filled(np.ma.asarray(table[separation]), 0), initial=0) * 3600
        if farthest > self.arcsec * _ROUNDING:
            raise ValueError("for another request: it has objects outside the cone")
        before = payload.first_seen_before(self.survey, **self.bounds)
        if before is not None:
            table = table[self._first_seen(columns) < before]
        table.sort(separation)
        return table

    def _first_seen(self, columns):
        """When each object was first seen, infinity where that is not known."""
        first = parse.rows(columns, self.survey, [self.survey.first_seen])[self.survey.first_seen]
        return np.ma.filled(np.ma.asarray(first), np.inf)
