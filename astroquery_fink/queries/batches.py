# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Many objects in several requests: one Table, a folder, or the unread responses."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import requests
from astropy.table import Table

from ..batch import Outcome, account, fetch_all, gather, split
from ..client import Client
from ..config import conf
from ..exceptions import FinkQueryError
from ..http.retry import Budget
from ..query import Query
from ..tables.concat import Concatenator
from ..tables.dataset import BatchFiles
from ..tables.decode import Columns
from .fetch import Fetcher
from .object_requests import ObjectRequests, merged_meta, warn_of_missing

__all__ = ["batched_query"]


def batched_query(
    client: Client, about: ObjectRequests, ids: list, size: int, *, folder: Path | None = None, **how
) -> Query[Table | Path]:
    """The query for many objects, ``size`` of them in one request."""
    batches = Batches(client, about, split(ids, size), folder, **how)
    made = [about.request(batch) for batch in batches.ids]
    run = batches.table if folder is None else batches.written
    return Query(made, run=run, responses=batches.unread, many=True)


@dataclass(frozen=True)
class Batches:
    """All batches of one query.

    Parameters
    ----------
    client : Client
    about : ObjectRequests
    ids : list of list
        The objects of each request.
    folder : `~pathlib.Path`, or None
        Where Parquet files go.
    on_error : str
        ``"raise"`` or ``"warn"``.
    cache, show_progress : bool or None
    """

    client: Client
    about: ObjectRequests
    ids: list[list]
    folder: Path | None
    on_error: str
    cache: bool | None
    show_progress: bool | None

    def table(self) -> Table:
        """One Table of all batches; an empty one where there are no rows."""
        stack = Concatenator()

        def take(outcome):
            if outcome.value is None:
                return outcome
            stack.add(outcome.value)
            return replace(outcome, value=outcome.value.meta)

        outcomes = self._fetch(self.ids, self._fetcher(len(self.ids)).outcome, take=take)
        table = self._whole(stack, outcomes)
        received = table if any(outcome.value is not None for outcome in outcomes) else None
        table.meta["failed"] = account(outcomes, self.on_error, asked=self._asked(), table=received)
        warn_of_missing(table.meta, self._asked(), self.client._survey)
        return table

    def written(self) -> Path:
        """The folder, with a file for each batch; those that were there are not asked for."""
        files = BatchFiles(self.folder, [self._identity(ids) for ids in self.ids], self.client._survey)
        kept = [files.read_meta(number) for number in range(len(self.ids))]
        rest = [number for number, meta in enumerate(kept) if meta is None]
        fetcher = self._fetcher(len(rest))

        def fetch_and_write(number):
            outcome = fetcher.outcome(self.ids[number])
            if outcome.value is None:
                return outcome
            files.write(number, self._as_asked(outcome.value), outcome.failed)
            return replace(outcome, value=_merged([outcome]))

        received = dict(zip(rest, self._fetch(rest, fetch_and_write), strict=True))
        outcomes = [received.get(number) or Outcome(meta) for number, meta in enumerate(kept)]
        account(outcomes, self.on_error, asked=self._asked(), kept=f"in {self.folder}")
        meta = self.client._origin(self.about.endpoint) | _merged(outcomes)
        warn_of_missing(meta, self._asked(), self.client._survey)
        return self.folder

    def unread(self) -> list[requests.Response]:
        """The responses to all batches."""
        if self.folder is not None:
            raise FinkQueryError("outdir= goes with query_objects, which writes tables, not with its twin.")
        budget = self.client._budget(len(self.ids))
        return gather(
            self.ids,
            lambda ids: self.client._response(self.about.request(ids), self.cache, budget),
            self.ids,
            on_error=self.on_error,
            connections=conf.max_connections,
            show_progress=self.show_progress,
        )

    def _asked(self):
        return sum(map(len, self.ids))

    def _fetcher(self, requests):
        budgets = self.client._budget(requests), Budget(conf.batch_retries)
        return Fetcher(self.client, self.about, self.cache, *budgets)

    def _fetch(self, items, fetch, take=None):
        at_once = {"connections": conf.max_connections, "show_progress": self.show_progress}
        return fetch_all(items, fetch, take=take, **at_once)

    def _identity(self, ids):
        """What tells one query from another, whatever the response format."""
        payload = {name: value for name, value in self.about.payload(ids).items() if name != "output-format"}
        return self.client._origin(self.about.endpoint) | {"payload": payload, "names": self.about.names}

    def _whole(self, stack, outcomes):
        table = stack.table()
        if table is None:
            table = self.about.table(Columns({}, 0), [])
        sent = json.dumps(self.about.payload([one for ids in self.ids for one in ids]))
        table.meta.update(self.client._origin(self.about.endpoint) | _merged(outcomes), payload=sent)
        return self._as_asked(table)

    def _as_asked(self, table):
        """Without the ids, where they were not asked for."""
        key = self.client._survey.columns.object_id
        if self.about.names is not None and key not in self.about.names and key in table.colnames:
            table.remove_column(key)
        return table


def _merged(outcomes):
    """What ``meta`` says of all batches: values of outcomes are Tables, or their ``meta``."""
    found = [outcome.value for outcome in outcomes if outcome.value is not None]
    return {"missing": [], "cut": []} | merged_meta([getattr(one, "meta", one) for one in found])
