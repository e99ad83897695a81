# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Parquet -> valid Arrow arrays within a limit of memory, or `ValueError`, whatever the bytes are.

A few bytes of Parquet may declare billions of cells, or repeat one long text a million times. Text stays in
dictionaries, so that each distinct text is in memory once; everything else is counted before it is read.

Nothing here reads a ``ColumnChunkMetaData``: pyarrow 26 aborts the interpreter where one is broken.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from .memory import MemoryLimit
from .parquet_footer import count_values

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import FileMetaData, ParquetFile

__all__ = ["read_parquet"]

_INDEX = "__index_level_0__"  # the index of a DataFrame
_CELL = 9  # bytes of one number, and of its mask in the Table
_COLUMNS = 400  # more than Fink has; a file with more columns is opened again


def read_parquet(body: bytes) -> tuple[dict[str, pa.Array], int]:
    """Arrow arrays by column name, and the number of rows."""
    try:
        return _read(body)
    except Exception as error:  # pyarrow raises many kinds, KeyError, OSError and MemoryError among them
        raise ValueError(f"broken Parquet ({error})") from error


def _read(body: bytes) -> tuple[dict[str, pa.Array], int]:
    file = _open(body)
    metadata = file.metadata
    _check_sizes(metadata)
    schema = file.schema_arrow
    if len(set(schema.names)) < len(schema.names):
        raise ValueError("a column name occurs twice")
    _check_values(body, schema, metadata.num_rows)
    # One thread is as fast for Fink's responses. With threads, older pyarrow may abort Python at exit,
    # after an error.
    table = file.read(use_threads=False)
    if table.num_rows != metadata.num_rows:
        raise ValueError(f"{table.num_rows} rows instead of {metadata.num_rows}")
    array_of = _one_chunk if _is_valid(table) else _repaired
    return {name: array_of(table[name]) for name in schema.names if name != _INDEX}, table.num_rows


def _open(body: bytes) -> ParquetFile:
    """Open with text as dictionaries; by numbers, as names may be repeated."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    file = ParquetFile(pa.BufferReader(body), read_dictionary=range(_COLUMNS))
    columns = file.metadata.num_columns
    if columns > _COLUMNS:
        file = ParquetFile(pa.BufferReader(body), read_dictionary=range(columns))
    return file


def _check_sizes(metadata: FileMetaData) -> None:
    """Refuse more cells or bytes than the memory allows."""
    memory = MemoryLimit()
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    cells = max(metadata.num_rows, sum(group.num_rows for group in groups)) * metadata.num_columns
    memory.check(cells * _CELL, f"{cells:,} cells")
    memory.check(sum(group.total_byte_size for group in groups), "the data")


def _check_values(body: bytes, schema: pa.Schema, rows: int) -> None:
    """Refuse long cells, and more values inside lists, than the memory allows."""
    import pyarrow.types as types

    memory = MemoryLimit()
    kinds = Counter(schema.types)
    widths = {kind: _width(kind) for kind in kinds}
    memory.take(rows * sum(widths[kind] * count for kind, count in kinds.items()), f"{rows:,} rows")
    if any(map(types.is_nested, kinds)):
        widest = max(widths.values())
        for values, page in count_values(body):
            memory.check(page, "a page")
            memory.take(values * widest, f"{values:,} cells in one column")


def _width(kind: pa.DataType) -> int:
    """Bytes of one value at most; of a list or a struct, of one value inside it."""
    import pyarrow as pa

    if pa.types.is_nested(kind):
        return max((_width(kind.field(number).type) for number in range(kind.num_fields)), default=_CELL)
    return max(kind.bit_width // 8, _CELL) if _is_fixed(kind) else _CELL


def _is_fixed(kind: pa.DataType) -> bool:
    from pyarrow import types

    return types.is_fixed_size_binary(kind) or types.is_decimal(kind)


def _is_valid(values: pa.Table | pa.ChunkedArray) -> bool:
    """Whether offsets and lengths are consistent, and all text is UTF-8."""
    import pyarrow as pa

    try:
        values.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.unify_dictionaries().combine_chunks()


def _repaired(column: pa.ChunkedArray) -> pa.Array:
    """The column in one chunk; text that is not UTF-8 becomes bytes."""
    import pyarrow as pa

    if not _is_valid(column):
        kind = column.type
        if not (pa.types.is_dictionary(kind) and pa.types.is_string(kind.value_type)):
            raise ValueError(f"invalid data in a column of type {kind}")
        texts = [chunk.dictionary.view(pa.binary()) for chunk in column.chunks]
        pairs = zip(column.chunks, texts, strict=True)
        column = pa.chunked_array(
            [pa.DictionaryArray.from_arrays(c.indices, text, safe=False) for c, text in pairs]
        )
        column.validate(full=True)
    return _one_chunk(column)
