# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A query about objects, before it is known which of them go into one request."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from .. import parse
from ..query import Request
from ..surveys import Survey

__all__ = ["AboutObjects", "merged"]


@dataclass(frozen=True)
class AboutObjects:
    """What is asked of one endpoint about whatever objects.

    Parameters
    ----------
    endpoint : str
    payload : callable
        Makes the payload for a list of ids.
    survey : `~astroquery_fink.surveys.Survey`
    names : list of str, or None
        The columns that are wanted; None: all.
    extra : tuple of str
        Columns that come with other arguments.
    recover : callable, optional
        Takes the error of a request that failed, this and the ids; returns another response, or raises.
    """

    endpoint: str
    payload: Callable
    survey: Survey
    names: list | None = None
    extra: tuple = ()
    recover: Callable | None = None

    def wanting(self, name):
        """The same with one more column in the Table."""
        if self.names is None or name in self.names:
            return self
        return replace(self, names=[*self.names, name])

    def request(self, ids):
        """The request for some ids; its Table says which have no row, and which the server may have cut."""
        recover = partial(self.recover, about=self, ids=ids) if self.recover else None
        return Request(self.endpoint, self.payload(ids), parse=partial(self.table, ids=ids), recover=recover)

    def table(self, columns, ids):
        """The Table of some ids; a response with rows of another object is broken."""
        return parse.objects(
            columns, self.survey, ids, names=self.names, extra=self.extra, endpoint=self.endpoint
        )


def merged(metas):
    """What the ``meta`` of several responses say together: when, from where, how exact, what is missing."""
    whole = {
        "queried": min((meta["queried"] for meta in metas), default=""),
        "cached": bool(metas) and all(meta["cached"] for meta in metas),
        "rounded": any(meta["rounded"] for meta in metas),
    }
    for name in ("missing", "cut"):
        if any(name in meta for meta in metas):
            whole[name] = list(dict.fromkeys(one for meta in metas for one in meta.get(name, ())))
    return whole
