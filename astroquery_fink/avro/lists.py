# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Arrays and maps: blocks that begin with their number of items, up to an empty block."""

from itertools import count as counter
from typing import Any

import numpy as np
import pyarrow as pa

from .lengths import AllLists, Lists, few_and_long
from .messages import Messages
from .nested import Record
from .node import Node
from .reader import Reader

__all__ = ["Array", "Map"]


class Array(Node):
    """Items of one type: the first of all lists are located together, then the second of all, and so on."""

    smallest = 1

    def __init__(self, item: Node) -> None:
        self.type: pa.DataType = pa.list_(item.type)
        self._item = item

    def locate(self, messages: Messages, position: np.ndarray, ahead: int) -> tuple[np.ndarray, int]:
        lists = Lists(position + ahead)
        active = np.arange(len(position))
        for block in counter():
            if not len(active):
                break
            active = self._locate_block(messages, lists, active, block)
        messages.found[self].append(lists)
        return lists.after, 0

    def _locate_block(self, messages: Messages, lists: Lists, active: np.ndarray, block: int) -> np.ndarray:
        """Locate the next block of some lists; return those that have another one."""
        count, lists.after[active] = messages.counts(lists.after[active], self._item.smallest)
        active, count = active[count > 0], count[count > 0]
        if not self._item.smallest:
            lists.length[active] += count
            return active
        longest_first = np.argsort(-count, kind="stable")
        active, count = active[longest_first], count[longest_first]
        few = few_and_long(count, block)
        if few:
            lists.put(active[:few], *messages.read_each(lists.start[active[:few]], self.read))
            active, count = active[few:], count[few:]
        if len(active):
            self._locate_items(messages, lists, active, count)
        return active

    def _locate_items(self, messages: Messages, lists: Lists, active: np.ndarray, count: np.ndarray) -> None:
        """Locate the items of a block; the longest lists stand first, so that the active ones are a slice."""
        having = len(count) - np.searchsorted(count[::-1], np.arange(count[0]), side="right")
        position = lists.after[active]
        for number in having.tolist():
            if number < len(position):
                lists.after[active[number : len(position)]] = position[number:]
            position, ahead = self._item.locate(messages, position[:number], 0)
            if ahead:
                position = position + ahead
        lists.after[active[: len(position)]] = position
        lists.add(active, count, having)

    def build(self, messages: Messages, size: int, order: np.ndarray | None) -> pa.Array:
        lists = AllLists(messages.found.pop(self, []), order, sized=self._item.smallest > 0)
        if lists.index is None:
            broken = messages.too_many(lists.start, lists.length)
            if broken.any():
                messages.broken |= broken
                return pa.nulls(size, self.type)
        offsets = np.zeros(size + 1, dtype=np.int32)
        np.cumsum(lists.length, out=offsets[1:])
        items = self._item.build(messages, int(offsets[-1]), lists.index)
        array = pa.Array.from_buffers(
            self.type, size, [None, pa.py_buffer(offsets)], children=[self._entries(items)]
        )
        return self._with_read(array, lists.read, np.arange(size) if order is None else order)

    def _with_read(self, array: pa.Array, read: dict[int, list[Any]], order: np.ndarray) -> pa.Array:
        """Replace the lists that were read one by one, which the array has as empty ones."""
        rows = np.flatnonzero(np.isin(order, list(read))) if read else []
        if not len(rows):
            return array
        more = pa.array([read[number] for number in order[rows].tolist()], self.type)
        which = np.arange(len(order))
        which[rows] = len(order) + np.arange(len(rows))
        return pa.concat_arrays([array, more]).take(pa.array(which))

    def _entries(self, items: pa.Array) -> pa.Array:
        """The array below that of the lists."""
        return items

    def read(self, reader: Reader) -> Any:
        values = []
        while count := reader.count(self._item.smallest):
            values += [self._item.read(reader) for _ in range(count)]
        return values


class Map(Array):
    """Values by name; as in Arrow, a list of pairs."""

    def __init__(self, key: Node, value: Node) -> None:
        super().__init__(Record(["key", "value"], [key, value]))
        self.type: pa.DataType = pa.map_(key.type, value.type)

    def _entries(self, items: pa.Array) -> pa.Array:
        pair = pa.struct([self.type.key_field, self.type.item_field])
        return pa.Array.from_buffers(pair, len(items), [None], children=items.flatten())

    def read(self, reader: Reader) -> Any:
        pairs = [tuple(pair.values()) for pair in super().read(reader)]
        return dict(pairs) if reader.inside else pairs
