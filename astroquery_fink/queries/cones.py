# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Requests for cones, alone or many at once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import requests
from astropy.coordinates import SkyCoord
from astropy.table import Table

from ..arguments.types import OnError, Payload
from ..batch import gather
from ..client import Client
from ..config import conf
from ..http.retry import Budget
from ..query import Request, table_of
from ..surveys import Survey
from ..tables.build import rows
from ..tables.decode import Columns
from .cone_times import ConeTimeRange
from .object_requests import merged_meta
from .payload import columns_to_send, drop_unset, table_format

__all__ = ["ConeBatch", "Cones", "FetchOptions"]

_ROUNDING = 1.001


@dataclass(frozen=True)
class Cones:
    """Cone searches that differ in their position and radius only.

    Parameters
    ----------
    survey : `~astroquery_fink.surveys.Survey`
    names : list of str, or None
        The columns of the Table, without the distance; None: the server's selection.
    times : `ConeTimeRange`
    """

    survey: Survey
    names: list[str] | None
    times: ConeTimeRange

    def with_columns(self, names: list[str]) -> "Cones":
        """The same searches, with more columns."""
        if self.names is None:
            return self
        return replace(self, names=list(dict.fromkeys([*self.names, *names])))

    def request(self, center: SkyCoord, arcsec: float) -> Request:
        payload = self._payload(center, arcsec)
        return Request("conesearch", payload, parse=partial(self.table, arcsec=arcsec))

    def _payload(self, center: SkyCoord, arcsec: float) -> Payload:
        """The payload, with the highest ``n`` that the server accepts.

        The server applies ``n`` to the alerts (not the objects) of each pixel of its index, before it
        computes distances.
        """
        return drop_unset(
            {
                "ra": float(center.ra.deg),
                "dec": float(center.dec.deg),
                "radius": arcsec,
                "n": self.survey.service.scan_limit,
                **self.times.payload,
                "columns": columns_to_send(self.names, self.survey, *self.survey.cone.required),
                "output-format": table_format(),
            }
        )

    def table(self, columns: Columns, arcsec: float) -> Table:
        """The objects around one position, nearest first."""
        separation, default = self.survey.cone.separation, self.survey.cone.columns
        names = None if self.names is None else [*self.names, separation]
        table = rows(columns, self.survey, names, default=default, endpoint="conesearch")
        farthest = np.max(np.ma.filled(np.ma.asarray(table[separation]), 0), initial=0) * 3600
        if farthest > arcsec * _ROUNDING:
            raise ValueError("for another request: it has objects outside the cone")
        table = table[self.times.includes(columns)]
        table.sort(separation)
        return table

    def empty_table(self) -> Table:
        return self.table(Columns({}, 0), 0)


@dataclass(frozen=True)
class FetchOptions:
    """How the responses to many cones are fetched."""

    on_error: OnError
    show_progress: bool | None
    cache: bool | None


@dataclass(frozen=True)
class ConeBatch:
    """Requests for many cones, a few of which are sent at once.

    Parameters
    ----------
    client : Client
    requests : list of Request
    names : list
        What each cone is called in messages and in ``meta["failed"]``.
    options : FetchOptions
    """

    client: Client
    requests: list[Request]
    names: list[Any]
    options: FetchOptions

    def responses(self) -> "list[requests.Response]":
        """The raw responses, without those for which the server failed."""
        cache = self.options.cache
        return self._gather(lambda _, request, budget: self.client._response(request, cache, budget))

    def tables(self) -> dict[int, Table]:
        """Number of each cone for which the server did not fail -> its Table."""
        return dict(self._gather(self._numbered_table))

    def meta(self, tables: dict[int, Table], what: str) -> dict[str, Any]:
        """The ``meta`` of one Table of all cones; ``what`` says what they are."""
        metas = [table.meta for table in tables.values()]
        first = metas[0]["payload"] if metas else "all of which failed"
        return {
            **self.client._origin("conesearch"),
            **merged_meta(metas),
            "payload": f"{what}, the first: {first}",
            "failed": [name for number, name in enumerate(self.names) if number not in tables],
        }

    def _numbered_table(self, number: int, request: Request, budget: Budget) -> tuple[int, Table]:
        response = self.client._send(request, cache=self.options.cache, budget=budget)
        return number, table_of([response])

    def _gather(self, send: Callable[[int, Request, Budget], Any]) -> list[Any]:
        numbers = range(len(self.requests))
        budget = self.client._budget(len(self.requests))
        return gather(
            numbers,
            lambda number: send(number, self.requests[number], budget),
            [[name] for name in self.names],
            on_error=self.options.on_error,
            connections=conf.max_connections,
            show_progress=self.options.show_progress,
        )
