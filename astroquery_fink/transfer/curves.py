# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Sorted alerts -> light curves, one row per object, for tools that work on many objects at once."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from astroquery.exceptions import InputWarning, NoResultsWarning

from ..arguments.checks import path_of
from ..arguments.choices import choice
from ..arguments.columns import full_names
from ..arguments.types import ColumnNames, StrPath, SurveyName
from ..exceptions import FinkQueryError
from ..messages import first_few, warn
from ..progress import Bar, is_shown
from ..surveys import SURVEYS
from ..tables.decode import require_pyarrow

if TYPE_CHECKING:
    import pyarrow as pa

    from .curves_input import SortedAlerts
    from .curves_rows import Curves

__all__ = ["LightCurves", "light_curves"]
__doctest_requires__: dict[str, list[str]] = {"light_curves": ["pyarrow", "duckdb"]}

_FOLDERS = ("objects", "solar_system")


@dataclass(frozen=True)
class LightCurves:
    """What `light_curves` wrote.

    Parameters
    ----------
    path : `~pathlib.Path`
        The folder.
    objects, solar_system : int
        Objects, and Solar System objects, with a light curve.
    alerts : int
        Alerts, upper limits and forced photometry in the light curves of both.
    without_object : int
        Alerts that name no object: they are in no light curve.
    files : int
        Parquet files.
    """

    path: Path
    objects: int
    solar_system: int
    alerts: int
    without_object: int
    files: int


def light_curves(
    path: StrPath,
    output: StrPath,
    *,
    columns: ColumnNames | None = None,
    survey: SurveyName | None = None,
    show_progress: bool | None = None,
) -> LightCurves:
    """Collect alerts into light curves: Parquet files with one row per object.

    The result can be larger than the memory, and is for tools that work on many objects at once: DuckDB,
    pandas and polars read it as it is, nested-pandas and LSDB read ``light_curve`` as a nested column.

    Parameters
    ----------
    path : str or path-like
        A folder that ``transfer.compact`` wrote: one row per alert, sorted by object.
    output : str or path-like
        The folder to write. It appears when it is complete, and must not exist before, unless it is empty.
    columns : str or list of str, optional
        The columns in the light curves, with or without family prefix. None: all but the object id. The time,
        and the tag of upper limits and forced photometry (if the folder has it) are always included.
    survey : str, optional
        ``"ztf"`` or ``"lsst"``. None: as the folder says.
    show_progress : bool, optional
        Whether to show a progress bar. None: on a terminal and in a notebook.

    Returns
    -------
    report : `~astroquery_fink.transfer.LightCurves`
        The number of objects, alerts and files.

    Raises
    ------
    FinkQueryError
        An argument is invalid; ``path`` is not a folder of ``transfer.compact``, or its alerts are not
        sorted, or an alert is in it twice; a file is broken; ``output`` exists or cannot be written; pyarrow
        is not installed.

    Warns
    -----
    NoResultsWarning
        The folder lacks some of the requested columns, or the coordinates, so that objects have no position.
    InputWarning
        Alerts that name no object were left out.

    Notes
    -----
    The folder has the Parquet files ``objects/part-0000.parquet`` and so on, with these columns:

    - ``i:objectId`` or ``r:diaObjectId``, by which the rows are sorted;
    - ``ra``, ``dec`` [deg]: ICRS, the mean on the sphere of the alerts that have a position;
    - ``n_alerts``: the number of alerts; rows without an alert id, such as upper limits and forced
      photometry, are in the light curve but not counted;
    - ``first``, ``last`` [d]: time of the first and the last alert, in the time format of the survey: JD UTC
      for ZTF, MJD TAI for Rubin; null if no alert has a time;
    - ``light_curve``: a struct of lists of the same length, one list per column, newest alert first.

    Solar System objects are in ``solar_system/part-0000.parquet`` and so on, sorted by their name (ZTF) or id
    (Rubin), without a mean position. Units and descriptions are in the metadata of the Arrow fields, also
    of the members of ``light_curve``: ``field.metadata[b"unit"]``. Floats have the precision of the packets.

    Examples
    --------
    >>> from astroquery_fink import transfer
    >>> sent = fink.query_objects("ZTF99simrrly, ZTF99simagnx", columns="objectId,candid,jd,magpsf,ra,dec")
    >>> sent.write(folder / "part-0.parquet")
    >>> _ = transfer.compact(folder / "part-0.parquet", folder / "compact")  # doctest: +SKIP
    >>> curves = folder / "curves"
    >>> report = transfer.light_curves(folder / "compact", curves, columns="jd,magpsf")  # doctest: +SKIP
    >>> report.objects, report.alerts == len(sent)  # doctest: +SKIP
    (2, True)
    """
    where, target = path_of(path, "path"), path_of(output, "output")
    require_pyarrow(f"path={str(path)!r}")
    from .curves_output import new_folder

    inputs = _inputs(where, survey)
    plans = [_curves(folder, alerts, columns) for folder, alerts in inputs.items()]
    rows, counts = sum(alerts.rows for alerts in inputs.values()), {}
    with new_folder(target, where) as part, Bar(rows, is_shown(show_progress), " alerts") as bar:
        for (folder, alerts), curves in zip(inputs.items(), plans, strict=True):
            done = sum(written for _, written, _ in counts.values())
            counts[folder] = _write(alerts, curves, part / folder, bar, done)
    objects, written, files = (sum(numbers) for numbers in zip(*counts.values(), strict=True))
    solar_system = counts.get("solar_system", (0,))[0]
    without = _count_without_object(where, rows - written)
    return LightCurves(target, objects - solar_system, solar_system, written, without, files)


