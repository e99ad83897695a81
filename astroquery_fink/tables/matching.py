# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The rows of some names in a large Parquet file, read a few rows at a time.

The names of a row group are read first, and the rest of it only if it has one of them. Metadata of columns
and statistics are not read: pyarrow aborts the interpreter where they are broken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .decode import Columns

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

__all__ = ["matching_rows"]

_ROWS = 500  # that are in memory at once


def matching_rows(path: Path, column: str, names: Sequence[str]) -> Columns:
    """The rows with one of these names in a column; `ValueError` if the file cannot be read."""
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path, page_checksum_verification=True, pre_buffer=False) as file:
            if column not in file.schema_arrow.names:
                raise ValueError(f"it has no column {column!r}")
            return _columns(list(_matches(file, column, names)))
    except Exception as error:  # pyarrow raises many kinds for broken bytes
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ValueError(" ".join(reason.split())[:300] or type(error).__name__) from error


def _matches(file: ParquetFile, column: str, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    from pyarrow import compute

    for group in range(file.num_row_groups):
        keys = file.iter_batches(row_groups=[group], columns=[column], use_threads=False)
        if not any(compute.any(_is_named(batch, column, names)).as_py() for batch in keys):
            continue
        for batch in file.iter_batches(_ROWS, row_groups=[group], use_threads=False):
            found = batch.filter(_is_named(batch, column, names))
            if found.num_rows:
                found.validate(full=True)
                yield found


def _is_named(batch: pa.RecordBatch, column: str, names: Sequence[str]) -> pa.BooleanArray:
    import pyarrow as pa
    from pyarrow import compute

    values = batch.column(column)
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    return compute.is_in(values, value_set=pa.array(names, values.type))


def _columns(batches: list[pa.RecordBatch]) -> Columns:
    import pyarrow as pa

    if not batches:
        return Columns({}, 0)
    table = pa.Table.from_batches(batches).combine_chunks()
    return Columns({name: table[name].chunk(0) for name in table.column_names}, table.num_rows)
