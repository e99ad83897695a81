# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Many parts of one question: fetch a few at once, put rows in order, account for what failed."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import numpy as np

from .arguments.checks import count
from .exceptions import (
    FailedIdsWarning,
    FinkError,
    FinkQueryError,
    FinkServiceError,
    FinkTimeoutError,
)
from .messages import shown, warn, worker_context
from .progress import Bar, is_shown
from .tables.concat import merge

__all__ = [
    "Outcome",
    "account",
    "arrange",
    "attempt",
    "check_on_error",
    "fetch_all",
    "gather",
    "merge",
    "results_of",
    "first_few",
    "split",
]

_GRACE = 0.5  # seconds
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Outcome:
    """What became of one part.

    Parameters
    ----------
    value : object, optional
        What came; None where nothing did.
    failed : list
        The ids that the server could not be asked for.
    error : `~astroquery_fink.exceptions.FinkError`, optional
        Why.
    """

    value: Any = None
    failed: list = field(default_factory=list)
    error: FinkError | None = None


def attempt(fetch, ids):
    """Fetch, and keep a failure of the server as an outcome.

    Parameters
    ----------
    fetch : callable
        Takes nothing.
    ids : list
        What is fetched.

    Returns
    -------
    outcome : `Outcome`
    """
    try:
        return Outcome(fetch())
    except (FinkServiceError, FinkTimeoutError) as error:
        return Outcome(failed=ids, error=error)


def split(items, size):
    """Cut a list into parts of at most this size.

    Parameters
    ----------
    items : list
    size : int
        ``conf.batch_size``, or 1.

    Returns
    -------
    parts : list of list
    """
    size = count(size, "conf.batch_size")
    return [items[start : start + size] for start in range(0, len(items), size)]


def fetch_all(parts, fetch, *, connections, show_progress=None, take=None):
    """Fetch each part, a few at once.

    Parameters
    ----------
    parts : list
    fetch : callable
        Takes a part.
    connections : int
        Parts under way at once.
    show_progress : bool, optional
        None: where there is more than one part, on a terminal or in a notebook.
    take : callable, optional
        Takes each result as soon as those before it came; what it gives is kept in place of the result.

    Returns
    -------
    results : list
        In the order of the parts, whichever came first.

    Raises
    ------
    Exception
        The first that ``fetch`` raises; parts that were not begun by then are left alone.
    """
    shown = is_shown(show_progress) if len(parts) > 1 else bool(show_progress)
    with results_of(fetch, parts, max(1, connections)) as results, Bar(len(parts), shown) as bar:
        taken = map(take, results) if take else results
        return [(result, bar.reach(place))[0] for place, result in enumerate(taken, 1)]


def arrange(table, name, ids):
    """The rows of a Table, grouped by id.

    Parameters
    ----------
    table : `~astropy.table.Table`
    name : str
        Of the column of ids.
    ids : list
        In the order wanted; rows of one id keep theirs.

    Returns
    -------
    table : `~astropy.table.Table`
    """
    place = {one: number for number, one in enumerate(ids)}
    keys = np.array([place.get(one, len(place)) for one in table[name].tolist()], dtype=int)
    return table if np.all(np.diff(keys) >= 0) else table[np.argsort(keys, kind="stable")]


def check_on_error(on_error):
    """Refuse what is no way to treat a failure.

    Parameters
    ----------
    on_error : str

    Returns
    -------
    on_error : str
        ``"raise"`` or ``"warn"``.
    """
    if not isinstance(on_error, str) or on_error not in ("raise", "warn"):
        raise FinkQueryError(f"on_error={shown(on_error)} is neither 'raise' nor 'warn'.")
    return on_error


def account(outcomes, on_error, *, asked, table=None, kept="kept if the cache is on, and is in .table"):
    """Say what failed.

    Parameters
    ----------
    outcomes : list of `Outcome`
    on_error : str
        ``"raise"`` or ``"warn"``.
    asked : int
        How many ids were asked for.
    table : `~astropy.table.Table`, optional
        What came of the others, for the error.
    kept : str, optional
        Where that is, for the message.

    Returns
    -------
    failed : list
        The ids that the server could not be asked for.

    Raises
    ------
    FinkServiceError, FinkTimeoutError
        Of the kind of the first failure; ``failed`` names the ids.
    """
    failed = [one for outcome in outcomes for one in outcome.failed]
    if not failed:
        return failed
    first = next(outcome.error for outcome in outcomes if outcome.error)
    message = f"the server failed for {len(failed)} of {asked}: {first_few(failed)}. First: {first}"
    if on_error == "warn":
        warn(message, FailedIdsWarning)
        return failed
    message += f" What came is {kept}; a second call asks for the rest."
    about = {"endpoint": first.endpoint, "url": first.url, "status": first.status, "reason": first.reason}
    raise type(first)(message, failed=failed, table=table, **about) from first


def gather(parts, fetch, ids, *, on_error, connections, show_progress=None):
    """What ``fetch`` makes of each part; what the server failed for is accounted for.

    Parameters
    ----------
    parts : list
    fetch : callable
        Takes a part.
    ids : list of list
        What each part asks for.
    on_error : str
        As `account` takes it.
    connections, show_progress
        As `fetch_all` takes them.

    Returns
    -------
    values : list
        In the order of the parts.
    """
    outcomes = fetch_all(
        list(zip(parts, ids, strict=True)),
        lambda part: attempt(partial(fetch, part[0]), part[1]),
        connections=connections,
        show_progress=show_progress,
    )
    account(outcomes, on_error, asked=sum(map(len, ids)))
    return [outcome.value for outcome in outcomes if outcome.value is not None]


def first_few(ids, most=10):
    """The first of some ids, as text.

    Parameters
    ----------
    ids : list
    most : int

    Returns
    -------
    text : str
    """
    return ", ".join(map(str, ids[:most])) + (", …" if len(ids) > most else "")


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
