# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Searches around one or many positions, or in a region of the sky."""

from functools import partial
from typing import Final

import numpy as np
from astropy.coordinates import SkyCoord
from astropy.table import Column, Table

from ..arguments.columns import full_names
from ..arguments.coordinates import positions, radius_arcsec
from ..arguments.mocs import is_moc
from ..arguments.survey_limits import warn_if_outside
from ..arguments.types import (
    Angle,
    ColumnNames,
    ConeTimes,
    Coordinates,
    Moc,
    OnError,
    TimeLike,
)
from ..batch import check_on_error, merge
from ..client import Client
from ..exceptions import FinkQueryError
from ..messages import counted, shown
from ..query import Query, query, raw
from .alert_table import single_table, warn_if_empty
from .cone_times import ConeTimeRange, cone_time_range
from .cones import ConeBatch, Cones, FetchOptions
from .moc_search import moc_query
from .payload import is_computed
from .schema import server_columns
from .service import require_version

__all__ = ["Regions"]

_MAX_RADIUS = 18000.0  # arcsec


class Regions(Client):
    """Cone searches."""

    @query
    def query_region(
        self,
        coordinates: Coordinates | Moc,
        radius: Angle | None = None,
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
        """Search for the objects around one or many positions, or in a region of the sky.

        Parameters
        ----------
        coordinates : `~astropy.coordinates.SkyCoord`, str, `~astropy.table.Table`, list or `mocpy.MOC`
            A str in degrees or sexagesimal (ICRS), or a name that Sesame resolves. A SkyCoord array, a list,
            or a Table with columns such as ``ra`` and ``dec`` requests a cone around each position. A MOC is
            covered by cones, at most ``conf.max_cones``; objects outside it are left out. That needs
            ``astropy-healpix``.
        radius : `~astropy.units.Quantity` or str, optional
            At most 5 degrees; a str with a unit, such as ``"5 arcsec"``. Needed for positions, refused for
            a MOC.
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
            indices in ``.failed``, or ``"warn"`` and return the other rows. For a MOC, ``.failed`` has the
            cones as text.
        show_progress : bool, optional
            Whether to show a progress bar; None: on a terminal or in a notebook, if there is more than one
            request.
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Return the payload instead of sending the request. For many positions or a MOC it is a list.

        Returns
        -------
        table : `~astropy.table.Table`
            The newest alert of each object, nearest first, with ``v:separation_degree``. With
            ``kind="across"`` that alert may be after ``stop``. For many positions, the first column ``index``
            is the index of the position in ``coordinates``, and ``meta["failed"]`` lists the indices for
            which the server failed. For a MOC, there is one row per object whose newest alert lies in it,
            newest first, without ``v:separation_degree``; ``meta`` has ``moc_order`` and
            ``moc_sky_fraction``.

        Raises
        ------
        FinkQueryError
            An argument is invalid, the server is too old for ``kind="across"``, or a MOC takes more than
            ``conf.max_cones`` cones.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond.

        Warns
        -----
        InputWarning
            With ``kind="across"``: the version of the server is unknown; before 3.7.0 it ignores ``kind``.
        NoResultsWarning
            No object matches; the table is empty. Or the survey does not observe the declination of a
            position, or of a cone of the MOC.
        FailedIdsWarning
            With ``on_error="warn"``: the server failed for some positions, whose indices the message has.

        Examples
        --------
        >>> from astropy.coordinates import SkyCoord
        >>> alert = Fink.query_object("ZTF99simsnia", columns="ra,dec")[0]
        >>> table = Fink.query_region(SkyCoord(alert["i:ra"], alert["i:dec"], unit="deg"), "5 arcsec")
        >>> table["i:objectId"].tolist()
        ['ZTF99simsnia']
        """
        options = FetchOptions(check_on_error(on_error), show_progress, cache)
        moc = coordinates if is_moc(coordinates, "coordinates") else None
        names = _cone_columns(self, columns, cache, offline=get_query_payload)
        times = cone_time_range(self._survey, start, stop, window, kind)
        if times.version and not get_query_payload:
            _require_kind(self, times, cache)
        cones = Cones(self._survey, names, times)
        if moc is not None:
            _refuse_radius(radius)
            return moc_query(self, moc, cones, options, _MAX_RADIUS)
        centers, arcsec = positions(coordinates), radius_arcsec(radius, _MAX_RADIUS)
        return _position_query(self, centers, cones, options, arcsec)

    query_region_async: Final = raw(query_region)


def _refuse_radius(radius: Angle | None) -> None:
    if radius is not None:
        raise FinkQueryError(f"radius={shown(radius)} is not for a MOC, which is the region: leave it out.")


def _position_query(
    client: Client, centers: SkyCoord, cones: Cones, options: FetchOptions, arcsec: float
) -> Query[Table]:
    """A query for the objects around one or many positions."""
    if not centers.isscalar and not len(centers):
        raise FinkQueryError("coordinates is empty: give at least one position.")
    warn_if_outside(centers, arcsec, client._survey)
    if centers.isscalar:
        return Query([cones.request(centers, arcsec)], finish=single_table)
    requests = [cones.request(center, arcsec) for center in centers]
    batch = ConeBatch(client, requests, list(range(len(requests))), options)
    return Query(requests, run=partial(_numbered, batch, cones), responses=batch.responses, many=True)


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


def _numbered(batch: ConeBatch, cones: Cones) -> Table:
    """One Table of all cones, with the index of the position of each row."""
    found = batch.tables()
    tables = [_with_index(table, number) for number, table in found.items()]
    table = merge(tables or [_with_index(cones.empty_table(), 0)])
    table.meta.update(batch.meta(found, counted(len(batch.requests), "cone")))
    return warn_if_empty(table)


def _with_index(table: Table, number: int) -> Table:
    """The Table with the index of its position as first column."""
    description = "number of the position among those given, from 0"
    attributes = {"name": "index", "description": description, "meta": {"ucd": "meta.number"}}
    table.add_column(Column(np.full(len(table), number), **attributes), index=0)
    return table
