# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Notice that the reader of a pipe, such as ``| head``, has ended while there is nothing to write."""

import os
import select
import stat
import sys
import threading
from _thread import interrupt_main
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["ends_with_reader"]

_LOOK = 500  # milliseconds between two looks at whether to stop
_PAUSE = 1.0  # seconds in which the broker answers; an interrupt in a callback of librdkafka would be lost


@contextmanager
def ends_with_reader() -> Iterator[None]:
    """Raise `BrokenPipeError` soon after the reader of standard output has ended."""
    pipe = _pipe()
    if pipe is None:
        yield
        return
    ended, stop = threading.Event(), threading.Event()
    watch = threading.Thread(target=_watch, args=(pipe, ended, stop), daemon=True)
    watch.start()
    try:
        try:
            yield
        finally:
            stop.set()
            watch.join()
    except KeyboardInterrupt:
        if ended.is_set():
            raise BrokenPipeError from None
        raise


def _pipe() -> int | None:
    """The number of standard output if it is a pipe that can be watched."""
    if not hasattr(select, "poll") or threading.current_thread() is not threading.main_thread():
        return None
    try:
        number = sys.stdout.fileno()
        return number if stat.S_ISFIFO(os.fstat(number).st_mode) else None
    except (OSError, ValueError):  # not a file, or closed
        return None


def _watch(pipe: int, ended: threading.Event, stop: threading.Event) -> None:
    """Interrupt the main thread when the pipe has no reader any more."""
    poll = select.poll()
    poll.register(pipe, 0)  # errors only
    while not stop.is_set():
        if poll.poll(_LOOK):
            if not stop.wait(_PAUSE):
                ended.set()
                interrupt_main()
            return
