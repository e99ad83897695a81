# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Write sorted rows into few large Parquet files, which say what ids each row group has."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import compute
from pyarrow.parquet import ParquetWriter

from ..folders.ranges import SORTED_BY, SURVEY, metadata_of_groups

__all__ = ["SortedFiles"]

_GROUP_ROWS, _GROUP_BYTES = 100_000, 2**26  # the most in a row group, in memory
_FILE_BYTES = 10**9  # after which the next file begins


class SortedFiles:
    """The files of one dataset, in a folder that is made with the first rows.

    Parameters
    ----------
    folder : `~pathlib.Path`
    schema : `pyarrow.Schema`
        Of the files.
    survey : str
    sorted_by : str or None
        The column of ids that the rows are sorted by, if there is one.

    Attributes
    ----------
    rows, files, ids : int
        The numbers of rows, of files, and of different ids.
    """

    def __init__(self, folder: Path, schema: pa.Schema, survey: str, sorted_by: str | None):
        self._folder, self._sorted_by = folder, sorted_by
        metadata = {SURVEY: survey} | ({SORTED_BY: sorted_by} if sorted_by else {})
        self._schema = schema.with_metadata(metadata)
        self._waiting: list[pa.Table] = []
        self._size = self._length = 0  # bytes and rows that are waiting
        self._file: _File | None = None
        self._last: Any = None
        self.rows: int = 0
        self.files: int = 0
        self.ids: int = 0

    def write(self, table: pa.Table) -> None:
        """Append rows, which are in order."""
        if self._sorted_by and len(table):
            self._count_ids(table[self._sorted_by])
        self.rows += len(table)
        self._wait(table)
        while self._length >= _GROUP_ROWS or self._size >= _GROUP_BYTES:
            rows = min(_GROUP_ROWS, max(1, self._length * _GROUP_BYTES // self._size))
            whole = pa.concat_tables(self._waiting)
            self._write_group(whole.slice(0, rows))
            self._waiting, self._size, self._length = [], 0, 0
            self._wait(whole.slice(rows))

    def _wait(self, table: pa.Table) -> None:
        self._waiting.append(table)
        self._size += table.nbytes
        self._length += len(table)

    def close(self, *, even_empty: bool) -> None:
        """Write the rows that are left; without any rows, write a file only if ``even_empty``."""
        rest = pa.concat_tables(self._waiting or [self._schema.empty_table()])
        if len(rest) or (even_empty and not self.rows):
            self._write_group(rest)
        self._close_file()

    def __enter__(self) -> "SortedFiles":
        return self

    def __exit__(self, *_: object) -> None:
        """Close what an error left open."""
        if self._file is not None:
            self._file.abandon()

    def _count_ids(self, ids: pa.ChunkedArray) -> None:
        whole = ids.combine_chunks()
        changes = compute.sum(compute.not_equal(whole[1:], whole[:-1])).as_py() or 0
        self.ids += changes + (whole[0].as_py() != self._last)
        self._last = whole[-1].as_py()

    def _write_group(self, table: pa.Table) -> None:
        if self._file is None:
            self._folder.mkdir(exist_ok=True)
            self._file = _File(self._folder / f"part-{self.files:04d}.parquet", self._schema, self._sorted_by)
            self.files += 1
        self._file.write(table.select(self._schema.names).cast(self._schema))
        if self._file.size >= _FILE_BYTES:
            self._close_file()

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None


class _File:
    """A file, with the first and last id of each row group in its metadata."""

    def __init__(self, path: Path, schema: pa.Schema, sorted_by: str | None):
        self._sorted_by = sorted_by
        self._stream: BinaryIO = path.open("wb")
        others = [path for field in schema for path in _columns_for_dictionaries(field, field.name)]
        self._writer = ParquetWriter(
            self._stream, schema, compression="zstd", write_page_checksum=True, use_dictionary=others
        )
        self._groups: list[tuple[Any, Any]] = []

    @property
    def size(self) -> int:
        """Bytes of the rows written so far."""
        return self._stream.tell()

    def write(self, table: pa.Table) -> None:
        """Write a row group."""
        if len(table):
            self._writer.write_table(table, row_group_size=len(table))
        if self._sorted_by and len(table):
            ids = table[self._sorted_by]
            self._groups.append((ids[0].as_py(), ids[-1].as_py()))

    def close(self) -> None:
        """Finish the file."""
        if self._sorted_by:
            self._writer.add_key_value_metadata(metadata_of_groups(self._groups, self.size))
        self._writer.close()
        self._stream.close()

    def abandon(self) -> None:
        """Close the file, which cannot be used, without errors of the disk."""
        with suppress(OSError):
            self._writer.close()
        self._writer.is_open = False  # else it is closed once more when it is deleted
        with suppress(OSError):
            self._stream.close()


def _columns_for_dictionaries(field: pa.Field, path: str) -> Iterator[str]:
    """The columns in a field, as Parquet names them, but floats: few of them are equal."""
    kind = field.type
    if pa.types.is_struct(kind):
        for member in kind:
            yield from _columns_for_dictionaries(member, f"{path}.{member.name}")
    elif pa.types.is_list(kind):
        yield from _columns_for_dictionaries(kind.value_field, f"{path}.list.element")
    elif not pa.types.is_floating(kind):
        yield path
