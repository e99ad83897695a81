# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""One batch of objects: in one request, or one by one where that fails or the cache knows some of them."""

from dataclasses import dataclass
from functools import partial

from ..batch import Outcome, arrange, attempt, merge
from ..client import Client
from ..config import conf
from ..http.retry import Budget
from ..query import table_of
from .object_requests import ObjectRequests, merged_meta

__all__ = ["Fetcher"]

_OF_ONE_OBJECT = (200, 500, 504)  # broken rows, a broken server, too long: one object may be the cause


@dataclass(frozen=True)
class Fetcher:
    """Fetches the batches of one query.

    Parameters
    ----------
    client : Client
    about : ObjectRequests
    cache : bool or None
    budget : Budget
        Further tries that all batches share.
    alone : Budget
        Requests for single objects, after a batch failed, that all batches share.
    """

    client: Client
    about: ObjectRequests
    cache: bool | None
    budget: Budget
    alone: Budget

    def outcome(self, ids):
        """The rows of some objects in one Table, and the ids that the server failed for."""
        cached = self._cached_alone(ids)
        rest = [one for one in ids if one not in cached]
        outcomes = [self._attempt([one]) for one in cached]
        outcomes += self._together_or_alone(rest) if rest else []
        outcomes = [part for outcome in outcomes for part in self._with_stale(outcome)]
        tables = [outcome.value for outcome in outcomes if outcome.value is not None]
        failed = [one for outcome in outcomes for one in outcome.failed]
        error = next((outcome.error for outcome in outcomes if outcome.error), None)
        if not tables:
            return Outcome(None, failed, error)
        metas = [table.meta for table in tables]
        table = arrange(merge(tables), self.about.survey.columns.object_id, ids)
        table.meta.update(merged_meta(metas))
        return Outcome(table, failed, error)

    def _attempt(self, ids):
        return attempt(partial(self._table, ids), ids)

    def _table(self, ids):
        response = self.client._send(self._request(ids), cache=self.cache, budget=self.budget)
        return table_of([response])

    def _request(self, ids):
        return self.about.wanting(self.about.survey.columns.object_id).request(ids)

    def _cached_alone(self, ids):
        """The ids whose responses were cached one by one, where that of the batch was not."""
        if len(ids) == 1 or self._is_cached(ids, stale=conf.stale_if_error):
            return []
        return [one for one in ids if self._is_cached([one])]

    def _is_cached(self, ids, stale=False):
        return self.client._is_cached(self._request(ids), self.cache, stale=stale)

    def _together_or_alone(self, ids):
        """Where the server breaks on several objects, each is asked for alone, so that one fails alone."""
        outcome = self._attempt(ids)
        if len(ids) == 1 or outcome.error is None or outcome.error.status not in _OF_ONE_OBJECT:
            return [outcome]
        return [
            self._attempt([one]) if self.alone.take() else Outcome(None, [one], outcome.error) for one in ids
        ]

    def _with_stale(self, outcome):
        """What failed, with the older responses that were cached one by one in its place."""
        if outcome.error is None:
            return [outcome]
        found = {one: self._stale(one, outcome.error) for one in outcome.failed}
        failed = [one for one, table in found.items() if table is None]
        tables = [Outcome(table) for table in found.values() if table is not None]
        return [*tables, Outcome(None, failed, outcome.error)] if failed else tables

    def _stale(self, one, error):
        response = self.client._stale_response(self._request([one]), self.cache, error)
        return table_of([response]) if response else None
