# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""How many items lists have, and in which order their items were located."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .arrays import gathered

__all__ = ["AllLists", "Lists", "few_and_long"]

_WORTH = 10  # lists: to read an item in each takes as long as to locate the items of any number of lists
_STEPS = 8  # to save fewer steps is not worth the copy of all lists that it needs
_BLOCKS = 8  # most lists have one block


class Lists:
    """
    Some lists: where each starts and ends, and its number of items.

    Items are located in steps, one item of each list. ``index`` has their numbers, list by list. Lists in
    ``read`` are read one by one; if some of their items were located before, nothing refers to these.
    """

    def __init__(self, start: np.ndarray) -> None:
        self.start: np.ndarray = start
        self.after: np.ndarray = start.copy()
        self.length: np.ndarray = np.zeros(len(start), dtype=np.int64)
        self.read: dict[int, list[Any]] = {}
        self.located: int = 0
        self._index: list[np.ndarray] = []
        self._owner: list[np.ndarray] = []

    def add(self, active: np.ndarray, count: np.ndarray, having: np.ndarray) -> None:
        """Add a block of the lists ``active``, longest first; ``having[k]`` of them have an item k."""
        by_list = np.argsort(active)
        length = count[by_list]
        item = ranges(np.zeros_like(length), length)
        step = np.cumsum(having) - having + self.located
        self._index.append(step[item] + np.repeat(by_list, length))
        self._owner.append(np.repeat(active[by_list], length))
        self.located += len(item)
        self.length[active] += count

    def put(self, numbers: np.ndarray, values: list[list[Any]], after: np.ndarray) -> None:
        """Put the items of lists that were read one by one."""
        self.read.update(zip(numbers.tolist(), values, strict=True))
        self.length[numbers] = 0
        self.after[numbers] = after

    def index(self) -> np.ndarray:
        """The numbers of the items among those located."""
        owner, index = gathered(self._owner, None), gathered(self._index, None)
        if self.read:
            kept = ~np.isin(owner, list(self.read))
            owner, index = owner[kept], index[kept]
        return index[np.argsort(owner, kind="stable")] if len(self._owner) > 1 else index


class AllLists:
    """
    The lists of several calls, one after another or in a given order.

    ``start``, ``length``, ``index`` and ``read`` are as in `Lists`; ``index`` is None if items have no bytes.
    """

    def __init__(self, calls: Sequence[Lists], order: np.ndarray | None, sized: bool) -> None:
        self.start: np.ndarray = gathered([lists.start for lists in calls], order)
        length = gathered([lists.length for lists in calls], None)
        self.length: np.ndarray = length if order is None else length[order]
        self.index = _joined_index(calls) if sized else None
        if self.index is not None and order is not None:
            self.index = self.index[ranges((np.cumsum(length) - length)[order], self.length)]
        before = np.cumsum([0, *[len(lists.start) for lists in calls]]).tolist()
        self.read: dict[int, list[Any]] = {
            number + first: values
            for first, lists in zip(before, calls, strict=False)
            for number, values in lists.read.items()
        }


def _joined_index(calls: Sequence[Lists]) -> np.ndarray:
    """The numbers of the items among those that all calls located."""
    before = np.cumsum([0, *[lists.located for lists in calls]]).tolist()
    return gathered([lists.index() + first for first, lists in zip(before, calls, strict=False)], None)


def few_and_long(count: np.ndarray, block: int) -> int:
    """How many of some lists, longest first, are read one by one: those that would make many small steps."""
    if not len(count) or (block >= _BLOCKS and len(count) < _WORTH):
        return len(count)
    spared = _WORTH * (count[0] - np.append(count[1:], 0)) - np.cumsum(count)
    best = int(spared.argmax())
    return best + 1 if spared[best] > _WORTH * _STEPS else 0


def ranges(start: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Rising numbers from each start, one range after another."""
    before = np.cumsum(length) - length
    return np.arange(int(length.sum())) + np.repeat(start - before, length)
