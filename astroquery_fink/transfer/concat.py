# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""One column of several files that may disagree in its type, in the type that loses nothing."""

from typing import Any

import pyarrow as pa
from astroquery.exceptions import CorruptDataWarning

from ..messages import warn
from ..surveys import Survey
from .integers import exact_integers
from .layout import family

__all__ = ["concatenated"]


def concatenated(name: str, chunks: list[pa.Array], survey: Survey) -> pa.Array | list:
    """One array; a list where no type holds all values exactly."""
    facts = survey.facts.get(name)
    wanted = facts.dtype if facts else None
    if wanted == "int64":
        return _one(_integers(name, chunks), pa.int64())
    if family(name) in survey.packet.short_floats:
        chunks = [_as_decimal(chunk) for chunk in chunks]
    common = _common([chunk.type for chunk in chunks], wanted)
    if common is None:
        return _readable([value for chunk in chunks for value in chunk.to_pylist()], wanted)
    column = _one([chunk.cast(common, safe=not pa.types.is_floating(common)) for chunk in chunks], common)
    if pa.types.is_string(common):
        return column.dictionary_encode()
    return _readable(column.to_pylist(), wanted) if pa.types.is_nested(common) else column


def _one(chunks: list[pa.Array], kind: pa.DataType) -> pa.Array:
    return pa.concat_arrays(chunks) if chunks else pa.array([], kind)


def _integers(name: str, chunks: list[pa.Array]) -> list[pa.Array]:
    """Each chunk as int64; what is masked is said once."""
    found = [exact_integers(chunk) for chunk in chunks]
    lost = [(value, chunk.type) for (_, lost), chunk in zip(found, chunks, strict=True) for value in lost]
    if lost:
        warn(
            f"{name}: masked {len(lost)} value(s) of the transfer that are no int64: "
            + ", ".join(f"{value!r:.40} ({kind})" for value, kind in lost[:3])
            + ". Floats do not hold long integers exactly, so that ids in them are rounded."
            * any(pa.types.is_floating(kind) for _, kind in lost),
            CorruptDataWarning,
        )
    return [numbers for numbers, _ in found]


def _as_decimal(values: pa.Array) -> pa.Array:
    """Short floats in the fewest digits that tell them apart."""
    return values.cast(pa.string()).cast(pa.float64()) if pa.types.is_float32(values.type) else values


def _common(types: list[pa.DataType], wanted: str | None) -> pa.DataType | None:
    """The type that holds all values of these types exactly, or None."""
    kinds = {kind for kind in types if not pa.types.is_null(kind)}
    numbers = all(pa.types.is_floating(kind) or pa.types.is_integer(kind) for kind in kinds)
    if not kinds:
        return pa.null()
    if all(pa.types.is_integer(kind) and not pa.types.is_uint64(kind) for kind in kinds):
        return pa.int64()
    if numbers and (wanted in ("float64", "float32") or all(map(pa.types.is_floating, kinds))):
        return pa.float64()
    return kinds.pop() if len(kinds) == 1 else None


def _readable(values: list, wanted: str | None) -> list:
    """Numbers in a struct as the REST service writes them where it has text: a list."""
    if wanted != "str":
        return values
    return [_listed(value) if isinstance(value, dict) else value for value in values]


def _listed(struct: dict[str, Any]) -> str:
    return "[" + ", ".join("NaN" if cell != cell else repr(cell) for cell in struct.values()) + "]"
