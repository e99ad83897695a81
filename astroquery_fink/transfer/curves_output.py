# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A folder that appears when it is complete, and its Parquet files, which say what ids they have."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from ..disk import disk_errors, unfinished_name
from ..exceptions import FinkQueryError

__all__ = ["SortedFiles", "new_folder"]

_FILE = 2**30  # bytes of a file, roughly


@contextmanager
def new_folder(path: Path, source: Path) -> Iterator[Path]:
    """A hidden folder to write to, which is renamed to ``path`` at the end, or removed after an error."""
    if source.resolve() in path.resolve().parents:
        raise FinkQueryError(
            f"output={str(path)!r} is inside path={str(source)!r}: give a folder outside of it."
        )
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise FinkQueryError(f"output={str(path)!r} exists: give the name of a new folder, or remove it.")
    part = unfinished_name(path.absolute())
    with disk_errors(str(path)):
        part.mkdir(parents=True)
        try:
            yield part
            os.replace(part, path)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise


class SortedFiles:
    """Parquet files of rows that are sorted by the ids in a column; a row group per batch."""

    def __init__(self, folder: Path, schema: pa.Schema, survey: str, key: str):
        folder.mkdir()
        self.files = 0
        facts = {"astroquery_fink.survey": survey, "astroquery_fink.sorted_by": key}
        self._folder, self._schema, self._key = folder, schema.with_metadata(facts), key
        self._groups: list[list[Any]] = []
        self._writer: ParquetWriter | None = None
        self._path = folder
        self._encoding = _encoding(schema)

    def write(self, batch: pa.RecordBatch) -> None:
        """Append a row group."""
        writer = self._writer or self._next_file()
        writer.write_batch(batch, row_group_size=batch.num_rows)
        ids = batch.column(self._key)
        self._groups.append([ids[0].as_py(), ids[-1].as_py()])
        if self._path.stat().st_size >= _FILE:
            self._close()

    def __enter__(self) -> "SortedFiles":
        return self

    def __exit__(self, *_: object) -> None:
        if not self.files:
            self._next_file()  # readers look for a file, which may be empty
        self._close()

    def _next_file(self) -> ParquetWriter:
        self._path = self._folder / f"part-{self.files:04}.parquet"
        self._writer = ParquetWriter(self._path, self._schema, **self._encoding)
        self.files += 1
        return self._writer

    def _close(self) -> None:
        if self._writer is not None:
            if hasattr(self._writer, "add_key_value_metadata"):  # since pyarrow 17
                self._writer.add_key_value_metadata({"astroquery_fink.row_groups": json.dumps(self._groups)})
            self._writer.close()
            self._writer, self._groups = None, []


def _encoding(schema: pa.Schema) -> dict[str, Any]:
    """A dictionary of values takes long to make for floats, few of which are equal."""
    leaves = [leaf for field in schema for leaf in _leaves(field, field.name)]
    return {
        "compression": "zstd",
        "use_dictionary": [path for path, kind in leaves if not pa.types.is_floating(kind)],
    }


def _leaves(field: pa.Field, path: str) -> Iterator[tuple[str, pa.DataType]]:
    """Names, as Parquet has them, and types of the columns in a field."""
    kind = field.type
    if pa.types.is_struct(kind):
        for member in kind:
            yield from _leaves(member, f"{path}.{member.name}")
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        yield from _leaves(kind.value_field, f"{path}.list.element")
    else:
        yield path, kind
