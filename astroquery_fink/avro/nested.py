# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Values made of other values: records, unions, and records that have themselves inside."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from .arrays import bits, expanded, gathered
from .messages import OUT, Messages, steps
from .node import Node
from .reader import Reader

__all__ = ["LeftOut", "Nullable", "Record", "Recursive", "Reference", "Union"]


class Record(Node):
    """Named values, one after another."""

    def __init__(self, names: Sequence[str], children: Sequence[Node]) -> None:
        self.children: list[Node] = list(children)
        self._kept = {
            name: child for name, child in zip(names, children, strict=True) if not isinstance(child, LeftOut)
        }
        self.type: pa.DataType = pa.struct([(name, child.type) for name, child in self._kept.items()])
        self.smallest: int = sum(child.smallest for child in children)

    def locate(self, messages: Messages, position: np.ndarray, ahead: int) -> tuple[np.ndarray, int]:
        for child in self.children:
            position, ahead = child.locate(messages, position, ahead)
        return position, ahead

    def build(self, messages: Messages, size: int, order: np.ndarray | None) -> pa.Array:
        arrays = [child.build(messages, size, order) for child in self._kept.values()]
        return pa.Array.from_buffers(self.type, size, [None], children=arrays)

    def read(self, reader: Reader) -> Any:
        return {name: child.read(reader) for name, child in self._kept.items()}


class LeftOut(Node):
    """A value that is passed over."""

    type: pa.DataType = pa.null()

    def __init__(self, child: Node) -> None:
        self._child = child
        self.smallest: int = child.smallest

    def locate(self, messages: Messages, position: np.ndarray, ahead: int) -> tuple[np.ndarray, int]:
        return self._child.locate(messages.ignoring(), position, ahead)

    def build(self, messages: Messages, size: int, order: np.ndarray | None) -> pa.Array:
        return pa.nulls(size)

    def read(self, reader: Reader) -> Any:
        self._child.read(reader)


class Nullable(Node):
    """A union of null and one other type, in either order, or of one type alone."""

    smallest = 1

    def __init__(self, child: Node, value: int, null: int | None) -> None:
        self.type: pa.DataType = child.type
        self._child = child
        self._value, self._null = 2 * value, None if null is None else 2 * null
        self._steps = steps({byte: 1 for byte in (self._value, self._null) if byte is not None})

    def locate(self, messages: Messages, position: np.ndarray, ahead: int) -> tuple[np.ndarray, int]:
        branch = messages.take(position, ahead)
        position = position + self._steps.take(branch)
        if ahead:
            position += ahead
        valid = branch == self._value
        messages.found[self].append(valid)
        present = valid.nonzero()[0]
        if len(present) == len(branch):
            position, ahead = self._child.locate(messages, position, 0)
            return position + ahead if ahead else position, 0
        if len(present):
            after, ahead = self._child.locate(messages, position[present], 0)
            position[present] = after + ahead
        return position, 0

    def build(self, messages: Messages, size: int, order: np.ndarray | None) -> pa.Array:
        return _build_some(self._child, messages, gathered(messages.found.pop(self, []), None, bool), order)

    def read(self, reader: Reader) -> Any:
        branch = reader.byte()
        if branch not in (self._value, self._null):
            raise ValueError("not a branch of the union")
        return self._child.read(reader) if branch == self._value else None


class Union(Node):
    """
    A union of several types: a struct of ``member0``, ``member1``, ..., all null but one.

    This is how Spark reads such unions. Null is not counted among the members: all of them are null.
    """

    smallest = 1

    def __init__(self, branches: Sequence[Node | None]) -> None:
        self._most = len(branches) - 1
        children = [(number, child) for number, child in enumerate(branches) if child is not None]
        self._members = {number: (f"member{n}", child) for n, (number, child) in enumerate(children)}
        self.type: pa.DataType = pa.struct([(name, child.type) for name, child in self._members.values()])

    def locate(self, messages: Messages, position: np.ndarray, ahead: int) -> tuple[np.ndarray, int]:
        branch, position = messages.varints(position + ahead)
        position[(branch < 0) | (branch > self._most)] += OUT
        messages.found[self].append(branch)
        for number, (_, child) in self._members.items():
            present = (branch == number).nonzero()[0]
            if len(present):
                after, ahead = child.locate(messages, position[present], 0)
                position[present] = after + ahead
        return position, 0

    def build(self, messages: Messages, size: int, order: np.ndarray | None) -> pa.Array:
        branch = gathered(messages.found.pop(self, []), None)
        arrays = [
            _build_some(child, messages, branch == number, order)
            for number, (_, child) in self._members.items()
        ]
        chosen = branch if order is None else branch[order]
        valid = bits(np.isin(chosen, list(self._members)))
        return pa.Array.from_buffers(self.type, size, [valid], children=arrays)

    def read(self, reader: Reader) -> Any:
        number = reader.varint()
        if not 0 <= number <= self._most:
            raise ValueError("not a branch of the union")
        if number not in self._members:
            return None
        name, child = self._members[number]
        return {name: child.read(reader)}


class Recursive(Node):
    """A record that has itself inside, for which Arrow has no type: a text in JSON, with maps as objects."""

    def __init__(self, child: Node) -> None:
        self.type: pa.DataType = pa.string()
        self.smallest: int = max(child.smallest, 1)
        self._child = child

    def locate(self, messages: Messages, position: np.ndarray, ahead: int) -> tuple[np.ndarray, int]:
        texts, after = messages.read_each(position + ahead, self.read)
        messages.found[self].extend(texts)
        return after, 0

    def build(self, messages: Messages, size: int, order: np.ndarray | None) -> pa.Array:
        texts = pa.array(messages.found.pop(self, []), pa.string())
        return texts if order is None else texts.take(pa.array(order))

    def read(self, reader: Reader) -> Any:
        if reader.inside:
            return self._child.read(reader)
        reader.inside = True
        value = self._child.read(reader)
        reader.inside = False
        return json.dumps(value, ensure_ascii=False, default=_for_json)


class Reference(Node):
    """A recursive record where it stands inside itself; it is read, never located."""

    type: pa.DataType = pa.null()
    smallest: int = 0

    def __init__(self) -> None:
        self.child: Node = self

    def locate(self, messages: Messages, position: np.ndarray, ahead: int) -> tuple[np.ndarray, int]:
        raise TypeError("a recursive record is read, not located")

    def build(self, messages: Messages, size: int, order: np.ndarray | None) -> pa.Array:
        raise TypeError("a recursive record is read, not located")

    def read(self, reader: Reader) -> Any:
        return self.child.read(reader)


def _for_json(value: Any) -> str:
    """Bytes as Avro writes them in JSON, a character a byte; decimals as their digits."""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _build_some(child: Node, messages: Messages, valid: np.ndarray, order: np.ndarray | None) -> pa.Array:
    """The array of a child that was located only where it is valid; null elsewhere."""
    if order is None:
        dense = child.build(messages, int(np.count_nonzero(valid)), None)
    else:
        number, valid = (np.cumsum(valid) - 1)[order], valid[order]
        dense = child.build(messages, int(np.count_nonzero(valid)), number[valid])
    return expanded(dense, valid)
