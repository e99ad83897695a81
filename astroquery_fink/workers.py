# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A few worker threads that Ctrl-C does not have to wait for."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from typing import TypeVar

from .warn import worker_context

__all__ = ["results_of"]

_GRACE = 0.5  # seconds

T = TypeVar("T")
R = TypeVar("R")


@contextmanager
def results_of(run: Callable[[T], R], items: Sequence[T], workers: int) -> Iterator[Iterator[R]]:
    """The results for all items, in their order, computed by a few threads at once.

    The threads are daemons: where the caller is interrupted or an item fails, no further item is begun, and
    those under way have half a second to finish. `concurrent.futures.ThreadPoolExecutor` would wait for them.
    """
    jobs = deque((Future(), item) for item in items)
    futures = deque(future for future, _ in jobs)
    context = worker_context()
    try:
        for _ in range(min(workers, len(futures))):
            threading.Thread(target=context.copy().run, args=(_work, run, jobs), daemon=True).start()
        yield _taken_one_by_one(futures)
    finally:
        wait([future for future in futures if not future.cancel()], timeout=_GRACE)


def _taken_one_by_one(futures):
    """Each result is let go once it is taken, so that all of them are never in memory together."""
    while futures:
        wait([futures[0]])  # it stays in the list, so that an interruption gives it its half second
        yield futures.popleft().result()


def _work(run, jobs):
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
