# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Read sorted alerts, collect them into light curves, and write those: the work of `light_curves`."""

from collections.abc import Generator
from pathlib import Path

import pyarrow as pa
from astroquery.exceptions import InputWarning, NoResultsWarning

from ...arguments.columns import full_names
from ...arguments.types import ColumnNames
from ...disk import completed_folder, disk_errors
from ...exceptions import FinkQueryError
from ...messages import first_few, warn
from ...progress import Bar, is_shown
from ...surveys import Survey
from ..compaction.writer import SortedFiles
from .ahead import one_ahead
from .alerts import COMPACT_FIRST, SortedAlerts, count_rows, first_rows, sorted_alerts
from .light_curves import LightCurvesReport
from .order import check_order
from .rows import Curves

__all__ = ["written_curves"]

_OBJECTS, _SOLAR_SYSTEM, _WITHOUT_OBJECT = "objects", "solar_system", "without_object"


def written_curves(
    path: Path, output: Path, columns: ColumnNames | None, survey: Survey | None, show_progress: bool | None
) -> LightCurvesReport:
    """Write the folder, which appears when it is complete."""
    curves = {folder: _curves(alerts, folder, columns) for folder, alerts in _sources(path, survey).items()}
    rows, done = sum(one.source.rows for one in curves.values()), 0
    files: dict[str, SortedFiles] = {}
    with (
        disk_errors(f"output={str(output)!r}"),
        completed_folder(output) as part,
        Bar(rows, is_shown(show_progress), unit=" alerts") as bar,
    ):
        for folder, one in curves.items():
            files[folder] = SortedFiles(part / folder, one.schema, one.source.survey.name, one.source.key)
            for batch, alerts in one_ahead(_rows(one)):
                files[folder].write(pa.Table.from_batches([batch]))
                done += alerts
                bar.reach(done)
            files[folder].close(even_empty=True)
        bar.reach(rows)
    objects = {folder: some.rows for folder, some in files.items()}
    return LightCurvesReport(
        path=str(output),
        survey=next(iter(curves.values())).source.survey.name,
        objects=objects.get(_OBJECTS, 0),
        solar_system_objects=objects.get(_SOLAR_SYSTEM, 0),
        rows=done,
        without_object=_without_object(path, rows - done),
        files=sum(some.files for some in files.values()),
    )


def _sources(path: Path, survey: Survey | None) -> dict[str, SortedAlerts]:
    """The alerts in each folder of a compact folder."""
    if not path.exists():
        raise FinkQueryError(f"path={str(path)!r} does not exist: give a folder that transfer.compact wrote.")
    folders = (_OBJECTS, _SOLAR_SYSTEM)
    found = {folder: sorted_alerts(path, path / folder, survey) for folder in folders}
    sources = {folder: alerts for folder, alerts in found.items() if alerts is not None}
    if not sources:
        raise FinkQueryError(f"path={str(path)!r} has no alerts in {' or '.join(folders)}: {COMPACT_FIRST}.")
    return sources


def _curves(alerts: SortedAlerts, folder: str, columns: ColumnNames | None) -> Curves:
    """What becomes of these alerts, with a warning of columns that they lack."""
    names, survey = alerts.schema.names, alerts.survey
    requested = full_names(columns, survey, live=lambda: names) or names
    position = [survey.columns.ra, survey.columns.dec] if folder == _OBJECTS else []
    missing = [name for name in dict.fromkeys([*requested, *position]) if name not in names]
    if missing:
        effect = "" if set(position).isdisjoint(missing) else " The objects have no mean position."
        warn(f"path={str(alerts.path)!r} has no column {first_few(missing)}.{effect}", NoResultsWarning)
    always = {survey.columns.object_id, survey.columns.time, survey.columns.tag}
    kept = always.union(requested) - {alerts.key}
    members = [name for name in names if name in kept]
    return Curves(alerts, members, has_positions=folder == _OBJECTS)


def _rows(curves: Curves) -> Generator[tuple[pa.RecordBatch, int], None, None]:
    """The rows of some objects at a time, and how many alerts they have."""
    last, key = None, curves.source.key
    for alerts in one_ahead(curves.source.objects(curves.names)):
        ids = alerts.column(key)
        begins = first_rows(ids)
        check_order(curves.source, alerts, begins, after=last)
        last = ids[-1].as_py()
        yield curves.rows(alerts, begins), alerts.num_rows


def _without_object(path: Path, left_out: int) -> int:
    """The number of alerts that name no object, with a warning."""
    without = left_out + count_rows(path / _WITHOUT_OBJECT)
    if without:
        warn(f"path={str(path)!r}: left out {without:,} alert(s) that name no object.", InputWarning)
    return without
