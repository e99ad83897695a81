# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Download partitions in this process, or in several processes at the same time."""

import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from threading import Thread
from time import monotonic, sleep
from typing import Any

from loky import ProcessPoolExecutor, cpu_count
from loky.backend import get_context

from ...exceptions import FinkQueryError
from .partition import Job, fetch_partition

__all__ = ["fetch_partitions"]

_TICK = 0.2  # seconds between two updates of the progress bar
_START = 4.0  # seconds that processes take to start
_LOOK = 0.5  # seconds between two looks of a worker at its parent
_GRACE = 10.0  # seconds in which workers may finish their files after an error in another


def fetch_partitions(
    job: Job, partitions: Sequence[int], processes: int | None, advance: Callable[[int], None]
) -> None:
    """Download partitions; those that another process is at come last, when it is done with them.

    Without a number of processes, this one works alone as long as others would take to start.
    """
    if processes is None:
        end = monotonic() + _START
        _alone(job, partitions, advance, lambda: monotonic() >= end)
        if monotonic() < end:
            return
        partitions = [number for number in partitions if job.missing(number)]
    most = min(len(partitions), processes or int(cpu_count()))
    if most > 1:
        _in_processes(job, partitions, most, advance)
    else:
        _alone(job, partitions, advance)


def _alone(
    job: Job,
    partitions: Sequence[int],
    advance: Callable[[int], None],
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    busy = [number for number in partitions if not fetch_partition(job, number, False, advance, stopped)]
    for number in busy:
        fetch_partition(job, number, True, advance, stopped)


def _in_processes(
    job: Job, partitions: Sequence[int], processes: int, advance: Callable[[int], None]
) -> None:
    context = get_context("loky")  # needs no `if __name__ == "__main__"` in the user's script
    stop, counts = context.Event(), context.SimpleQueue()
    pool = ProcessPoolExecutor(
        processes, context=context, initializer=_begin, initargs=(stop, counts, os.getpid())
    )
    try:
        for patient in (False, True):
            tasks = {pool.submit(_work, job, number, patient): number for number in partitions}
            partitions = _unfinished(tasks, stop, lambda: _drain(counts, advance))
    finally:
        stop.set()
        pool.shutdown(kill_workers=True)


def _unfinished(tasks: dict[Future[bool], int], stop: Any, tick: Callable[[], None]) -> list[int]:
    """The partitions that other processes are at, when all tasks are done."""
    pending = set(tasks)
    try:
        while pending:
            done, pending = wait(pending, timeout=_TICK, return_when=FIRST_COMPLETED)
            tick()
            for task in done:
                task.result()
    except BrokenProcessPool as error:
        raise FinkQueryError(
            "A process of the download was killed, perhaps because the memory is full: call download again "
            "with fewer processes=."
        ) from error
    except Exception:
        stop.set()
        wait([task for task in pending if not task.cancel()], timeout=_GRACE)
        raise
    return [number for task, number in tasks.items() if not task.result()]


def _drain(counts: Any, advance: Callable[[int], None]) -> None:
    while not counts.empty():
        advance(counts.get())


_of_worker: dict[str, Any] = {}  # in a worker: what it shares with its parent


def _begin(stop: Any, counts: Any, parent: int) -> None:
    """Prepare a worker, which ends with its parent; an interrupt is for the parent."""
    with suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    _of_worker.update(stop=stop, counts=counts)
    Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process when its parent has been killed; what has a name stays."""
    while os.getppid() == parent:
        sleep(_LOOK)
    os._exit(1)


def _work(job: Job, partition: int, patient: bool) -> bool:
    return fetch_partition(job, partition, patient, _of_worker["counts"].put, _of_worker["stop"].is_set)
