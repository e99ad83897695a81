# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Read alerts that are sorted by object, as `transfer.compact` writes them, some whole objects at a time."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import compute
from pyarrow.parquet import ParquetFile

from ...exceptions import FinkQueryError
from ...surveys import SURVEYS, Survey
from ..folders.files import data_files
from ..folders.parquet import naming_file
from ..folders.ranges import SORTED_BY, SURVEY

__all__ = [
    "COMPACT_FIRST",
    "SortedAlerts",
    "count_rows",
    "first_rows",
    "has_alert_id",
    "numbers",
    "sorted_alerts",
    "whole_objects",
]

COMPACT_FIRST = (
    "give the folder that transfer.compact(path, 'compact') makes of it, which is sorted by object"
)
"""str : The remedy, for messages."""
_BATCH = 2**26  # bytes, roughly
_MOST_ROWS, _FEWEST_ROWS = 2**18, 2**10


@dataclass(frozen=True)
class SortedAlerts:
    """Files with one schema, whose alerts are sorted by the ids in one column."""

    path: Path
    files: list[Path]
    survey: Survey
    key: str
    schema: pa.Schema
    rows: int

    def objects(self, names: Sequence[str]) -> Generator[pa.RecordBatch, None, None]:
        """The alerts of some objects at a time, with these columns; alerts without an id are left out."""
        columns = list(dict.fromkeys([self.key, *names]))
        return whole_objects(self._batches(columns), self.key)

    def _batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        size = _rows_of_a_batch(pa.schema([self.schema.field(name) for name in columns]))
        for path in self.files:
            with (
                naming_file(path),
                ParquetFile(path, page_checksum_verification=True, pre_buffer=False) as file,
            ):
                rows = 0
                for batch in file.iter_batches(batch_size=size, columns=columns):
                    rows += batch.num_rows
                    yield _with_value(batch, self.key, self.survey)
                if rows != file.metadata.num_rows:
                    raise ValueError(f"{rows} rows instead of {file.metadata.num_rows}")


def sorted_alerts(path: Path, folder: Path, survey: Survey | None) -> SortedAlerts | None:
    """The alerts in one folder of the compact folder ``path``; None if there are none."""
    schemas, rows, said = [], 0, set()
    if not folder.is_dir():
        return None
    files = data_files(folder)
    for file in files:
        with naming_file(file), ParquetFile(file) as content:
            schemas.append(content.schema_arrow.remove_metadata())
            rows += content.metadata.num_rows
            facts = content.metadata.metadata or {}
            said.add(tuple(facts.get(name, b"").decode() for name in (SURVEY, SORTED_BY)))
    name, key = said.pop()
    _check(path, not said and name in SURVEYS, "has files that transfer.compact did not write")
    _check(path, all(schema == schemas[0] for schema in schemas), "has files with different columns")
    if survey is not None and name != survey.name:
        raise FinkQueryError(f"survey={survey.name!r}, but path={str(path)!r} has alerts of {name!r}.")
    if not rows and key not in schemas[0].names:
        return None
    alerts = SortedAlerts(path, files, SURVEYS[name], key, schemas[0], rows)
    _check_columns(alerts)
    return alerts


def count_rows(folder: Path) -> int:
    """The rows of the files in a folder, which need not exist."""
    rows = 0
    for file in data_files(folder) if folder.is_dir() else ():
        with naming_file(file), ParquetFile(file) as content:
            rows += content.metadata.num_rows
    return rows


def _check(path: Path, is_right: bool, fault: str) -> None:
    if not is_right:
        raise FinkQueryError(f"path={str(path)!r} {fault}: {COMPACT_FIRST}.")


def _check_columns(alerts: SortedAlerts) -> None:
    needed = (
        (alerts.key, "text or 64-bit integers", (pa.types.is_string, pa.types.is_int64)),
        (alerts.survey.columns.time, "times", (pa.types.is_floating,)),
    )
    for name, what, are_right in needed:
        is_right = name in alerts.schema.names and any(
            is_kind(alerts.schema.field(name).type) for is_kind in are_right
        )
        _check(alerts.path, is_right, f"has no column {name!r} of {what}")


def numbers(alerts: pa.RecordBatch, name: str, survey: Survey) -> np.ndarray:
    """The values of a column as floats, NaN where there is none, or no such column."""
    if name not in alerts.schema.names:
        return np.full(alerts.num_rows, np.nan)
    values = alerts.column(name).cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    missing = survey.facts_of(name).missing
    return values if missing is None else np.where(values == missing, np.nan, values)


def has_alert_id(alerts: pa.RecordBatch, survey: Survey) -> np.ndarray:
    """Whether each row is an alert; upper limits and forced photometry have no alert id."""
    name = survey.columns.alert_id
    if name not in alerts.schema.names:
        return np.ones(alerts.num_rows, dtype=bool)
    return _has_value(alerts.column(name), survey.facts_of(name).missing).to_numpy(zero_copy_only=False)


def _with_value(alerts: pa.RecordBatch, name: str, survey: Survey) -> pa.RecordBatch:
    has_value = _has_value(alerts.column(name), survey.facts_of(name).missing)
    return alerts if has_value.false_count == 0 else alerts.filter(has_value)


def _has_value(values: pa.Array, missing: float | None) -> pa.BooleanArray:
    known = values.is_valid()
    if missing is None or pa.types.is_null(values.type):
        return known
    sentinel = pa.scalar(missing).cast(values.type)
    return compute.and_(known, compute.not_equal(values, sentinel).fill_null(False))


def first_rows(ids: pa.Array) -> np.ndarray:
    """The first row of each run of equal ids."""
    changes = compute.not_equal(ids.slice(1), ids.slice(0, len(ids) - 1))
    return np.concatenate([[0], 1 + np.flatnonzero(changes.to_numpy(zero_copy_only=False))])


def whole_objects(batches: Iterable[pa.RecordBatch], key: str) -> Generator[pa.RecordBatch, None, None]:
    """The same rows, cut where the id changes."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        if not batch.num_rows:
            continue
        last = int(first_rows(batch.column(key))[-1])
        if last or (waiting and waiting[-1].column(key)[0] != batch.column(key)[0]):
            complete = [*waiting, batch.slice(0, last)] if last else waiting
            yield _concatenated(complete)
            waiting = [batch.slice(last)]
        else:
            waiting.append(batch)
    if waiting:
        yield _concatenated(waiting)


def _concatenated(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    whole = pa.Table.from_batches(batches).combine_chunks().to_batches()
    if len(whole) > 1:
        raise FinkQueryError("the alerts of one object have more text than a row can hold: choose columns.")
    return whole[0]


def _rows_of_a_batch(schema: pa.Schema) -> int:
    size = sum(_width(field.type) for field in schema)
    return int(np.clip(_BATCH // size, _FEWEST_ROWS, _MOST_ROWS))


def _width(kind: pa.DataType) -> int:
    try:
        return max(1, kind.bit_width // 8)
    except ValueError:
        return 32
