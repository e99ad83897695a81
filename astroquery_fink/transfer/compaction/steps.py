# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Read the alerts of a folder, sort them, and write them: the work of `compact`."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa
from astroquery.exceptions import InputWarning

from ...disk import completed_folder, disk_errors
from ...messages import warn
from ...progress import Bar, is_shown
from ...surveys import Survey
from ..folders.repeats import Repeats
from ..folders.selection import Selection
from .compact import CompactReport
from .kinds import Kind, KindOfAlert
from .sort import Sorter
from .writer import SortedFiles

__all__ = ["compacted"]

_KIND, _ID, _AGE, _ROW = _KEYS = ["#kind", "#id", "#age", "#row"]  # no column of alerts has such a name
_COPIES = 4  # of the rows that are sorted at a time, in memory


def compacted(wanted: Selection, output: Path, memory: int, show_progress: bool | None) -> CompactReport:
    """Write the folder, which appears when it is complete."""
    dataset, survey = wanted.dataset, wanted.dataset.survey
    kinds = KindOfAlert(survey)
    kinds.check(dataset)
    _warn_of_ids(wanted)
    requested = {*survey.columns.keys, *kinds.columns, *wanted.names}
    schema = dataset.schema([name for name in dataset.names if name in requested])
    shown = is_shown(show_progress)
    with (
        disk_errors(f"output={str(output)!r}"),
        completed_folder(output) as folder,
        ExitStack() as stack,
    ):
        repeats = Repeats(dataset, strict=True, folder=folder)
        bar = stack.enter_context(Bar(2 * repeats.rows, shown, unit=" alerts"))
        parts = folder / ".parts"
        parts.mkdir()
        sorter = Sorter(parts, _KEYS, memory // _COPIES)
        for batch in _keyed(wanted, schema, repeats, kinds):
            sorter.add(batch)
            bar.reach(repeats.read)
        files = {kind: stack.enter_context(_files(folder, schema, kinds, kind)) for kind in Kind}
        for table in sorter.tables():
            _write(table, files)
            bar.reach(repeats.rows + sum(some.rows for some in files.values()))
        for kind, some in files.items():
            some.close(even_empty=kind == Kind.OBJECTS)
        bar.reach(2 * repeats.rows)
        shutil.rmtree(parts)
    return _report(output, survey, files, repeats)


def _warn_of_ids(wanted: Selection) -> None:
    name = wanted.dataset.survey.columns.alert_id
    if name not in wanted.dataset.names:
        where = f"path={str(wanted.dataset.path)!r}"
        warn(f"{where} has no column {name!r}: alerts that it has twice cannot be found.", InputWarning)
    wanted.warn_of_columns()


def _keyed(
    wanted: Selection, schema: pa.Schema, repeats: Repeats, kinds: KindOfAlert
) -> Iterator[pa.RecordBatch]:
    """The alerts, each once, with the columns that they are sorted by."""
    first = 0
    ids = [*kinds.columns, wanted.dataset.survey.columns.alert_id]
    for batch in wanted.dataset.alerts(schema, strict=ids):
        new = repeats.without(batch)
        kind, ids_of_kind = kinds.of(new)
        numbers = pa.array(np.arange(first, first + len(new)))
        arrays = [kind, ids_of_kind, _ages(new, kinds.survey), numbers, *new.columns]
        yield pa.RecordBatch.from_arrays(arrays, [*_KEYS, *new.schema.names])
        first += len(new)


def _ages(batch: pa.RecordBatch, survey: Survey) -> pa.Array:
    """Numbers in whose order the newest alert is first, and those without a time are last."""
    if survey.columns.time not in batch.schema.names:
        return pa.repeat(np.inf, len(batch))
    ages = -np.asarray(batch.column(survey.columns.time).cast(pa.float64()).fill_null(np.nan))
    return pa.array(np.where(np.isnan(ages), np.inf, ages))


def _files(folder: Path, schema: pa.Schema, kinds: KindOfAlert, kind: Kind) -> SortedFiles:
    return SortedFiles(folder / kind.name.lower(), schema, kinds.survey.name, kinds.sorted_by(kind))


def _write(table: pa.Table, files: dict[Kind, SortedFiles]) -> None:
    """Append sorted rows to the files of their kind."""
    kinds = np.asarray(table[_KIND])
    for kind, some in files.items():
        begin, end = np.searchsorted(kinds, [kind, kind + 1]).tolist()
        if end > begin:
            some.write(table.slice(begin, end - begin))


def _report(output: Path, survey: Survey, files: dict[Kind, SortedFiles], repeats: Repeats) -> CompactReport:
    without = files[Kind.WITHOUT_OBJECT].rows
    if without:
        ids = " nor ".join(dict.fromkeys([survey.columns.object_id, survey.solar_system.name]))
        warn(
            f"{without:,} alerts have neither {ids}: they are in {str(output / 'without_object')!r}.",
            InputWarning,
        )
    return CompactReport(
        path=str(output),
        survey=survey.name,
        rows=sum(some.rows for some in files.values()),
        repeats=repeats.dropped,
        files=sum(some.files for some in files.values()),
        objects=files[Kind.OBJECTS].ids,
        solar_system_objects=files[Kind.SOLAR_SYSTEM].ids,
        without_object=without,
    )
