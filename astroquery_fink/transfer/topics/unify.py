# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Bring schemas together: all fields of all of them, in types that hold every value exactly."""

from collections.abc import Sequence
from functools import reduce

import pyarrow as pa

from ...exceptions import FinkServiceError

__all__ = ["conformed", "unified"]

_WIDER = [(pa.int32(), pa.int64()), (pa.float32(), pa.float64()), (pa.int32(), pa.float64())]


def unified(schemas: Sequence[pa.Schema]) -> pa.Schema:
    """One schema with the fields of all; all may be null if there is more than one schema."""
    if len(schemas) == 1:
        return schemas[0]
    return pa.schema(list(reduce(_structs, [pa.struct(list(schema)) for schema in schemas])))


def conformed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The rows with the columns of a unified schema; absent ones are null."""
    rows = pa.StructArray.from_arrays(batch.columns, fields=list(batch.schema))
    return pa.RecordBatch.from_arrays(_cast(rows, pa.struct(list(schema))).flatten(), schema=schema)


def _structs(one: pa.StructType, other: pa.StructType) -> pa.StructType:
    kinds = {field.name: field.type for field in one}
    for field in other:
        kinds[field.name] = _common(field.name, kinds.get(field.name, field.type), field.type)
    return pa.struct([pa.field(name, kind) for name, kind in kinds.items()])


def _common(name: str, one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """The type that holds the values of both exactly."""
    types = pa.types
    if one.equals(other) or types.is_null(other):
        return one
    if types.is_null(one):
        return other
    for narrow, wide in _WIDER:
        if {one, other} == {narrow, wide}:
            return wide
    if types.is_struct(one) and types.is_struct(other):
        return _structs(one, other)
    if types.is_list(one) and types.is_list(other):
        return pa.list_(_common(name, one.value_type, other.value_type))
    if types.is_map(one) and types.is_map(other) and one.key_type == other.key_type:
        return pa.map_(one.key_type, _common(name, one.item_type, other.item_type))
    raise FinkServiceError(
        f"The schema of the topic changes the type of {name} from {one} to {other}, which no column can "
        "hold: ask Fink for a new transfer."
    )


def _cast(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Values as a wider type; members that a struct lacks are null."""
    types = pa.types
    if types.is_struct(kind) and types.is_struct(values.type):
        names = [field.name for field in values.type]
        members = [
            _cast(values.field(field.name), field.type)
            if field.name in names
            else pa.nulls(len(values), field.type)
            for field in kind
        ]
        return pa.StructArray.from_arrays(members, fields=list(kind), mask=values.is_null())
    if types.is_map(kind) and types.is_map(values.type):
        return _nested(values, kind, [values.keys, _cast(values.items, kind.item_type)])
    if types.is_list(kind) and types.is_list(values.type):
        return _nested(values, kind, [_cast(values.values, kind.value_type)])
    return values.cast(kind)


def _nested(values: pa.Array, kind: pa.DataType, members: list[pa.Array]) -> pa.Array:
    """The lists or maps of ``values`` with other members."""
    if pa.types.is_map(kind):
        fields = [pa.field("key", kind.key_type, nullable=False), pa.field("value", kind.item_type)]
        members = [pa.StructArray.from_arrays(members, fields=fields)]
    return pa.Array.from_buffers(
        kind, len(values), values.buffers()[:2], offset=values.offset, children=members
    )
