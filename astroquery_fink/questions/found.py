# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What searches for alerts have in common: a Table, where it comes from, a word if it is empty."""

from astroquery.exceptions import NoResultsWarning

from .. import parse
from ..warn import warn
from .lists import Lists

__all__ = ["Found"]


class Found(Lists):
    """Alerts that were found, not named."""

    def _found(self, endpoint, asked, names, cache):
        """The Table that answers one payload, and a warning where it is empty."""
        return self._warned(self._found_quietly(endpoint, asked, names, cache))

    def _found_quietly(self, endpoint, asked, names, cache):
        reply = self._send(endpoint, asked, cache=cache)
        table = parse.alerts(reply.content, self._survey, names=names)
        return self._signed(table, reply)

    def _warned(self, table):
        """The same Table, with a warning where it is empty."""
        if not len(table):
            message = f"Fink found nothing: {table.meta['payload'][:300]}"
            warn(message, NoResultsWarning)
        return table
