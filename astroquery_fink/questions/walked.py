# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""All alerts of a span of time, from questions of which the server answers the newest so many."""

import json

import numpy as np
from astropy.time import Time
from astroquery.exceptions import MaxResultsWarning

from .. import bulk
from ..config import conf
from ..freshness import LATEST
from ..progress import Bar, is_shown
from ..times import span
from ..walk import walk
from ..warn import warn
from .found import Found

__all__ = ["Walked"]

_STEPS = 1000  # of the progress bar


class Walked(Found):
    """Questions whose span of time is walked, window by window."""

    def _all_of(self, window, start, stop, asked, names, *, n, show_progress):
        """One Table of all alerts of a span, or of the newest ``n``.

        ``window`` takes the two ends of a window; it gives a Table with the ids of alerts, and whether
        the server may have left some out.
        """
        start, stop = self._whole_span(start, stop)
        with Bar(_STEPS, is_shown(show_progress)) as bar:
            parts, complete = walk(
                window, start, stop, enough=n, progress=lambda part: bar.reach(round(part * _STEPS))
            )
        return self._put_together(parts, asked, names, n, complete)

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
            payload=json.dumps(asked),
            queried=min(part.meta["queried"] for part in parts),
            cached=all(part.meta["cached"] for part in parts),
            complete=complete and (n is None or len(table) < n),
        )
        if not complete:
            message = f"in some second there are more than {conf.page_size} alerts; the server gives no more"
            warn(message, MaxResultsWarning)
        return self._warned(table)
