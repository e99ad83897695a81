# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Responses -> the Table of a search, which says where it comes from, and warns if it is empty."""

import json
from functools import partial

from astropy.table import Table
from astroquery.exceptions import NoResultsWarning

from ..arguments.coverage import note_if_too_early
from ..http.retry import Response
from ..messages import warn
from ..query import Query, Request, table_of
from ..surveys import Survey, survey_of
from ..tables.build import alerts

__all__ = ["alerts_request", "found", "found_with", "search", "warned"]


def search(endpoint: str, payload: dict, survey: Survey, names: list[str] | None) -> Query[Table]:
    """The query of one request that is answered with alerts."""
    return Query([alerts_request(endpoint, payload, survey, names)], finish=found)


def alerts_request(endpoint: str, payload: dict, survey: Survey, names: list[str] | None) -> Request:
    """A request that is answered with alerts."""
    return Request(endpoint, payload, parse=partial(alerts, survey=survey, names=names))


def found(responses: list[Response]) -> Table:
    """The Table of the only response, and a warning where it is empty."""
    return warned(table_of(responses))


def found_with(responses: list[Response], payload: dict) -> Table:
    """The same, of a request whose payload is part of its address."""
    table = table_of(responses)
    table.meta["payload"] = json.dumps(payload)
    return warned(table)


def warned(table: Table) -> Table:
    """The same Table, and a warning where it is empty."""
    if not len(table):
        payload = table.meta["payload"]
        why = note_if_too_early(payload, survey_of(table))
        warn(f"Fink found nothing: {payload[:300]}{why}", NoResultsWarning)
    return table


def table_or_warning(responses, what):
    """The Table of the only response; an empty one is a warning."""
    table = table_of(responses)
    if not len(table):
        warn(f"Fink has no {what}", NoResultsWarning)
    return table
