# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Searches for alerts: the request, and the Table with a warning if it is empty."""

import json
from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
from astropy.table import Table
from astroquery.exceptions import NoResultsWarning

from ..arguments.survey_limits import note_if_too_early
from ..arguments.types import Payload
from ..http.retry import Response
from ..messages import described, warn
from ..query import Query, Request, table_of
from ..surveys import Survey, survey_of
from ..tables.build import alerts

__all__ = [
    "alert_query",
    "alert_request",
    "newest_per_object",
    "python_values",
    "single_table",
    "warn_if_empty",
]


def alert_query(endpoint: str, payload: Payload, survey: Survey, names: list[str] | None) -> Query[Table]:
    """A query that sends one request and returns alerts."""
    return Query([alert_request(endpoint, payload, survey, names)], finish=single_table)


def alert_request(endpoint: str, payload: Payload, survey: Survey, names: list[str] | None) -> Request:
    """A request for alerts; ``names`` are the columns of its Table, None: all."""
    return Request(endpoint, payload, parse=partial(alerts, survey=survey, names=names))


def single_table(responses: list[Response], what: str | None = None) -> Table:
    """The Table of the only response, with a warning if it is empty."""
    return warn_if_empty(table_of(responses), what)


def warn_if_empty(table: Table, what: str | None = None) -> Table:
    """Warn if the Table is empty; ``what`` says what its rows would be."""
    if not len(table):
        warn(f"Fink has no {what}" if what else _nothing_found(table), NoResultsWarning)
    return table


def _nothing_found(table: Table) -> str:
    try:
        payload = json.loads(table.meta["payload"])
    except ValueError:  # many positions, which ``meta`` describes in words
        return f"Fink found nothing for {table.meta['payload']}."
    arguments = described(payload)
    note = note_if_too_early(payload, survey_of(table))
    return f"Fink found nothing{f' for {arguments}' if arguments else ''}{note}."


def newest_per_object(table: Table, survey: Survey) -> Table:
    """The newest row of each object, newest first; each alert without an object id is a row."""
    table = table[np.argsort(-np.ma.filled(table[survey.columns.time], np.nan), kind="stable")]
    ids, alert_ids = (table[name] for name in (survey.columns.object_id, survey.columns.alert_id))
    absent = np.ma.getmaskarray(ids)
    chosen = np.zeros(len(table), bool)
    for rows, keys in ((np.flatnonzero(~absent), ids), (np.flatnonzero(absent), alert_ids)):
        _, first = np.unique(np.asarray(keys)[rows], return_index=True)
        chosen[rows[first]] = True
    return table[chosen]


def python_values(values: Any) -> Iterable[Any]:
    """The values of a column that was read from JSON or Parquet."""
    return values.to_pylist() if hasattr(values, "to_pylist") else values
