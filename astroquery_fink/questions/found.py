# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What searches have in common: a Table, where it comes from, a warning if it is empty."""

import json
from functools import partial

from astroquery.exceptions import NoResultsWarning

from .. import parse
from ..query import Query, Request
from ..warn import warn
from .lists import Lists

__all__ = ["Found"]


class Found(Lists):
    """Alerts that were found, not named."""

    def _search(self, endpoint, payload, names):
        """A query of one request that is answered with alerts."""
        return Query([self._alerts_request(endpoint, payload, names)], finish=self._found)

    def _alerts_request(self, endpoint, payload, names):
        return Request(endpoint, payload, parse=partial(parse.alerts, survey=self._survey, names=names))

    def _found(self, replies):
        """The Table of the only response, and a warning where it is empty."""
        return self._warned(self._only_table(replies))

    def _found_with(self, replies, payload):
        """The same, of a request whose payload is part of its address."""
        table = self._only_table(replies)
        table.meta["payload"] = json.dumps(payload)
        return self._warned(table)

    def _warned(self, table):
        """The same Table, with a warning where it is empty."""
        if not len(table):
            warn(f"Fink found nothing: {table.meta['payload'][:300]}", NoResultsWarning)
        return table
