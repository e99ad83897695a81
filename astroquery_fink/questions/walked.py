# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""All alerts of a span of time, from questions of which the server answers the newest so many."""

import json
from functools import partial

import numpy as np
from astropy.time import Time
from astroquery.exceptions import MaxResultsWarning

from .. import bulk
from ..config import conf
from ..freshness import LATEST
from ..progress import Bar, is_shown
from ..query import Query, Request
from ..times import span
from ..walk import walk
from ..warn import warn
from .asking import merged
from .found import Found

__all__ = ["Walked"]

_STEPS = 1000  # of the progress bar


class Walked(Found):
    """Questions whose span of time is walked, window by window."""

    def _newest_or_all(self, endpoint, newest, names, bounds, show_progress, cache):
        """The query for the newest ``n`` alerts, or for all of a time range, which is bisected.

        ``newest`` makes the payload for the newest ``n`` alerts between ``start`` and ``stop``.
        """
        n = bounds["n"]
        first = newest(**bounds | {"n": conf.page_size if n is None else n})
        requests = [self._alerts_request(endpoint, first, names)]
        if n is not None and n <= conf.page_size:
            return Query(requests, finish=partial(self._newest, n=n))
        window = partial(self._window, endpoint=endpoint, newest=newest, names=self._with_alert_id(names))
        window = partial(window, cache=cache)
        run = partial(self._all_of, window, bounds, first, names, show_progress)
        return Query(requests, run=run)

    def _newest(self, replies, n):
        """The newest alerts, and whether there may be older ones; a trend is one of the newest ``n``."""
        table = self._found(replies)
        table.meta["complete"] = replies[0].size < n and "trend" not in replies[0].question.payload
        return table

    def _window(self, begin, end, *, endpoint, newest, names, cache):
        """The alerts of one window, and whether the server may have left some out.

        With a trend, or in a class of which the server gives one alert per object, it first takes the newest
        and then throws some away, so that the number of rows does not tell; then the ids alone are
        counted, without the trend.
        """
        payload = newest(n=conf.page_size, start=begin, stop=end)
        reply = self._send(self._alerts_request(endpoint, payload, names), cache=cache)
        table, rows = self._only_table([reply]), reply.size
        if "trend" in payload or payload.get("class") in self._survey.grouped_classes:
            counted = {name: value for name, value in payload.items() if name not in ("trend", "color")}
            rows = self._send(
                Request(endpoint, counted | {"columns": self._survey.alert_id}), cache=cache
            ).size
        return table, rows >= conf.page_size

    def _all_of(self, window, bounds, asked, names, show_progress):
        """One Table of all alerts of a time range, or of the newest ``n``."""
        start, stop = self._whole_span(bounds["start"], bounds["stop"])
        with Bar(_STEPS, is_shown(show_progress)) as bar:
            parts, complete = walk(
                window,
                start,
                stop,
                enough=bounds["n"],
                progress=lambda part: bar.reach(round(part * _STEPS)),
            )
        return self._put_together(parts, asked, names, bounds["n"], complete)

    def _whole_span(self, start, stop):
        """Until now, rounded up so that calls within the life of a kept reply share their windows."""
        start, stop = span(start, stop)
        now = Time((self._pace.time() // LATEST + 1) * LATEST, format="unix", scale="utc")
        return span(start or Time(self._survey.begin), stop or now)

    def _with_alert_id(self, names):
        """The columns wanted, and that by which an alert of two windows is known."""
        key = self._survey.alert_id
        return names if names is None or key in names else [*names, key]

    def _put_together(self, parts, asked, names, n, complete):
        """One Table without the alerts that two windows share, and a word if something is missing."""
        key = self._survey.alert_id
        table = bulk.merge(parts)
        _, first = np.unique(np.asarray(table[key]), return_index=True)
        table = table[np.sort(first)][:n]
        if names is not None and key not in names:
            table.remove_column(key)
        table.meta.update(
            merged([part.meta for part in parts]),
            payload=json.dumps(asked),
            complete=complete and (n is None or len(table) < n),
        )
        if not complete:
            message = f"in some second there are more than {conf.page_size} alerts; the server gives no more"
            warn(message, MaxResultsWarning)
        return self._warned(table)
