# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Many objects in several requests: a Table, Parquet files, or raw responses."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import requests
from astropy.table import Table

from ..arguments.types import OnError
from ..batch import (
    Outcome,
    fetch_all,
    gather,
    report_failures,
    split,
)
from ..client import Client
from ..config import conf
from ..exceptions import FinkQueryError
from ..http.retry import Budget
from ..query import Query, Request
from ..tables.concat import Concatenator
from ..tables.dataset import BatchFiles
from ..tables.decode import Columns
from .fetch import BatchFetcher
from .object_requests import ObjectRequests, merged_meta, warn_if_none_in_range, warn_of_missing

__all__ = ["BatchOptions", "batched_query"]


@dataclass(frozen=True)
class BatchOptions:
    """How batches are fetched; ``size`` is the number of objects in one request."""

    size: int
    on_error: OnError
    show_progress: bool | None
    cache: bool | None


def batched_query(
    client: Client, objects: ObjectRequests, ids: list[Any], options: BatchOptions, folder: Path | None = None
) -> Query[Any]:
    """A query for many objects that returns a Table, or a folder of Parquet files."""
    batches = _Batches(client, objects, split(ids, options.size), options)
    if folder is None:
        return Query(batches.all_requests(), run=batches.table, responses=batches.responses, many=True)
    write, refuse = partial(batches.write, folder), partial(_refuse_responses, folder)
    return Query(batches.all_requests(), run=write, responses=refuse, many=True)


def _refuse_responses(folder: Path) -> NoReturn:
    raise FinkQueryError(f"outdir={str(folder)!r}: query_objects_async writes no files; use query_objects.")


@dataclass(frozen=True)
class _Batches:
    """The batches of one query; ``batches`` holds the ids of each request."""

    client: Client
    objects: ObjectRequests
    batches: list[list[Any]]
    options: BatchOptions

    def all_requests(self) -> list[Request]:
        return [self.objects.request(ids) for ids in self.batches]

    def table(self) -> Table:
        """One Table of all batches."""
        rows = Concatenator()

        def take(outcome: Outcome) -> Outcome:
            if outcome.value is None:
                return outcome
            rows.add(outcome.value)  # and let the batch go, so that all rows are in memory once
            return replace(outcome, value=outcome.value.meta)

        outcomes = self._fetch(self.batches, self._fetcher(len(self.batches)).fetch, take=take)
        table = self._finished(rows, outcomes)
        received = table if any(outcome.value is not None for outcome in outcomes) else None
        number = self._number_of_ids()
        table.meta["failed"] = report_failures(
            outcomes, self.options.on_error, requested=number, table=received
        )
        warn_of_missing(table.meta, number, self.client._survey)
        warn_if_none_in_range(table, [one for ids in self.batches for one in ids])
        return table

    def write(self, folder: Path) -> Path:
        """Write a file for each batch that the folder does not have yet."""
        files = BatchFiles(folder, [self._identity(ids) for ids in self.batches], self.client._survey)
        written = [files.read_meta(number) for number in range(len(self.batches))]
        rest = [number for number, meta in enumerate(written) if meta is None]
        fetcher = self._fetcher(len(rest))

        def fetch_and_write(number: int) -> Outcome:
            outcome = fetcher.fetch(self.batches[number])
            if outcome.value is None:
                return outcome
            files.write(number, self._without_extra_ids(outcome.value), outcome.failed)
            return replace(outcome, value=_meta_of([outcome]))

        fetched = dict(zip(rest, self._fetch(rest, fetch_and_write), strict=True))
        outcomes = [fetched.get(number) or Outcome(meta) for number, meta in enumerate(written)]
        report_failures(
            outcomes, self.options.on_error, requested=self._number_of_ids(), location=f"in {folder}"
        )
        meta = self.client._origin(self.objects.endpoint) | _meta_of(outcomes)
        warn_of_missing(meta, self._number_of_ids(), self.client._survey)
        return folder

    def responses(self) -> list[requests.Response]:
        """The raw responses to all batches."""
        retries = self.client._budget(len(self.batches))
        return gather(
            self.batches,
            lambda ids: self.client._response(self.objects.request(ids), self.options.cache, retries),
            self.batches,
            on_error=self.options.on_error,
            connections=conf.max_connections,
            show_progress=self.options.show_progress,
        )

    def _number_of_ids(self) -> int:
        return sum(map(len, self.batches))

    def _fetcher(self, number_of_requests: int) -> BatchFetcher:
        budgets = self.client._budget(number_of_requests), Budget(conf.batch_retries)
        return BatchFetcher(self.client, self.objects, self.options.cache, *budgets)

    def _fetch(
        self,
        items: Sequence[Any],
        fetch: Callable[[Any], Outcome],
        take: Callable[[Outcome], Outcome] | None = None,
    ) -> list[Outcome]:
        progress = self.options.show_progress
        return fetch_all(items, fetch, connections=conf.max_connections, show_progress=progress, take=take)

    def _identity(self, ids: list[Any]) -> dict[str, Any]:
        """What identifies a request whatever its response format, as values for JSON."""
        payload = {
            name: value for name, value in self.objects.payload(ids).items() if name != "output-format"
        }
        times = self.objects.times.meta if self.objects.times else {}
        request = {"payload": payload, "names": self.objects.names}
        return self.client._origin(self.objects.endpoint) | request | times

    def _finished(self, rows: Concatenator, outcomes: list[Outcome]) -> Table:
        table = rows.table()
        if table is None:
            table = self.objects.table(Columns({}, 0), [])
        payload = json.dumps(self.objects.payload([one for ids in self.batches for one in ids]))
        table.meta.update(self.client._origin(self.objects.endpoint) | _meta_of(outcomes), payload=payload)
        return self._without_extra_ids(table)

    def _without_extra_ids(self, table: Table) -> Table:
        """Remove the column of object ids unless the user requested it."""
        key = self.client._survey.columns.object_id
        if self.objects.names is not None and key not in self.objects.names and key in table.colnames:
            table.remove_column(key)
        return table


def _meta_of(outcomes: list[Outcome]) -> dict[str, Any]:
    """One ``meta`` for all batches; values of outcomes are Tables or their ``meta``."""
    found = [outcome.value for outcome in outcomes if outcome.value is not None]
    return {"missing": [], "cut": []} | merged_meta([getattr(one, "meta", one) for one in found])
