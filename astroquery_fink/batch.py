# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Queries of many requests: send a few at once, sort the rows by id, and report failures."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import numpy as np
from astropy.table import Table

from .arguments.checks import count
from .arguments.types import OnError
from .exceptions import (
    FailedIdsWarning,
    FinkError,
    FinkQueryError,
    FinkServiceError,
    FinkTimeoutError,
)
from .messages import first_few, shown, warn, worker_context
from .progress import Bar, is_shown
from .tables.concat import merge

__all__ = [
    "Outcome",
    "arrange",
    "attempt",
    "check_on_error",
    "fetch_all",
    "gather",
    "merge",
    "report_failures",
    "results_of",
    "split",
]

_GRACE = 0.5  # seconds for threads to finish after an interruption
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Outcome:
    """The result of one batch, or its error and the ids for which the server failed."""

    value: Any = None
    failed: list[Any] = field(default_factory=list)
    error: FinkError | None = None


def attempt(fetch: Callable[[], Any], ids: list[Any]) -> Outcome:
    """Fetch a batch; a failure of the server becomes an outcome instead of an error."""
    try:
        return Outcome(fetch())
    except (FinkServiceError, FinkTimeoutError) as error:
        return Outcome(failed=ids, error=error)


def split(items: list[T], size: int) -> list[list[T]]:
    """Divide a list into batches of at most this size."""
    size = count(size, "conf.batch_size")
    return [items[start : start + size] for start in range(0, len(items), size)]


def fetch_all(
    batches: Sequence[T],
    fetch: Callable[[T], R],
    *,
    connections: int,
    show_progress: bool | None = None,
    take: Callable[[R], Any] | None = None,
) -> list[Any]:
    """The results of all batches in their order, fetched a few at once.

    ``take`` replaces each result as soon as all results before it are complete. If ``fetch`` raises an error,
    no further batch is started.
    """
    shown = is_shown(show_progress) if len(batches) > 1 else bool(show_progress)
    with results_of(fetch, batches, max(1, connections)) as results, Bar(len(batches), shown) as bar:
        taken = map(take, results) if take else results
        return [(result, bar.reach(number))[0] for number, result in enumerate(taken, 1)]


def arrange(table: Table, name: str, ids: list[Any]) -> Table:
    """The rows of a Table in the order of the ids; those of one id keep theirs."""
    ranks = {one: rank for rank, one in enumerate(ids)}
    keys = np.array([ranks.get(one, len(ranks)) for one in table[name].tolist()], dtype=int)
    return table if np.all(np.diff(keys) >= 0) else table[np.argsort(keys, kind="stable")]


def check_on_error(on_error: OnError) -> OnError:
    """Check the argument ``on_error``."""
    if not isinstance(on_error, str) or on_error not in ("raise", "warn"):
        raise FinkQueryError(f"on_error={shown(on_error)} is not valid: give 'raise' or 'warn'.")
    return on_error


def report_failures(
    outcomes: Sequence[Outcome],
    on_error: OnError,
    *,
    requested: int,
    table: Table | None = None,
    location: str = "in the cache, if that is on, and in .table",
) -> list[Any]:
    """Warn or raise if the server failed for some ids, and return these.

    ``requested`` is the number of all ids, ``table`` has the rows of those that did not fail, and
    ``location`` says where these are. The error is of the same class as the first failure.
    """
    failed = [one for outcome in outcomes for one in outcome.failed]
    first = next((outcome.error for outcome in outcomes if outcome.error), None)
    if not failed or first is None:
        return failed
    message = f"the server failed for {len(failed)} of {requested}: {first_few(failed)}. First error: {first}"
    if on_error == "warn":
        warn(message, FailedIdsWarning)
        return failed
    message += f" What was received is {location}; a second call requests only the rest."
    raise type(first)(message, failed=failed, table=table, **first.of_request()) from first


def gather(
    batches: Sequence[T],
    fetch: Callable[[T], Any],
    ids: Sequence[list[Any]],
    *,
    on_error: OnError,
    connections: int,
    show_progress: bool | None = None,
) -> list[Any]:
    """The results of all batches for which the server did not fail; failures are reported.

    ``ids`` has the ids of each batch.
    """
    outcomes = fetch_all(
        list(zip(batches, ids, strict=True)),
        lambda batch: attempt(partial(fetch, batch[0]), batch[1]),
        connections=connections,
        show_progress=show_progress,
    )
    report_failures(outcomes, on_error, requested=sum(map(len, ids)))
    return [outcome.value for outcome in outcomes if outcome.value is not None]


@contextmanager
def results_of(run: Callable[[T], R], items: Sequence[T], workers: int) -> Iterator[Iterator[R]]:
    """The results for all items in their order, computed by a few threads at once.

    The threads are daemons: if the caller is interrupted or an item fails, no further item is started, and
    running ones have half a second to finish. `concurrent.futures.ThreadPoolExecutor` would wait for them.
    """
    jobs = deque((Future(), item) for item in items)
    futures = deque(future for future, _ in jobs)
    context = worker_context()
    try:
        for _ in range(min(workers, len(futures))):
            threading.Thread(target=context.copy().run, args=(_work, run, jobs), daemon=True).start()
        yield _results_in_order(futures)
    finally:
        wait([future for future in futures if not future.cancel()], timeout=_GRACE)


def _results_in_order(futures: deque[Future[R]]) -> Iterator[R]:
    """Yield and forget one result after the other, so that they are never all in memory."""
    while futures:
        wait([futures[0]])  # it stays in the queue, so that results_of waits for it after an interruption
        yield futures.popleft().result()


def _work(run: Callable[[T], R], jobs: deque[tuple[Future[R], T]]) -> None:
    """Do one job after the other, in a thread."""
    while jobs:
        try:
            future, item = jobs.popleft()
        except IndexError:  # another thread took the last one
            return
        if not future.set_running_or_notify_cancel():
            continue
        try:
            future.set_result(run(item))
        except BaseException as error:
            future.set_exception(error)
