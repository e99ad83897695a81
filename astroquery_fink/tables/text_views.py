# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Arrow text as views, of which many may share one long text -> plain text, within a limit of memory.

pyarrow before 18 has no cast for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .memory import MemoryLimit

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["plain_type", "plain_values"]

_VIEW = 4  # a view has four integers of 32 bits; the first one is the length of the text


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type with plain text instead of views, also inside lists."""
    import pyarrow as pa

    if pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_list(kind):
        return pa.list_(plain_type(kind.value_type))
    if pa.types.is_large_list(kind):
        return pa.large_list(plain_type(kind.value_type))
    return kind


def plain_values(values: pa.Array) -> pa.Array:
    """The same values, of `plain_type`; they must be valid."""
    import pyarrow as pa

    kind = values.type
    if pa.types.is_string_view(kind):
        MemoryLimit().check(_text_size(values), "text")
        return pa.array(values.to_pylist(), pa.string())
    if plain_type(kind) != kind:
        inner, buffers = plain_values(values.values), values.buffers()[:2]
        return pa.Array.from_buffers(
            plain_type(kind), len(values), buffers, offset=values.offset, children=[inner]
        )
    return values


def _text_size(views: pa.Array) -> int:
    """Bytes of all texts together."""
    buffer = views.buffers()[1]
    if buffer is None:
        return 0
    lengths = np.frombuffer(buffer, "<i4")[::_VIEW][views.offset : views.offset + len(views)]
    return int(lengths.sum(dtype=np.int64))
