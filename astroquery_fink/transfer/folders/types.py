# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""One Arrow type per column, which holds the values of all files, and conversion to it."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pyarrow as pa
from astroquery.exceptions import CorruptDataWarning

from ...exceptions import FinkQueryError
from ...messages import warn
from ...surveys import Survey
from ...tables.arrow import null_mask
from ...tables.convert import to_array
from ...tables.memory import MemoryLimit
from .integers import exact_integers

__all__ = ["common_type", "converted", "decimal_floats", "is_bytes", "table_dtype"]

_KNOWN = {"int64": pa.int64(), "bool": pa.bool_(), "str": pa.string()}


def common_type(kinds: Iterable[pa.DataType], dtype: str | None) -> pa.DataType:
    """The type of a column whose type in the files is one of these; ``dtype`` is that in Tables, if known."""
    found = {_plain_type(kind) for kind in kinds if not pa.types.is_null(kind)}
    if dtype in _KNOWN:
        return _KNOWN[dtype]
    if found and all(map(pa.types.is_floating, found)):
        return pa.float64() if pa.float64() in found else pa.float32()
    if dtype is not None:
        return pa.float64()
    if not found:
        return pa.null()
    if all(pa.types.is_integer(kind) and not pa.types.is_uint64(kind) for kind in found):
        return pa.int64()
    if all(pa.types.is_floating(kind) or pa.types.is_integer(kind) for kind in found - {pa.uint64()}):
        return pa.float64() if len(found) > 1 else found.pop()
    return found.pop() if len(found) == 1 else _nested_type(found) or pa.string()


def _plain_type(kind: pa.DataType) -> pa.DataType:
    """The type without dictionaries, and with times as text."""
    types = pa.types
    if types.is_dictionary(kind):
        return _plain_type(kind.value_type)
    if types.is_large_string(kind) or types.is_string_view(kind) or types.is_temporal(kind):
        return pa.string()
    return pa.binary() if is_bytes(kind) else kind


def _nested_type(kinds: Collection[pa.DataType]) -> pa.DataType | None:
    """The type of lists, or structs, that holds those of all these types."""
    if not all(map(pa.types.is_nested, kinds)):
        return None
    with suppress(pa.ArrowException):
        schemas = [pa.schema({"": kind}) for kind in kinds]
        return pa.unify_schemas(schemas, promote_options="permissive").field(0).type
    return None


def is_bytes(kind: pa.DataType) -> bool:
    """Whether values are bytes, of any length."""
    types = pa.types
    return (
        types.is_binary(kind)
        or types.is_large_binary(kind)
        or types.is_fixed_size_binary(kind)
        or types.is_binary_view(kind)
    )


def table_dtype(kind: pa.DataType) -> str | None:
    """The dtype in Tables of an unknown column of this type; None: that of its values."""
    types = pa.types
    if types.is_nested(kind):
        return "object"
    if types.is_string(kind) or types.is_binary(kind):
        return "str"
    if types.is_boolean(kind):
        return "bool"
    return "int64" if types.is_integer(kind) else "float64" if types.is_floating(kind) else None


def converted(
    name: str, values: pa.Array, kind: pa.DataType, survey: Survey, strict: Collection[str] = ()
) -> pa.Array:
    """The values in this type; missing and invalid ones are null, the latter with a warning.

    `FinkQueryError` if the column is in ``strict`` and has floats that are rounded ids.
    """
    if values.type.equals(kind):
        return values
    if pa.types.is_null(values.type):
        return pa.nulls(len(values), kind)
    if pa.types.is_int64(kind):
        return _integers(name, values, strict)
    if pa.types.is_floating(kind) and _is_number(values.type):
        short = name.startswith(survey.packet.short_floats) and pa.types.is_float64(kind)
        return (decimal_floats(values) if short else values).cast(kind, safe=False)
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        return values.cast(kind)
    if pa.types.is_string(kind) and _is_struct_of_numbers(values.type):
        return _lists_as_text(values)
    facts = survey.facts.get(name) or replace(survey.facts_of(name), dtype=table_dtype(kind))
    data, mask = to_array(values, replace(facts, missing=None), MemoryLimit.unlimited())
    return pa.array(data, kind, mask=mask)


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_floating(kind) or pa.types.is_integer(kind)


def decimal_floats(values: pa.Array) -> pa.Array:
    """32-bit floats as the 64-bit floats with the fewest digits that identify them; others as they are."""
    return values.cast(pa.string()).cast(pa.float64()) if pa.types.is_float32(values.type) else values


def _integers(name: str, values: pa.Array, strict: Collection[str]) -> pa.Array:
    numbers, inexact = exact_integers(values)
    if not inexact:
        return numbers
    kind, has_floats = values.type, pa.types.is_floating(values.type)
    if has_floats and name in strict:
        raise FinkQueryError(
            f"column {name!r} has type {kind}, which rounds ids of so many digits (such as {inexact[0]!r}): "
            "different ids may have become one. Transfer again, and keep ids as integers, in pandas with "
            "pandas.read_parquet(..., dtype_backend='pyarrow')."
        )
    warn(
        f"{name}: masked {len(inexact)} value(s) from the transfer that are not exact 64-bit integers: "
        + ", ".join(f"{value!r:.40} ({kind})" for value in inexact[:3])
        + ". Floats do not hold long integers exactly, so that ids in them are rounded." * has_floats,
        CorruptDataWarning,
    )
    return numbers


def _lists_as_text(structs: pa.Array) -> pa.Array:
    """Structs of numbers as the REST service writes them: a list in text."""
    members: list[list[Any]] = [member.to_pylist() for member in structs.flatten()]
    rows = map(list, zip(*members, strict=True)) if members else [[]] * len(structs)
    texts = [repr(row).replace("nan", "NaN") for row in rows]
    return pa.array(texts, pa.string(), mask=null_mask(structs))


def _is_struct_of_numbers(kind: pa.DataType) -> bool:
    return pa.types.is_struct(kind) and all(_is_number(member.type) for member in kind)
