# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""All alerts of a span of time, from questions of which the server answers the newest so many."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from astropy.table import Table
from astropy.time import Time
from astroquery.exceptions import MaxResultsWarning

from ..arguments.times import time_range
from ..batch import merge
from ..client import Client
from ..config import conf
from ..http.lifetimes import LATEST
from ..messages import warn
from ..progress import Bar, is_shown
from ..query import Query, Request, table_of
from .object_requests import merged_meta
from .search import alerts_request, found, warned

__all__ = ["newest_or_all", "bisect_time_range"]

_NARROWEST = 1 / 86400  # day

_STEPS = 1000  # of the progress bar


def newest_or_all(client, endpoint, newest, names, bounds, show_progress, cache) -> Query[Table]:
    """The query for the newest ``n`` alerts, or for all of a time range, which is bisected.

    ``newest`` makes the payload for the newest ``n`` alerts between ``start`` and ``stop``.
    """
    n = bounds["n"]
    first = newest(**bounds | {"n": conf.page_size if n is None else n})
    requests = [alerts_request(endpoint, first, client._survey, names)]
    if n is not None and n <= conf.page_size:
        return Query(requests, finish=partial(_newest, n=n))
    windows = Windows(client, endpoint, newest, names, cache)
    return Query(requests, run=partial(windows.all_of, bounds, first, show_progress))


def _newest(responses, n):
    """The newest alerts, and whether there may be older ones; a trend is one of the newest ``n``."""
    table = found(responses)
    table.meta["complete"] = responses[0].size < n and "trend" not in responses[0].request.payload
    return table


@dataclass(frozen=True)
class Windows:
    """All alerts of a time range, window by window.

    Parameters
    ----------
    client : Client
    endpoint : str
    newest : callable
        Makes the payload for the newest alerts of a window.
    names : list of str, or None
        The columns that are wanted; None: all.
    cache : bool or None
    """

    client: Client
    endpoint: str
    newest: Callable[..., dict]
    names: list[str] | None
    cache: bool | None

    def all_of(self, bounds: dict, first: dict, show_progress: bool | None) -> Table:
        """One Table of all alerts of a time range, or of the newest ``n``."""
        start, stop = self._whole_span(bounds["start"], bounds["stop"])
        with Bar(_STEPS, is_shown(show_progress)) as bar:
            parts, complete = bisect_time_range(
                self._window,
                start,
                stop,
                enough=bounds["n"],
                progress=lambda part: bar.reach(round(part * _STEPS)),
            )
        return self._put_together(parts, first, bounds["n"], complete)

    def _whole_span(self, start, stop):
        """Until now, rounded up so that calls within the lifetime of a response share their windows."""
        start, stop = time_range(start, stop)
        now = Time((self.client._clock.time() // LATEST + 1) * LATEST, format="unix", scale="utc")
        return time_range(start or Time(self.client._survey.begin), stop or now)

    def _window(self, begin, end):
        """The alerts of one window, and whether the server may have left some out.

        With a trend, or in a class of which the server gives one alert per object, it first takes the newest
        and then throws some away, so that the number of rows does not tell; then the ids alone are
        counted, without the trend.
        """
        survey = self.client._survey
        payload = self.newest(n=conf.page_size, start=begin, stop=end)
        request = alerts_request(self.endpoint, payload, survey, self._with_alert_id())
        response = self.client._send(request, cache=self.cache)
        rows = response.size
        if "trend" in payload or payload.get("class") in survey.service.grouped_classes:
            counted = {name: value for name, value in payload.items() if name not in ("trend", "color")}
            ids = Request(self.endpoint, counted | {"columns": survey.columns.alert_id})
            rows = self.client._send(ids, cache=self.cache).size
        return table_of([response]), rows >= conf.page_size

    def _with_alert_id(self):
        """The columns wanted, and that by which an alert of two windows is known."""
        key = self.client._survey.columns.alert_id
        return self.names if self.names is None or key in self.names else [*self.names, key]

    def _put_together(self, parts, first, n, complete):
        """One Table without the alerts that two windows share, and a warning if something is missing."""
        key = self.client._survey.columns.alert_id
        table = merge(parts)
        _, rows = np.unique(np.asarray(table[key]), return_index=True)
        table = table[np.sort(rows)][:n]
        if self.names is not None and key not in self.names:
            table.remove_column(key)
        table.meta.update(
            merged_meta([part.meta for part in parts]),
            payload=json.dumps(first),
            complete=complete and (n is None or len(table) < n),
        )
        if not complete:
            message = f"in some second there are more than {conf.page_size} alerts; the server gives no more"
            warn(message, MaxResultsWarning)
        return warned(table)


def bisect_time_range(ask, start, stop, *, enough=None, progress=None):
    """Ask for a span of time; where it comes back full, ask for its halves, newest first.

    Parameters
    ----------
    ask : callable
        Takes the two ends of a window; gives what came, with a length, and whether it was full.
    start, stop : `~astropy.time.Time`
    enough : int, optional
        Rows after which older windows are left alone.
    progress : callable, optional
        Takes the part of the span that is done, between 0 and 1.

    Returns
    -------
    parts : list
        What came of the windows that were not full, newest first.
    complete : bool
        False where a window of a second still was full.
    """
    windows, parts, complete, rows = [(start, stop)], [], True, 0
    while windows and not (enough and rows >= enough):
        begin, end = windows.pop()
        part, full = ask(begin, end)
        if full and (end - begin).jd > _NARROWEST:
            middle = begin + (end - begin) / 2
            windows += [(begin, middle), (middle, end)]
            continue
        complete = complete and not full
        parts.append(part)
        rows += len(part)
        if progress:
            progress(float((stop - begin) / (stop - start)))
    return parts, complete
