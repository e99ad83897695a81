# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""All alerts of a time range, from a server that returns only the newest n."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from astropy.table import Table
from astropy.time import Time
from astroquery.exceptions import MaxResultsWarning

from ..arguments.times import time_range
from ..arguments.types import Payload, TimeLike
from ..batch import merge
from ..client import Client
from ..config import conf
from ..http.lifetimes import LATEST
from ..http.retry import Response
from ..messages import warn
from ..progress import Bar, is_shown
from ..query import Query, Request, table_of
from .alert_table import alert_request, single_table, warn_if_empty
from .object_requests import merged_meta

__all__ = ["TimeRangeSearch", "bisect_time_range"]

_NARROWEST = 1 / 86400  # day
_STEPS = 1000  # of the progress bar


@dataclass(frozen=True)
class TimeRangeSearch:
    """A search at an endpoint that returns the newest n alerts of a time range.

    Parameters
    ----------
    client : Client
    endpoint : str
    payload : callable
        Makes the payload from ``n``, ``start`` and ``stop``.
    names : list of str, or None
        The columns of the Table; None: all.
    cache : bool or None
    """

    client: Client
    endpoint: str
    payload: Callable[..., Payload]
    names: list[str] | None
    cache: bool | None

    def query(
        self,
        *,
        n: int | None,
        start: TimeLike | None,
        stop: TimeLike | None,
        show_progress: bool | None,
    ) -> Query[Table]:
        """The query for the newest ``n`` alerts or for all, by bisection if needed."""
        first = self.payload(n=conf.page_size if n is None else n, start=start, stop=stop)
        requests = [alert_request(self.endpoint, first, self.client._survey, self.names)]
        if n is not None and n <= conf.page_size:
            return Query(requests, finish=partial(_newest, n=n))

        def run() -> Table:
            with Bar(_STEPS, is_shown(show_progress)) as bar:
                tables, complete = bisect_time_range(
                    self._fetch_window,
                    *self._closed_range(start, stop),
                    enough=n,
                    progress=lambda done: bar.reach(round(done * _STEPS)),
                )
            return self._whole(tables, first, n, complete)

        return Query(requests, run=run)

    def _closed_range(self, start: TimeLike | None, stop: TimeLike | None) -> Any:
        """Both ends of the time range, now rounded up for the sake of the cache."""
        begin, end = time_range(start, stop)
        now = Time((self.client._clock.time() // LATEST + 1) * LATEST, format="unix", scale="utc")
        return time_range(begin or Time(self.client._survey.begin), end or now)

    def _fetch_window(self, begin: Time, end: Time) -> tuple[Table, bool]:
        """The alerts of one window, and whether the server may have left some out.

        The number of rows does not show that if the server drops some of the newest n alerts: for a trend,
        and for a class with one alert per object. Then the ids are counted in a request without the trend.
        """
        survey = self.client._survey
        payload = self.payload(n=conf.page_size, start=begin, stop=end)
        request = alert_request(self.endpoint, payload, survey, self._names_with_alert_id())
        response = self.client._send(request, cache=self.cache)
        rows = response.size
        if "trend" in payload or payload.get("class") in survey.service.grouped_classes:
            untrended = {name: value for name, value in payload.items() if name not in ("trend", "color")}
            ids = Request(self.endpoint, untrended | {"columns": survey.columns.alert_id})
            rows = self.client._send(ids, cache=self.cache).size
        return table_of([response]), rows >= conf.page_size

    def _names_with_alert_id(self) -> list[str] | None:
        """The columns, with the one that identifies an alert found in two windows."""
        key = self.client._survey.columns.alert_id
        return self.names if self.names is None or key in self.names else [*self.names, key]

    def _whole(self, tables: list[Table], first: Payload, n: int | None, complete: bool) -> Table:
        """One Table, with each alert once, and a warning if alerts are missing."""
        key = self.client._survey.columns.alert_id
        table = merge(tables)
        _, rows = np.unique(np.asarray(table[key]), return_index=True)
        table = table[np.sort(rows)][:n]
        if self.names is not None and key not in self.names:
            table.remove_column(key)
        table.meta.update(
            merged_meta([one.meta for one in tables]),
            payload=json.dumps(first),
            complete=complete and (n is None or len(table) < n),
        )
        if not complete:
            limit = f"more than {conf.page_size} alerts within one second"
            warn(f"there are {limit}, and the server returns no more of them", MaxResultsWarning)
        return warn_if_empty(table)


def _newest(responses: list[Response], n: int) -> Table:
    """The newest alerts; with a trend, the server may have left some out."""
    table, (response,) = single_table(responses), responses
    table.meta["complete"] = response.size < n and "trend" not in (response.request.payload or {})
    return table


def bisect_time_range(
    fetch: Callable[[Time, Time], tuple[Any, bool]],
    start: Time,
    stop: Time,
    *,
    enough: int | None = None,
    progress: Callable[[float], Any] | None = None,
) -> tuple[list[Any], bool]:
    """Fetch a time range, and halve each window that the server may have cut.

    Parameters
    ----------
    fetch : callable
        Takes both ends of a window; returns its rows, and whether the server may have left some out.
    start, stop : `~astropy.time.Time`
    enough : int, optional
        Number of rows after which older windows are not fetched.
    progress : callable, optional
        Takes the fraction of the time range that is done.

    Returns
    -------
    windows : list
        The rows of each window, newest window first.
    complete : bool
        False if rows are missing even from a window of one second.
    """
    windows, found, complete, number = [(start, stop)], [], True, 0
    while windows and not (enough and number >= enough):
        begin, end = windows.pop()
        rows, cut = fetch(begin, end)
        if cut and (end - begin).jd > _NARROWEST:
            middle = begin + (end - begin) / 2
            windows += [(begin, middle), (middle, end)]
            continue
        complete = complete and not cut
        found.append(rows)
        number += len(rows)
        if progress:
            progress(float((stop - begin) / (stop - start)))
    return found, complete
