# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Read all rows of one Parquet file, or those of some objects, batch by batch.

Metadata of columns and statistics are not read: pyarrow aborts the interpreter where they are broken.
Instead the ids of a row group are read first, and the rest of it only if it has one of the objects.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import compute
from pyarrow.parquet import ParquetFile

from ...exceptions import FinkQueryError
from ...surveys import Survey
from ...tables.decode import Columns
from .groups import alert_batches, values_of
from .ids import NO_ID_COLUMN, WantedIds
from .layout import Layout, Members, Source
from .ranges import groups_of
from .types import converted, is_bytes

__all__ = ["AlertFile", "as_text", "naming_file"]


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

    def batches(
        self, schema: pa.Schema, wanted: WantedIds | None = None, strict: Collection[str] = ()
    ) -> Iterator[pa.RecordBatch]:
        """The alerts of the file, or those of some objects, with the columns of ``schema``.

        A column that the file lacks is null; ``strict`` are columns whose ids must not be rounded.
        """
        sources = {name: self.layout[name] for name in schema.names if name in self.layout}
        if not sources:
            return
        by_alert = wanted is not None and self._ids().in_curve
        with (
            naming_file(self.path),
            ParquetFile(self.path, page_checksum_verification=True, pre_buffer=False) as file,
        ):
            for group, group_mask in self._groups(file, wanted):
                for batch, mask in alert_batches(file, group, sources, group_mask, by_alert):
                    columns = self._columns(batch, sources, mask)
                    if len(columns):
                        yield self._record_batch(columns, schema, strict)

    def rows(self) -> int:
        """The number of rows that the footer declares."""
        with naming_file(self.path), ParquetFile(self.path) as file:
            return file.metadata.num_rows

    def _groups(
        self, file: ParquetFile, wanted: WantedIds | None
    ) -> Iterator[tuple[int, pa.ChunkedArray | None]]:
        """The row groups with requested objects, and a mask of their rows; None: all rows."""
        if wanted is None:
            yield from ((group, None) for group in range(file.num_row_groups))
            return
        key, source = self.survey.columns.object_id, self._ids()
        for group in groups_of(file, self.path, key, wanted.ids):
            masks = [wanted.mask(self._plain(key, values)) for values in values_of(file, group, source)]
            mask = pa.chunked_array(masks, pa.bool_())
            if compute.any(mask).as_py():
                yield group, mask

    def _ids(self) -> Source:
        """Where the object ids are."""
        key = self.survey.columns.object_id
        if key not in self.layout:
            raise FinkQueryError(f"{self.path}: it {NO_ID_COLUMN.format(key)}")
        return self.layout[key]

    def _columns(self, batch: pa.RecordBatch, sources: Layout, mask: pa.BooleanArray | None) -> Columns:
        members: Members = {}
        columns = {name: self._plain(name, source.values(batch, members)) for name, source in sources.items()}
        if mask is not None:
            columns = {name: values.filter(mask) for name, values in columns.items()}
        return Columns(columns, batch.num_rows if mask is None else mask.true_count)

    def _record_batch(self, columns: Columns, schema: pa.Schema, strict: Collection[str]) -> pa.RecordBatch:
        """The columns in the types of ``schema``."""
        arrays = []
        for name, kind in zip(schema.names, schema.types, strict=True):
            if name in columns:
                arrays.append(converted(name, columns[name], kind, self.survey, strict))
            elif (value := self.constants.get(name)) is not None:
                arrays.append(pa.repeat(pa.scalar(value, kind), len(columns)))
            else:
                arrays.append(pa.nulls(len(columns), kind))
        return pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _plain(self, name: str, values: pa.Array) -> pa.Array:
        """Valid numbers, bools, text or nested values; `ValueError` if they are broken."""
        try:
            if pa.types.is_dictionary(values.type):
                values = values.dictionary_decode()
            values.validate(full=True)
            return as_text(values)
        except pa.ArrowException as error:
            if is_bytes(values.type) and name not in self.survey.facts:
                return values  # an unknown column of bytes need not be text
            raise ValueError(f"column {name}: {error}") from error


def as_text(values: pa.Array) -> pa.Array:
    """Text of any type, bytes and times as text; other values as they are."""
    kind = values.type
    if pa.types.is_primitive(kind) and not pa.types.is_temporal(kind) or pa.types.is_string(kind):
        return values
    if is_bytes(kind):
        return values.cast(pa.binary()).cast(pa.string())
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return values.cast(pa.string())
    return _times_as_text(values) if pa.types.is_temporal(kind) else values


def _times_as_text(values: pa.Array) -> pa.Array:
    texts = values.cast(pa.string())
    if compute.any(compute.starts_with(texts, "<value out of range")).as_py():
        raise pa.ArrowInvalid("times out of range")
    return texts
