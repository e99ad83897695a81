# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Requests for objects, made for any list of ids: the batches are cut later."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from astropy.table import Table
from astroquery.exceptions import MaxResultsWarning, NoResultsWarning

from ..arguments.choices import checked_kind
from ..arguments.time_span import TimeSpan
from ..arguments.times import time_range
from ..arguments.types import Payload, TimeLike
from ..client import Client
from ..exceptions import FinkError, FinkQueryError
from ..http.retry import Response
from ..messages import first_few, shown, warn
from ..query import Request
from ..surveys import Survey
from ..tables.build import objects
from ..tables.decode import Columns
from .payload import (
    columns_to_send,
    drop_unset,
    supported_flag,
    table_format,
)

__all__ = [
    "AlertOptions",
    "ObjectRequests",
    "alert_requests",
    "in_time_range",
    "merged_meta",
    "row_requests",
    "warn_if_none_in_range",
    "warn_of_missing",
]


@dataclass(frozen=True)
class AlertOptions:
    """What a request for alerts includes in addition to detections and their columns."""

    withupperlim: bool = False
    withcutouts: bool = False
    cutout_kind: str | None = None


_DETECTIONS_ONLY = AlertOptions()


@dataclass(frozen=True)
class ObjectRequests:
    """Requests to one endpoint, for any list of object ids.

    Parameters
    ----------
    endpoint : str
    payload : callable
        Makes the payload for a list of ids.
    survey : `~astroquery_fink.surveys.Survey`
    names : list of str, or None
        The columns of the Table; None: all.
    extra : tuple of str
        Columns that an option adds, such as cutouts.
    recover : callable, optional
        Takes the error of a failed request, these requests and the ids; returns another response, or raises.
    times : `~astroquery_fink.arguments.time_span.TimeSpan`, optional
        The time range of the rows in the Table; the server has no such argument. None: all times.
    """

    endpoint: str
    payload: Callable[[list[Any]], Payload]
    survey: Survey
    names: list[str] | None = None
    extra: tuple[str, ...] = ()
    recover: Callable[..., Response] | None = None
    times: TimeSpan | None = None

    def with_column(self, name: str) -> "ObjectRequests":
        """The same requests, with one more column."""
        if self.names is None or name in self.names:
            return self
        return replace(self, names=[*self.names, name])

    def request(self, ids: list[Any]) -> Request:
        """The request for some ids."""
        recover = partial(self.recover, requests=self, ids=ids) if self.recover else None
        return Request(self.endpoint, self.payload(ids), parse=partial(self.table, ids=ids), recover=recover)

    def table(self, columns: Columns, ids: list[Any]) -> Table:
        """The Table of some ids, in the time range; `ValueError` if it has rows of another object."""
        if self.times is None:
            return self._all_rows(columns, ids)
        time = self.survey.columns.time
        table = self.with_column(time)._all_rows(columns, ids)
        table = table[self.times.includes(table[time])]
        table.meta.update(self.times.meta)
        if self.names is not None and time not in self.names:
            table.remove_column(time)
        return table

    def _all_rows(self, columns: Columns, ids: list[Any]) -> Table:
        return objects(columns, self.survey, ids, names=self.names, extra=self.extra, endpoint=self.endpoint)


def alert_requests(
    client: Client,
    names: list[str] | None,
    options: AlertOptions = _DETECTIONS_ONLY,
    *,
    cache: bool | None = None,
) -> ObjectRequests:
    """Requests for the alerts of objects."""
    survey = client._survey
    payload = partial(_alerts_payload, survey=survey, columns=names, options=options)
    recover = partial(_empty_if_unknown, client=client, cache=cache) if options.withcutouts else None
    extra = _columns_of_options(survey, options)
    return ObjectRequests(survey.service.endpoint, payload, survey, names, extra, recover)


def row_requests(survey: Survey, endpoint: str, names: list[str] | None) -> ObjectRequests:
    """Requests to an endpoint that has rows of objects other than their alerts."""
    payload = partial(_rows_payload, survey=survey, endpoint=endpoint, columns=names)
    return ObjectRequests(endpoint, payload, survey, names)


