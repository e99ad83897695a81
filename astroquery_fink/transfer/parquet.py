# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Read all rows of one Parquet file, or those of some objects, batch by batch.

Metadata of columns and statistics are not read: pyarrow aborts the interpreter where they are broken.
Instead the ids of a row group are read first, and the rest of it only if it has one of the objects.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import compute
from pyarrow.parquet import ParquetFile

from ..exceptions import FinkQueryError
from ..surveys import Survey
from ..tables.decode import Columns
from .ids import NO_ID_COLUMN, WantedIds
from .layout import Layout

__all__ = ["AlertFile", "naming_file"]


@contextmanager
def naming_file(path: Path) -> Iterator[None]:
    """Name the file in every error; broken bytes cause errors of nearly any kind."""
    try:
        yield
    except FinkQueryError as error:
        raise FinkQueryError(f"{path}: {error}") from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno:
            raise FinkQueryError(f"{path} cannot be read ({error.strerror}): {_remedy(path)}.") from error
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        message = f"{path} is broken Parquet ({reason}): remove it, or transfer again."
        raise FinkQueryError(message) from error


def _remedy(path: Path) -> str:
    if path.is_symlink() and not path.exists():
        return "it is a broken link; remove it, or transfer again"
    return "check that it exists, and its permissions"


@dataclass(frozen=True)
class AlertFile:
    """A file, where its columns are, and the columns that are in folder names."""

    path: Path
    layout: Layout
    constants: Mapping[str, str | None]
    survey: Survey

    def rows(self, names: Sequence[str], wanted: WantedIds | None) -> list[Columns]:
        """Those of these columns that the file has; ``wanted=None``: of all objects."""
        sources = {name: self.layout[name] for name in names if name in self.layout}
        constants = {
            name: self.constants[name] for name in names if name in self.constants and name not in sources
        }
        if not sources:
            return []
        with naming_file(self.path), ParquetFile(self.path, page_checksum_verification=True) as file:
            batches = (
                self._columns(batch, sources, constants, mask)
                for group, group_mask in self._groups(file, wanted)
                for batch, mask in _batches(file, group, sources, group_mask)
            )
            return [batch for batch in batches if len(batch)]

    def _groups(
        self, file: ParquetFile, wanted: WantedIds | None
    ) -> Iterator[tuple[int, pa.ChunkedArray | None]]:
        """The row groups with requested objects, and a mask of their rows; None: all rows."""
        key = self.survey.columns.object_id
        for group in range(file.num_row_groups):
            if wanted is None:
                yield group, None
                continue
            if key not in self.layout:
                raise FinkQueryError(f"it {NO_ID_COLUMN.format(key)}")
            sources = {key: self.layout[key]}
            ids = [self._columns(batch, sources)[key] for batch, _ in _batches(file, group, sources)]
            mask = pa.chunked_array([wanted.mask(chunk) for chunk in ids], pa.bool_())
            if compute.any(mask).as_py():
                yield group, mask

    def _columns(
        self,
        batch: pa.RecordBatch,
        sources: Layout,
        constants: Mapping[str, str | None] | None = None,
        mask: pa.BooleanArray | None = None,
    ) -> Columns:
        columns = {name: self._plain(name, source.values(batch)) for name, source in sources.items()}
        if mask is not None:
            columns = {name: values.filter(mask) for name, values in columns.items()}
        rows = batch.num_rows if mask is None else mask.true_count
        for name, value in (constants or {}).items():
            columns[name] = pa.array([value] * rows, pa.string())
        return Columns(columns, rows)

    def _plain(self, name: str, values: pa.Array) -> pa.Array:
        """Valid numbers, bools, text or nested values; `ValueError` if they are broken."""
        try:
            if pa.types.is_dictionary(values.type):
                values = values.dictionary_decode()
            values.validate(full=True)
            return _as_text(values)
        except pa.ArrowException as error:
            if _is_bytes(values.type) and name not in self.survey.facts:
                return values  # an unknown column of bytes need not be text
            raise ValueError(f"column {name}: {error}") from error


def _batches(
    file: ParquetFile, group: int, sources: Layout, mask: pa.ChunkedArray | None = None
) -> Iterator[tuple[pa.RecordBatch, pa.BooleanArray | None]]:
    """The batches of a row group with the fields of ``sources``, and their masks."""
    paths = [path for source in sources.values() for path in source.paths]
    begin = 0
    for batch in file.iter_batches(row_groups=[group], columns=paths):
        yield batch, None if mask is None else mask.slice(begin, batch.num_rows).combine_chunks()
        begin += batch.num_rows
    declared = file.metadata.row_group(group).num_rows
    if begin != declared:
        raise ValueError(f"{begin} rows instead of {declared}")


def _as_text(values: pa.Array) -> pa.Array:
    """Text of any type, bytes and times as text; other values as they are."""
    kind = values.type
    if _is_bytes(kind):
        return values.cast(pa.binary()).cast(pa.string())
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return values.cast(pa.string())
    return _times_as_text(values) if pa.types.is_temporal(kind) else values


def _times_as_text(values: pa.Array) -> pa.Array:
    texts = values.cast(pa.string())
    if compute.any(compute.starts_with(texts, "<value out of range")).as_py():
        raise pa.ArrowInvalid("times out of range")
    return texts


def _is_bytes(kind: pa.DataType) -> bool:
    types = pa.types
    return (
        types.is_binary(kind)
        or types.is_large_binary(kind)
        or types.is_fixed_size_binary(kind)
        or types.is_binary_view(kind)
    )
