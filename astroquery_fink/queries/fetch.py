# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fetch one batch of objects: in one request, or object by object."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from astropy.table import Table

from ..batch import (
    Outcome,
    arrange,
    attempt,
    merge,
)
from ..client import Client
from ..config import conf
from ..exceptions import FinkError
from ..http.retry import Budget
from ..query import Request, table_of
from .object_requests import ObjectRequests, merged_meta

__all__ = ["BatchFetcher"]

# Broken rows, a broken server, or a timeout: a single object may be the cause.
_FAULTS_OF_ONE_OBJECT = (200, 500, 504)


@dataclass(frozen=True)
class BatchFetcher:
    """Fetches the batches of one query.

    Parameters
    ----------
    client : Client
    requests : ObjectRequests
    cache : bool or None
    retries : Budget
        Retries, shared by all batches.
    single_requests : Budget
        Requests for single objects after a batch failed, shared by all batches.
    """

    client: Client
    requests: ObjectRequests
    cache: bool | None
    retries: Budget
    single_requests: Budget

    def fetch(self, ids: list[Any]) -> Outcome:
        """One Table of some objects, and the ids for which the server failed."""
        cached = self._cached_singly(ids)
        rest = [one for one in ids if one not in cached]
        outcomes = [self._attempt([one]) for one in cached]
        outcomes += self._fetch_together_or_singly(rest) if rest else []
        outcomes = [part for outcome in outcomes for part in self._replace_by_stale(outcome)]
        tables = [outcome.value for outcome in outcomes if outcome.value is not None]
        failed = [one for outcome in outcomes for one in outcome.failed]
        error = next((outcome.error for outcome in outcomes if outcome.error), None)
        if not tables:
            return Outcome(None, failed, error)
        metas = [table.meta for table in tables]
        table = arrange(merge(tables), self.requests.survey.columns.object_id, ids)
        table.meta.update(merged_meta(metas))
        return Outcome(table, failed, error)

    def _attempt(self, ids: list[Any]) -> Outcome:
        return attempt(partial(self._table, ids), ids)

    def _table(self, ids: list[Any]) -> Table:
        response = self.client._send(self._request(ids), cache=self.cache, budget=self.retries)
        return table_of([response])

    def _request(self, ids: list[Any]) -> Request:
        return self.requests.with_column(self.requests.survey.columns.object_id).request(ids)

    def _cached_singly(self, ids: list[Any]) -> list[Any]:
        """The ids with a cached response of their own, unless the batch has one."""
        if len(ids) == 1 or self._is_cached(ids, stale=conf.stale_if_error):
            return []
        return [one for one in ids if self._is_cached([one])]

    def _is_cached(self, ids: list[Any], stale: bool = False) -> bool:
        return self.client._is_cached(self._request(ids), self.cache, stale=stale)

    def _fetch_together_or_singly(self, ids: list[Any]) -> list[Outcome]:
        """Fetch all ids in one request, or object by object if that fails."""
        outcome = self._attempt(ids)
        if len(ids) == 1 or outcome.error is None or outcome.error.status not in _FAULTS_OF_ONE_OBJECT:
            return [outcome]
        return [
            self._attempt([one]) if self.single_requests.take() else Outcome(None, [one], outcome.error)
            for one in ids
        ]

    def _replace_by_stale(self, outcome: Outcome) -> list[Outcome]:
        """Replace a failure by older cached responses of single objects."""
        if outcome.error is None:
            return [outcome]
        found = {one: self._stale_table(one, outcome.error) for one in outcome.failed}
        failed = [one for one, table in found.items() if table is None]
        tables = [Outcome(table) for table in found.values() if table is not None]
        return [*tables, Outcome(None, failed, outcome.error)] if failed else tables

    def _stale_table(self, objectid: str | int, error: FinkError) -> Table | None:
        response = self.client._stale_response(self._request([objectid]), self.cache, error)
        return table_of([response]) if response else None