def in_time_range(requests: ObjectRequests, start: TimeLike | None, stop: TimeLike | None) -> ObjectRequests:
    """The same requests, with a time range for the rows of their Tables."""
    times = TimeSpan(requests.survey, *time_range(start, stop))
    return replace(requests, times=times) if times.is_bounded else requests


def merged_meta(metas: list[dict[str, Any]]) -> dict[str, Any]:
    """One ``meta`` for several responses."""
    merged = {
        "queried": min((meta["queried"] for meta in metas), default=""),
        "cached": bool(metas) and all(meta["cached"] for meta in metas),
        "rounded": any(meta["rounded"] for meta in metas),
    }
    for name in ("missing", "cut"):
        if any(name in meta for meta in metas):
            merged[name] = list(dict.fromkeys(one for meta in metas for one in meta.get(name, ())))
    return merged


def warn_of_missing(meta: dict[str, Any], requested: int, survey: Survey) -> None:
    """Warn of objects without rows, and of objects cut by the server's limit."""
    what = survey.service.row_names.get(meta["endpoint"], "alert")
    missing, cut = meta["missing"], meta["cut"]
    if missing:
        which = f"{len(missing)} of {requested} objects: " if requested > 1 else ""
        warn(f"Fink has no {what} of {which}{first_few(missing)}", NoResultsWarning)
    if cut:
        limit = f"{survey.service.scan_limit:,}"
        message = f"Fink returns at most {limit} alerts of one object; there may be more of {first_few(cut)}"
        warn(message, MaxResultsWarning)


def warn_if_none_in_range(table: Table, ids: list[Any]) -> None:
    """Warn if no row is left of objects that have alerts outside the time range."""
    known = [one for one in ids if one not in {*table.meta["missing"], *table.meta.get("failed", ())}]
    ends = [f"{name}={table.meta[name]}" for name in ("start", "stop") if name in table.meta]
    if ends and known and not len(table):
        message = f"no alert is in the time range ({', '.join(ends)} UTC), but Fink has others of "
        warn(message + first_few(known), NoResultsWarning)


def _alerts_payload(
    objectids: list[Any], survey: Survey, columns: list[str] | None, options: AlertOptions
) -> Payload:
    if options.cutout_kind is not None and not options.withcutouts:
        raise FinkQueryError(f"cutout_kind={shown(options.cutout_kind)} needs withcutouts=True.")
    return drop_unset(
        {
            survey.service.id_argument: _comma_text(objectids),
            "columns": columns_to_send(columns, survey),
            "withupperlim": supported_flag(options.withupperlim, "withupperlim", survey),
            "withcutouts": supported_flag(options.withcutouts, "withcutouts", survey),
            "cutout-kind": checked_kind(options.cutout_kind, survey, "cutout_kind"),
            "output-format": table_format(parquet=not options.withupperlim),
        }
    )


def _rows_payload(objectids: list[Any], survey: Survey, endpoint: str, columns: list[str] | None) -> Payload:
    keys = [name for name in survey.columns.keys if name in survey.table(endpoint)]
    return drop_unset(
        {
            survey.service.id_argument: _comma_text(objectids),
            "columns": None if columns is None else ",".join(dict.fromkeys([*columns, *keys])),
            "output-format": table_format(),
        }
    )


def _comma_text(objectids: list[Any]) -> str:
    return ",".join(map(str, objectids))


def _columns_of_options(survey: Survey, options: AlertOptions) -> tuple[str, ...]:
    """The columns that the options add; the user cannot name them in ``columns``."""
    one = checked_kind(options.cutout_kind, survey, "cutout_kind")
    kinds = (survey.cutouts.kinds if one is None else [one]) if options.withcutouts else []
    tag = [survey.columns.tag] if options.withupperlim else []
    return (*tag, *(survey.cutouts.columns[kind] for kind in kinds))


def _empty_if_unknown(
    error: FinkError, requests: ObjectRequests, ids: list[Any], client: Client, cache: bool | None
) -> Response:
    """An empty response for an unknown object, for which cutouts fail (status 500)."""
    if error.status != 500:
        raise error
    known = client._send(alert_requests(client, []).request(ids), cache=cache)
    if known.size:
        raise error
    return replace(known, content=requests.table(Columns({}, 0), ids))
