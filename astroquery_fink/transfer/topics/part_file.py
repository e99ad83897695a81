# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Write the alerts of a partition to Parquet files, each of which appears when it is complete."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from ...disk import completed, disk_errors, remove, unfinished_name
from .offsets import RAW_FOLDER, Part, raw_name, stem

__all__ = ["PartWriter", "remove_leftovers", "write_raw"]

_ROWS = 100_000  # rows of a file
_BYTES = 256_000_000  # bytes of the messages in a file
_GROUP = 48_000_000  # bytes in memory of a row group


class PartWriter:
    """Files of one partition with the alerts from the offset ``begin`` on, without gaps."""

    def __init__(self, folder: Path, partition: int, begin: int, schema: pa.Schema):
        self._folder, self._partition, self._schema = folder, partition, schema
        self._begin = self._end = begin
        self._rows = self._bytes = 0
        self._unfinished: _Unfinished | None = None

    def write(self, rows: pa.RecordBatch, end: int, size: int) -> None:
        """Add alerts up to the offset ``end``, from messages of ``size`` bytes."""
        if rows.num_rows:
            self._open().write(rows)
        self._end = end
        self._rows += rows.num_rows
        self._bytes += size
        if self._rows >= _ROWS or self._bytes >= _BYTES:
            self.finish()

    def finish(self) -> None:
        """Give the file its name, if there is any offset in it."""
        if self._begin < self._end:
            part = Part(self._partition, self._begin, self._end)
            self._open().finish(self._folder / part.name)
        self._unfinished, self._begin = None, self._end
        self._rows = self._bytes = 0

    def discard(self) -> None:
        """Remove the file without a name."""
        if self._unfinished is not None:
            self._unfinished.discard()
            self._unfinished = None

    def _open(self) -> "_Unfinished":
        if self._unfinished is None:
            start = f"{stem(self._partition)}-{self._begin:012d}"
            self._unfinished = _Unfinished(unfinished_name(self._folder / start), self._schema)
        return self._unfinished


class _Unfinished:
    """A Parquet file under a hidden name."""

    def __init__(self, path: Path, schema: pa.Schema):
        self._path = path
        with disk_errors(str(path.parent)):
            self._file: BinaryIO = path.open("wb", buffering=0)
        texts = [field.name for field in schema if pa.types.is_string(field.type)]
        self._writer = ParquetWriter(self._file, schema, compression="zstd", use_dictionary=texts)
        self._group: list[pa.RecordBatch] = []

    def write(self, rows: pa.RecordBatch) -> None:
        self._group.append(rows)
        if sum(batch.nbytes for batch in self._group) >= _GROUP:
            with disk_errors(str(self._path.parent)):
                self._write_group()

    def _write_group(self) -> None:
        if self._group:
            rows = pa.Table.from_batches(self._group)
            self._writer.write_table(rows, row_group_size=len(rows))
            self._group.clear()

    def finish(self, path: Path) -> None:
        with disk_errors(str(path)), completed(self._path, path), self._file:
            self._write_group()
            self._writer.close()
            os.fsync(self._file.fileno())

    def discard(self) -> None:
        with suppress(Exception):  # the disk may be full
            self._writer.close()
        with suppress(OSError):
            self._file.close()
        remove([self._path])


def write_raw(folder: Path, partition: int, messages: Mapping[int, bytes], schemas: Sequence[str]) -> None:
    """Keep messages, by their offsets, that could not be decoded, and the schemas of the topic."""
    files = {raw_name(partition, offset): message for offset, message in messages.items()}
    files |= {f"{partition:02d}-schema-{number}.avsc": text.encode() for number, text in enumerate(schemas)}
    with disk_errors(str(folder / RAW_FOLDER)):
        (folder / RAW_FOLDER).mkdir(exist_ok=True)
        for name, content in files.items():
            path = folder / RAW_FOLDER / name
            part = unfinished_name(path)
            with completed(part, path):
                part.write_bytes(content)


def remove_leftovers(folder: Path, partition: int) -> None:
    """Remove the unfinished files of a partition, which stopped runs left behind."""
    remove(folder.glob(f".{stem(partition)}-*.part"))
    remove((folder / RAW_FOLDER).glob(f".{partition:02d}-*.part"))
