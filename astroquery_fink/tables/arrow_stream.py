# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Arrow IPC streams in a file, one after the other -> one Parquet file, a few rows at a time.

The file is mapped into memory, so that a wrong length cannot make pyarrow allocate anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .arrow_messages import stream_bounds
from .text_views import plain_type, plain_values

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["convert_streams"]

_ROWS, _BYTES = 5000, 2**26  # of a row group


def convert_streams(streams: Path, parquet: Path) -> None:
    """Write the rows of all streams to one Parquet file; `ValueError` if a stream is broken.

    The streams must have the same columns, of numbers, text, or lists of them; text as views, as polars
    writes it, becomes plain text. `OSError` is one of the disk.
    """
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    with pa.memory_map(str(streams)) as file:
        batches = _batches(file.read_buffer())
        first = next(batches, None)
        if first is None:
            raise ValueError("no Arrow stream")
        schema = first.schema
        with ParquetWriter(parquet, schema, write_page_checksum=True) as writer:
            for table in _row_groups(batches, schema):
                writer.write_table(table)


def _batches(data: pa.Buffer) -> Iterator[pa.RecordBatch]:
    """First a batch without rows, then all batches with rows; each is valid."""
    import pyarrow as pa

    schema: pa.Schema | None = None
    for number, (begin, end) in enumerate(stream_bounds(memoryview(data)), 1):
        with _pyarrow_errors():
            reader = pa.ipc.open_stream(data.slice(begin, end - begin))
        found = pa.schema([pa.field(field.name, plain_type(field.type)) for field in reader.schema])
        if schema is None:
            schema = _checked(found)
            yield pa.RecordBatch.from_pylist([], schema)
        elif not found.equals(schema):
            columns = _difference(found, schema)
            raise ValueError(f"Arrow stream {number} has other columns than the first one: {columns}")
        yield from _valid(reader, schema)


def _valid(reader: pa.RecordBatchStreamReader, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    while True:
        with _pyarrow_errors():
            try:
                batch = reader.read_next_batch()
            except StopIteration:
                return
            batch.validate(full=True)
            batch = pa.RecordBatch.from_arrays([*map(plain_values, batch.columns)], schema=schema)
        if batch.num_rows:
            yield batch


@contextmanager
def _pyarrow_errors() -> Iterator[None]:
    """Turn the errors of pyarrow for broken bytes, which are of many kinds, into `ValueError`."""
    try:
        yield
    except Exception as error:
        raise ValueError(f"broken Arrow ({' '.join(str(error).split())[:300]})") from error


def _checked(schema: pa.Schema) -> pa.Schema:
    names = schema.names
    if not names or len(set(names)) < len(names):
        raise ValueError("Arrow without columns, or with two columns of one name")
    for field in schema:
        if not _is_simple(field.type):
            raise ValueError(f"Arrow whose column {field.name!r} has the unexpected type {field.type}")
    return schema


def _is_simple(kind: pa.DataType) -> bool:
    """Whether it is the type of numbers or text, or of lists of them: each value takes memory."""
    from pyarrow import types

    if types.is_list(kind) or types.is_large_list(kind):
        kind = kind.value_type
    text = types.is_string(kind) or types.is_large_string(kind)
    return text or types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)


def _difference(found: pa.Schema, expected: pa.Schema) -> str:
    """The first columns that only one of two schemas has."""
    ours, theirs = ({f"{field.name} ({field.type})" for field in one} for one in (found, expected))
    return ", ".join(sorted(ours ^ theirs)[:6]) or "their order"


def _row_groups(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """The rows of the batches in tables of about one size; a stream may have a batch for each row."""
    import pyarrow as pa

    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        for begin in range(0, batch.num_rows, _ROWS):
            held.append(batch.slice(begin, _ROWS))
            rows, size = rows + held[-1].num_rows, size + held[-1].nbytes
            if rows >= _ROWS or size >= _BYTES:
                yield pa.Table.from_batches(held, schema)
                held, rows, size = [], 0, 0
    if held:
        yield pa.Table.from_batches(held, schema)
