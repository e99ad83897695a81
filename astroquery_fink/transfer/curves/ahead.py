# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Make the next item of an iteration in a thread, while the caller uses the one before."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["one_ahead"]

T = TypeVar("T")


def one_ahead(items: Generator[T, None, None]) -> Iterator[T]:
    """The same items; one is waiting when the caller asks for it. None ends the iteration."""
    with ThreadPoolExecutor(1) as thread:
        try:
            waiting = thread.submit(next, items, None)
            while (item := waiting.result()) is not None:
                waiting = thread.submit(next, items, None)
                yield item
        finally:
            thread.submit(items.close).result()
