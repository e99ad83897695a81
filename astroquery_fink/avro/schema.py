# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""An Avro schema -> a tree of nodes."""

import json
from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

import fastavro
import pyarrow as pa

from ..exceptions import FinkQueryError
from ..messages import shown
from .fixed import Boolean, Fixed, Null, NullableFixed
from .lists import Array, Map
from .nested import LeftOut, Nullable, Record, Recursive, Reference, Union
from .node import Node
from .variable import Decimals, Enum, Integer, Text

__all__ = ["record_of"]

_DEPTH, _VALUES = 100, 20_000
_INT, _LONG = (-(2**31), 2**31 - 1), (-(2**63), 2**63 - 1)
_NARROW = 16  # bytes
_DIGITS = 76  # of a decimal in Arrow
_DAY = 24 * 60 * 60
_INTEGERS = {
    "int": (pa.int32(), *_INT),
    "long": (pa.int64(), *_LONG),
    "int-date": (pa.date32(), *_INT),
    "int-time-millis": (pa.time32("ms"), 0, _DAY * 1000 - 1),
    "long-time-micros": (pa.time64("us"), 0, _DAY * 1_000_000 - 1),
    **{
        f"long-{local}timestamp-{name}": (pa.timestamp(unit, tz), *_LONG)
        for local, tz in (("", "UTC"), ("local-", None))
        for name, unit in (("millis", "ms"), ("micros", "us"), ("nanos", "ns"))
    },
}
_SIMPLE: dict[str, Callable[[], Node]] = {
    "null": Null,
    "boolean": Boolean,
    "float": lambda: Fixed(pa.float32(), 4),
    "double": lambda: Fixed(pa.float64(), 8),
    "bytes": lambda: Text(pa.binary()),
}


def record_of(schema: str | dict[str, Any], leave_out: Collection[str] = ()) -> Record:
    """The tree of a schema, which must be a record; fields that are left out are passed over."""
    names: dict[str, Any] = {}
    try:
        loaded = json.loads(schema) if isinstance(schema, str) else schema
        parsed = fastavro.parse_schema(_without_defaults(loaded), named_schemas=names)
        if not isinstance(parsed, dict) or parsed.get("type") not in ("record", "error"):
            raise FinkQueryError(f"schema={shown(schema)} is not the Avro schema of a record.")
        return _Tree(names).record(parsed, {leave_out} if isinstance(leave_out, str) else set(leave_out))
    except FinkQueryError:
        raise
    except Exception as error:  # those of fastavro have no common base
        raise FinkQueryError(f"schema={shown(schema)} is not an Avro schema ({error}).") from error


def _without_defaults(schema: Any) -> Any:
    """The schema without default values, which only matter for other schemas, and which may be wrong."""
    if isinstance(schema, list):
        return [_without_defaults(one) for one in schema]
    if isinstance(schema, dict):
        return {key: _without_defaults(value) for key, value in schema.items() if key != "default"}
    return schema


class _Tree:
    """Makes the nodes; ``_above`` are the named records that the node is in."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names
        self._above: dict[str, list[Reference]] = {}
        self._depth = self._values = 0
        self._checked = True

    def record(self, schema: dict[str, Any], leave_out: Collection[str] = ()) -> Record:
        """The node of a record."""
        names = [field["name"] for field in schema["fields"]]
        twice = [name for name, times in Counter(names).items() if times > 1]
        if twice:
            raise FinkQueryError(f"The Avro schema has two fields {twice[0]!r} in {schema['name']!r}.")
        children = [
            self._left_out(field["type"]) if field["name"] in leave_out else self.node(field["type"])
            for field in schema["fields"]
        ]
        return Record(names, children)

    def _left_out(self, schema: Any) -> LeftOut:
        """The node of a field that is passed over; texts and decimals in it are not checked."""
        self._checked = False
        node = LeftOut(self.node(schema))
        self._checked = True
        return node

    def node(self, schema: Any) -> Node:
        """The node of a value."""
        self._values += 1
        self._depth += 1
        if self._depth > _DEPTH or self._values > _VALUES:
            limits = f"{_DEPTH} levels or more than {_VALUES:,} values"
            raise FinkQueryError(f"The Avro schema has more than {limits}.")
        if isinstance(schema, list):
            node = self._union(schema)
        else:
            node = self._named(schema) if isinstance(schema, str) else self._defined(schema)
        self._depth -= 1
        return node

    def _named(self, name: str) -> Node:
        """The node of a type that is given by its name alone."""
        if name not in self._above:
            return self._defined(self._names.get(name, {"type": name}))
        self._above[name].append(Reference())
        return self._above[name][-1]

    def _defined(self, schema: dict[str, Any]) -> Node:
        """The node of a type that is given by its definition."""
        kind = schema["type"]
        logical = f"{kind}-{schema.get('logicalType')}"
        if logical in ("bytes-decimal", "fixed-decimal"):
            return self._decimal(schema)
        if logical in _INTEGERS or kind in _INTEGERS:
            return Integer(*_INTEGERS.get(logical, _INTEGERS[kind]))
        if kind == "string":
            return Text(pa.string() if self._checked else pa.binary())
        if kind in _SIMPLE:
            return _SIMPLE[kind]()
        make = {
            "fixed": self._fixed,
            "enum": lambda schema: Enum(schema["symbols"]),
            "array": lambda schema: Array(self.node(schema["items"])),
            "map": lambda schema: Map(self._named("string"), self.node(schema["values"])),
            "record": self._record,
            "error": self._record,
        }
        return make[kind](schema) if isinstance(kind, str) else self.node(kind)

    def _record(self, schema: dict[str, Any]) -> Node:
        """The node of a record below the first."""
        inside = self._above[schema["name"]] = []
        node = self.record(schema)
        del self._above[schema["name"]]
        for reference in inside:
            reference.child = node
        return Recursive(node) if inside else node

    def _fixed(self, schema: dict[str, Any]) -> Fixed:
        if schema["size"] < 0:
            raise FinkQueryError(f"The Avro schema has a fixed type of size {schema['size']}.")
        return Fixed(pa.binary(schema["size"]), schema["size"])

    def _decimal(self, schema: dict[str, Any]) -> Node:
        """Exact decimals as far as Arrow has them; otherwise their bytes, as Avro asks."""
        child = self._fixed(schema) if schema["type"] == "fixed" else Text(pa.binary())
        precision, scale = schema.get("precision", 0), schema.get("scale", 0)
        exact = self._checked and 0 <= scale <= precision and 0 < precision <= _DIGITS
        return Decimals(child, precision, scale) if exact else child

    def _union(self, schemas: list[Any]) -> Node:
        """The node of a union: nearly always of null and one other type."""
        if not schemas:
            raise FinkQueryError("The Avro schema has a union of no types.")
        branches = [None if one in ("null", {"type": "null"}) else self.node(one) for one in schemas]
        others = [number for number, child in enumerate(branches) if child is not None]
        if len(branches) > 2 or len(others) == 2:
            return Union(branches)
        value = others[0] if others else 0
        null = 1 - value if len(branches) == 2 else None
        child = branches[value] or Null()
        if isinstance(child, Fixed) and 0 < child.smallest <= _NARROW and null is not None:
            return NullableFixed(child, value, null)
        return Nullable(child, value, null)
