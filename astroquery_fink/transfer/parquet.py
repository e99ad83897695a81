# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""One Parquet file: its rows, or those of some objects, batch by batch.

No metadata of columns and no statistics are looked at: pyarrow ends the interpreter where they are broken.
So the ids of a group of rows are read first, and the rest of it only if it has one of the objects.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import compute
from pyarrow.parquet import ParquetFile

from ..exceptions import FinkQueryError
from ..surveys import Survey
from ..tables.decode import Columns
from .ids import WantedIds
from .layout import Layout

__all__ = ["AlertFile", "reading"]


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Name the file in each error: pyarrow raises nearly anything where bytes are broken."""
    try:
        yield
    except FinkQueryError as error:
        raise FinkQueryError(f"{path}: {error}") from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno:
            raise FinkQueryError(f"{path} cannot be read ({error.strerror}): {_remedy(path)}.") from error
        words = " ".join(str(error).split())[:300] or type(error).__name__
        message = f"{path} is broken Parquet ({words}): remove it, or transfer again."
        raise FinkQueryError(message) from error


def _remedy(path: Path) -> str:
    if path.is_symlink() and not path.exists():
        return "it is a link that leads nowhere; remove it, or transfer again"
    return "check that it is there and its permissions"


@dataclass(frozen=True)
class AlertFile:
    """A file, where its columns are, and what its folders say: values by name."""

    path: Path
    layout: Layout
    told: dict[str, str | None]
    survey: Survey

    def rows(self, names: Sequence[str], wanted: WantedIds | None) -> list[Columns]:
        """The columns of these names that there are, without the rows of other objects."""
        sources = {name: self.layout[name] for name in names if name in self.layout}
        told = {name: self.told[name] for name in names if name in self.told and name not in sources}
        if not sources:
            return []
        with reading(self.path), ParquetFile(self.path, page_checksum_verification=True) as file:
            batches = (
                self._columns(batch, sources, told, some)
                for group, rows in self._groups(file, wanted)
                for batch, some in _batches(file, group, sources, rows)
            )
            return [batch for batch in batches if len(batch)]

    def _groups(self, file: ParquetFile, wanted: WantedIds | None) -> Iterator[tuple]:
        """The groups of rows that have one of the objects, and which of their rows do; None: all."""
        name = self.survey.columns.object_id
        for group in range(file.num_row_groups):
            if wanted is None:
                yield group, None
                continue
            if name not in self.layout:
                raise FinkQueryError(f"it has no column {name!r} to find objectids by.")
            key = {name: self.layout[name]}
            ids = [self._columns(batch, key)[name] for batch, _ in _batches(file, group, key)]
            rows = pa.chunked_array([wanted.among(chunk) for chunk in ids], pa.bool_())
            if compute.any(rows).as_py():
                yield group, rows

    def _columns(self, batch: pa.RecordBatch, sources: Layout, told=None, some=None) -> Columns:
        columns = {name: self._plain(name, source.values(batch)) for name, source in sources.items()}
        if some is not None:
            columns = {name: values.filter(some) for name, values in columns.items()}
        rows = batch.num_rows if some is None else some.true_count
        for name, value in (told or {}).items():
            columns[name] = pa.array([value] * rows, pa.string())
        return Columns(columns, rows)

    def _plain(self, name: str, values: pa.Array) -> pa.Array:
        """Numbers, truths, text, or what is nested; all of it can be read without an error."""
        try:
            if pa.types.is_dictionary(values.type):
                values = values.dictionary_decode()
            values.validate(full=True)
            return _as_text(values)
        except pa.ArrowException as error:
            if _is_bytes(values.type) and name not in self.survey.facts:
                return values  # bytes that nobody said are text
            raise ValueError(f"column {name}: {error}") from error


def _batches(file: ParquetFile, group: int, sources: Layout, rows=None) -> Iterator[tuple]:
    """The rows of one group, of a struct only the members that are wanted; and which rows are wanted."""
    paths = [path for source in sources.values() for path in source.paths]
    begin = 0
    for batch in file.iter_batches(row_groups=[group], columns=paths):
        yield batch, None if rows is None else rows.slice(begin, batch.num_rows).combine_chunks()
        begin += batch.num_rows
    claimed = file.metadata.row_group(group).num_rows
    if begin != claimed:
        raise ValueError(f"{begin} rows where {claimed} are said to be")


def _as_text(values: pa.Array) -> pa.Array:
    """Text of any kind, bytes of text, and times."""
    kind = values.type
    if _is_bytes(kind):
        return values.cast(pa.binary()).cast(pa.string())
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return values.cast(pa.string())
    return _times(values) if pa.types.is_temporal(kind) else values


def _times(values: pa.Array) -> pa.Array:
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
