# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Concatenate one column of several files whose types may differ, in a type that loses nothing."""

from typing import Any

import pyarrow as pa
from astroquery.exceptions import CorruptDataWarning

from ..messages import warn
from ..surveys import Survey
from .integers import exact_integers
from .layout import family

__all__ = ["concatenated"]


def concatenated(name: str, chunks: list[pa.Array], survey: Survey) -> pa.Array | list[Any]:
    """One array, or a list if no Arrow type holds all values exactly."""
    facts = survey.facts.get(name)
    dtype = facts.dtype if facts else None
    if dtype == "int64":
        return _concat(_integers(name, chunks), pa.int64())
    if family(name) in survey.packet.short_floats:
        chunks = [_shortest_floats(chunk) for chunk in chunks]
    common = _common_type([chunk.type for chunk in chunks], dtype)
    if common is None:
        return _structs_as_text([value for chunk in chunks for value in chunk.to_pylist()], dtype)
    column = _concat([chunk.cast(common, safe=not pa.types.is_floating(common)) for chunk in chunks], common)
    if pa.types.is_string(common):
        return column.dictionary_encode()
    return _structs_as_text(column.to_pylist(), dtype) if pa.types.is_nested(common) else column


def _concat(chunks: list[pa.Array], kind: pa.DataType) -> pa.Array:
    return pa.concat_arrays(chunks) if chunks else pa.array([], kind)


def _integers(name: str, chunks: list[pa.Array]) -> list[pa.Array]:
    """Each chunk as int64, with one warning for all masked values."""
    converted = [exact_integers(chunk) for chunk in chunks]
    inexact = [
        (value, chunk.type) for (_, values), chunk in zip(converted, chunks, strict=True) for value in values
    ]
    if inexact:
        warn(
            f"{name}: masked {len(inexact)} value(s) from the transfer that are not exact 64-bit integers: "
            + ", ".join(f"{value!r:.40} ({kind})" for value, kind in inexact[:3])
            + ". Floats do not hold long integers exactly, so that ids in them are rounded."
            * any(pa.types.is_floating(kind) for _, kind in inexact),
            CorruptDataWarning,
        )
    return [numbers for numbers, _ in converted]


def _shortest_floats(values: pa.Array) -> pa.Array:
    """32-bit floats as the 64-bit floats with the fewest digits that identify them."""
    return values.cast(pa.string()).cast(pa.float64()) if pa.types.is_float32(values.type) else values


def _common_type(types: list[pa.DataType], dtype: str | None) -> pa.DataType | None:
    """The type that holds all values of these types exactly, or None."""
    kinds = {kind for kind in types if not pa.types.is_null(kind)}
    numbers = all(pa.types.is_floating(kind) or pa.types.is_integer(kind) for kind in kinds)
    if not kinds:
        return pa.null()
    if all(pa.types.is_integer(kind) and not pa.types.is_uint64(kind) for kind in kinds):
        return pa.int64()
    if numbers and (dtype in ("float64", "float32") or all(map(pa.types.is_floating, kinds))):
        return pa.float64()
    return kinds.pop() if len(kinds) == 1 else None


def _structs_as_text(values: list[Any], dtype: str | None) -> list[Any]:
    """In text columns, structs as the REST service writes them: a list in text."""
    if dtype != "str":
        return values
    return [_list_text(value) if isinstance(value, dict) else value for value in values]


def _list_text(struct: dict[str, Any]) -> str:
    return "[" + ", ".join("NaN" if cell != cell else repr(cell) for cell in struct.values()) + "]"