def _count_without_object(path: Path, left_out: int) -> int:
    """The alerts that name no object, with a warning."""
    from .curves_input import count_rows

    without = left_out + count_rows(path / "without_object")
    if without:
        warn(f"path={str(path)!r}: left out {without:,} alert(s) that name no object.", InputWarning)
    return without


def _inputs(path: Path, survey: SurveyName | None) -> dict[str, SortedAlerts]:
    """The alerts in each folder of a compact folder."""
    from .curves_input import COMPACT_FIRST, sorted_alerts

    if not path.exists():
        raise FinkQueryError(
            f"path={str(path)!r} does not exist: give the folder that transfer.compact wrote."
        )
    facts = None if survey is None else SURVEYS[choice(survey, SURVEYS, "survey")]
    found = {folder: sorted_alerts(path, folder, facts) for folder in _FOLDERS}
    inputs = {folder: alerts for folder, alerts in found.items() if alerts is not None}
    if not inputs:
        raise FinkQueryError(f"path={str(path)!r} has no folder {' or '.join(_FOLDERS)}: {COMPACT_FIRST}.")
    return inputs


def _curves(folder: str, alerts: SortedAlerts, columns: ColumnNames | None) -> Curves:
    """What becomes of these alerts; warns of columns that they lack."""
    from .curves_rows import Curves

    names, survey = alerts.schema.names, alerts.survey
    requested = full_names(columns, survey, live=lambda: names) or names
    needed = [survey.columns.ra, survey.columns.dec] if folder == "objects" else []
    missing = [name for name in dict.fromkeys([*requested, *needed]) if name not in names]
    if missing:
        without = " The objects have no mean position." * (not set(needed).isdisjoint(missing))
        warn(f"path={str(alerts.path)!r} has no column {first_few(missing)}.{without}", NoResultsWarning)
    kept = {*requested, survey.columns.time, survey.columns.tag} - {alerts.key}
    members = [name for name in names if name in kept]
    return Curves(survey, alerts.key, alerts.schema, members, positions=folder == "objects")


def _write(alerts: SortedAlerts, curves: Curves, folder: Path, bar: Bar, done: int) -> tuple[int, int, int]:
    """Write the light curves; the number of objects, alerts and files."""
    from .ahead import one_ahead
    from .curves_output import SortedFiles

    objects = rows = 0
    with SortedFiles(folder, curves.schema, curves.survey.name, alerts.key) as files:
        for batch, size in one_ahead(_rows(alerts, curves)):
            files.write(batch)
            objects, rows = objects + batch.num_rows, rows + size
            bar.reach(done + rows)
    return objects, rows, files.files


def _rows(alerts: SortedAlerts, curves: Curves) -> Generator[tuple[pa.RecordBatch, int], None, None]:
    """The rows of some objects at a time, and how many alerts they have."""
    from .ahead import one_ahead
    from .curves_input import first_rows
    from .curves_order import check_order

    last = None
    for batch in one_ahead(alerts.objects(curves.names)):
        begins = first_rows(batch.column(alerts.key))
        check_order(alerts, batch, begins, after=last)
        last = batch.column(alerts.key)[-1].as_py()
        yield curves.rows(batch, begins), batch.num_rows
