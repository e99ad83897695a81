# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A query about objects, before it is known which of them go into one request."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from astroquery.exceptions import MaxResultsWarning, NoResultsWarning

from .. import bulk, parse, payload
from ..client import Client
from ..query import Request
from ..surveys import Survey
from ..warn import warn
from ..wire import Columns

__all__ = ["AboutObjects", "about_alerts", "about_rows", "merged", "warn_of_missing"]


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


def about_alerts(
    client: Client,
    names: list[str] | None,
    *,
    withupperlim: bool = False,
    withcutouts: bool = False,
    cutout_kind: str | None = None,
    cache: bool | None = None,
) -> AboutObjects:
    """What is asked about the alerts of objects."""
    survey = client._survey
    flags = {"withupperlim": withupperlim, "withcutouts": withcutouts, "cutout_kind": cutout_kind}
    make = partial(payload.objects, survey=survey, columns=names, **flags)
    recover = partial(_unknown_with_cutouts, client=client, cache=cache) if withcutouts else None
    return AboutObjects(survey.endpoint, make, survey, names, payload.companions(survey, **flags), recover)


def about_rows(survey: Survey, endpoint: str, names: list[str] | None) -> AboutObjects:
    """What is asked of an endpoint that knows objects, but not their alerts."""
    make = partial(payload.rows_of, survey=survey, endpoint=endpoint, columns=names)
    return AboutObjects(endpoint, make, survey, names)


def _unknown_with_cutouts(error, about, ids, client, cache):
    """With cutouts the server says 500, not nothing, of an object that it does not know."""
    if error.status != 500:
        raise error
    known = client._send(about_alerts(client, []).request(ids), cache=cache)
    if known.size:
        raise error
    return replace(known, content=about.table(Columns({}, 0), ids))


def warn_of_missing(meta: dict, asked: int, survey: Survey) -> None:
    """Say what is not there: objects without rows, rows beyond the server's limit."""
    what = survey.row_names.get(meta["endpoint"], "alert")
    missing, cut = meta["missing"], meta["cut"]
    if missing:
        which = f"{len(missing)} of {asked} objects: " if asked > 1 else ""
        warn(f"Fink has no {what} of {which}{bulk.some_of(missing)}", NoResultsWarning)
    if cut:
        limit = f"{survey.scan_limit:,}"
        message = f"Fink gives {limit} alerts of one object; there may be more of {bulk.some_of(cut)}"
        warn(message, MaxResultsWarning)
