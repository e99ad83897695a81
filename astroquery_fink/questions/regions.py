# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The objects around positions."""

from functools import partial

import numpy as np
from astropy.table import Column

from .. import arguments, bulk, parse, payload
from ..config import conf
from ..exceptions import FinkQueryError
from ..places import positions, radius_arcsec
from ..wire import Columns
from .found import Found

__all__ = ["Regions"]


class Regions(Found):
    """Cone searches."""

    def query_region(
        self,
        coordinates,
        radius,
        *,
        start=None,
        stop=None,
        window=None,
        columns=None,
        on_error="raise",
        show_progress=None,
        cache=None,
        get_query_payload=False,
    ):
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
        bounds = {"start": start, "stop": stop, "window": window}
        places, ask, names = self._cones(coordinates, radius, columns, cache, get_query_payload, **bounds)
        if get_query_payload:
            return ask(places) if places.isscalar else [ask(place) for place in places]
        before = payload.first_seen_before(self._survey, **bounds)
        fetch = partial(self._cone, ask=ask, names=names, before=before, cache=cache)
        if places.isscalar:
            return self._warned(fetch(places))
        fetch = partial(fetch, budget=self._budget(places.size))
        tables = self._gather_cones(places, fetch, on_error, show_progress)
        return self._warned(self._whole_of_cones(tables, places.size, names))

    def query_region_async(
        self,
        coordinates,
        radius,
        *,
        start=None,
        stop=None,
        window=None,
        columns=None,
        on_error="raise",
        show_progress=None,
        cache=None,
        get_query_payload=False,
    ):
        """As `query_region`, but returns the reply unread; for many positions, a list.

        Returns
        -------
        response : `requests.Response` or list of `requests.Response`
        """
        bulk.check_on_error(on_error)
        places, ask, _ = self._cones(
            coordinates, radius, columns, cache, get_query_payload, start=start, stop=stop, window=window
        )
        if get_query_payload:
            return ask(places) if places.isscalar else [ask(place) for place in places]
        fetch = partial(self._send_cone, ask=ask, cache=cache, budget=self._budget(places.size))
        if places.isscalar:
            return fetch(places).response
        return [reply.response for _, reply in self._gather_cones(places, fetch, on_error, show_progress)]

    def _cones(self, coordinates, radius, columns, cache, offline, **bounds):
        """The positions, what makes the payload for one of them, the columns wanted."""
        places = positions(coordinates)
        if not places.isscalar and not len(places):
            raise FinkQueryError("coordinates is empty: give at least one position.")
        names = self._region_columns(columns, cache, offline=offline)
        arcsec = radius_arcsec(radius, payload.MAX_RADIUS)

        def ask(place):
            return payload.conesearch(place, arcsec, self._survey, columns=names, **bounds)

        return places, ask, names

    def _region_columns(self, columns, cache, *, offline):
        """As of a full row, but that nothing is computed except the distance, which always comes."""

        def stored(names):
            return [name for name in names if not name.startswith("v:")]

        known = stored(self._survey.table("conesearch"))
        known = list(dict.fromkeys([*known, *self._survey.region_columns]))
        live = tuple if offline else lambda: stored(self._live_names(cache))
        names = arguments.column_names(columns, self._survey, known=known, live=live)
        return names if names is None else stored(names)

    def _send_cone(self, place, ask, cache, budget=None):
        return self._send("conesearch", ask(place), cache=cache, budget=budget)

    def _cone(self, place, ask, names, before, cache, budget=None):
        """The objects around one position, nearest first."""
        reply = self._send_cone(place, ask, cache, budget)
        table = self._cone_table(reply.content, names)
        if before is not None:
            table = table[self._first_seen(reply.content) < before]
        table.sort(self._survey.separation)
        return self._signed(table, reply)

    def _first_seen(self, columns):
        """When each object was first seen, infinity where that is not known."""
        first = parse.rows(columns, self._survey, [self._survey.first_seen])[self._survey.first_seen]
        return np.ma.filled(np.ma.asarray(first), np.inf)

    def _cone_table(self, columns, names):
        wanted = None if names is None else [*names, self._survey.separation]
        default = self._survey.region_columns
        return parse.rows(columns, self._survey, wanted, default=default, endpoint="conesearch")

    def _gather_cones(self, places, fetch, on_error, show_progress):
        """What came of each position, with its place among them."""
        numbers = range(len(places))
        return bulk.gather(
            numbers,
            lambda number: (number, fetch(places[number])),
            [[number] for number in numbers],
            on_error=on_error,
            connections=conf.max_connections,
            show_progress=show_progress,
        )

    def _whole_of_cones(self, tables, asked, names):
        """One Table of many cones, whose first column tells which; an empty one where none came."""
        came = [number for number, _ in tables]
        parts = [table for _, table in tables] or [self._cone_table(Columns({}, 0), names)]
        for number, table in zip(came or [0], parts, strict=True):
            about = "place of the position among those asked for"
            table.add_column(Column(np.full(len(table), number), name="index", description=about), index=0)
        whole = bulk.merge(parts)
        first = parts[0].meta.get("payload", "none of which came")
        whole.meta.update(
            self._origin("conesearch"),
            queried=min((table.meta["queried"] for _, table in tables), default=""),
            cached=bool(tables) and all(table.meta["cached"] for _, table in tables),
            payload=f"{asked} cones, the first: {first}",
            failed=[number for number in range(asked) if number not in set(came)],
        )
        return whole
