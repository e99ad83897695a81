# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A query about objects, before it is known which of them go into one request."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from astroquery.exceptions import MaxResultsWarning, NoResultsWarning

from ..arguments.choices import checked_kind
from ..batch import first_few
from ..client import Client
from ..exceptions import FinkQueryError
from ..messages import shown, warn
from ..query import Request
from ..surveys import Survey
from ..tables.build import objects
from ..tables.decode import Columns
from .payload import columns_to_send, given, table_format, wanted

__all__ = [
    "ObjectRequests",
    "alert_requests",
    "row_requests",
    "alert_companions",
    "joined",
    "merged_meta",
    "objects_payload",
    "rows_payload",
    "warn_of_missing",
]


@dataclass(frozen=True)
class ObjectRequests:
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
        return objects(columns, self.survey, ids, names=self.names, extra=self.extra, endpoint=self.endpoint)


def merged_meta(metas):
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


def alert_requests(
    client: Client,
    names: list[str] | None,
    *,
    withupperlim: bool = False,
    withcutouts: bool = False,
    cutout_kind: str | None = None,
    cache: bool | None = None,
) -> ObjectRequests:
    """What is asked about the alerts of objects."""
    survey = client._survey
    flags = {"withupperlim": withupperlim, "withcutouts": withcutouts, "cutout_kind": cutout_kind}
    make = partial(objects_payload, survey=survey, columns=names, **flags)
    recover = partial(_unknown_with_cutouts, client=client, cache=cache) if withcutouts else None
    return ObjectRequests(
        survey.service.endpoint, make, survey, names, alert_companions(survey, **flags), recover
    )


def row_requests(survey: Survey, endpoint: str, names: list[str] | None) -> ObjectRequests:
    """What is asked of an endpoint that knows objects, but not their alerts."""
    make = partial(rows_payload, survey=survey, endpoint=endpoint, columns=names)
    return ObjectRequests(endpoint, make, survey, names)


def _unknown_with_cutouts(error, about, ids, client, cache):
    """With cutouts the server says 500, not nothing, of an object that it does not know."""
    if error.status != 500:
        raise error
    known = client._send(alert_requests(client, []).request(ids), cache=cache)
    if known.size:
        raise error
    return replace(known, content=about.table(Columns({}, 0), ids))


def warn_of_missing(meta: dict, asked: int, survey: Survey) -> None:
    """Say what is not there: objects without rows, rows beyond the server's limit."""
    what = survey.service.row_names.get(meta["endpoint"], "alert")
    missing, cut = meta["missing"], meta["cut"]
    if missing:
        which = f"{len(missing)} of {asked} objects: " if asked > 1 else ""
        warn(f"Fink has no {what} of {which}{first_few(missing)}", NoResultsWarning)
    if cut:
        limit = f"{survey.service.scan_limit:,}"
        message = f"Fink gives {limit} alerts of one object; there may be more of {first_few(cut)}"
        warn(message, MaxResultsWarning)


def objects_payload(
    objectids, survey, *, columns=None, withupperlim=False, withcutouts=False, cutout_kind=None
):
    """The question for all alerts of some objects.

    Parameters
    ----------
    objectids : list of str or int
        As `object_ids` gives them.
    survey : `~astroquery_fink.surveys.Survey`
    columns : list of str, or None
        As `column_names` gives them.
    withupperlim, withcutouts : bool
    cutout_kind : str or None

    Returns
    -------
    payload : dict
    """
    if cutout_kind is not None and not withcutouts:
        raise FinkQueryError(f"cutout_kind={shown(cutout_kind)} needs withcutouts=True.")
    return given(
        {
            survey.service.id_argument: joined(objectids),
            "columns": columns_to_send(columns, survey),
            "withupperlim": wanted(withupperlim, "withupperlim", survey),
            "withcutouts": wanted(withcutouts, "withcutouts", survey),
            "cutout-kind": checked_kind(cutout_kind, survey, "cutout_kind"),
            "output-format": table_format(parquet=not withupperlim),
        }
    )


def rows_payload(objectids, survey, endpoint, *, columns=None):
    """The question for what else is known of objects: one argument, and columns of the endpoint's own.

    Parameters
    ----------
    objectids : list of str or int
        As `object_ids` gives them.
    survey : `~astroquery_fink.surveys.Survey`
    endpoint : str
    columns : list of str, or None
        As `column_names` gives them.

    Returns
    -------
    payload : dict
    """
    keys = [name for name in survey.columns.keys if name in survey.table(endpoint)]
    sent = None if columns is None else ",".join(dict.fromkeys([*columns, *keys]))
    return given(
        {survey.service.id_argument: joined(objectids), "columns": sent, "output-format": table_format()}
    )


def joined(objectids):
    """Ids as the server takes them: text, with commas.

    Parameters
    ----------
    objectids : list of str or int

    Returns
    -------
    text : str
    """
    return ",".join(map(str, objectids))


def alert_companions(survey, *, withupperlim=False, withcutouts=False, cutout_kind=None):
    """The columns that come with these arguments, never by name.

    Parameters
    ----------
    survey : `~astroquery_fink.surveys.Survey`
    withupperlim, withcutouts : bool
    cutout_kind : str or None

    Returns
    -------
    names : tuple of str
    """
    kinds = [checked_kind(cutout_kind, survey, "cutout_kind")] if cutout_kind else survey.cutouts.kinds
    tag = [survey.columns.tag] if withupperlim else []
    return (*tag, *(survey.cutouts.columns[kind] for kind in kinds if withcutouts))
