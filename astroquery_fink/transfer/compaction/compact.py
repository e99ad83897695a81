# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Any folder of alerts -> few large files with one schema, one row per alert, sorted by object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...arguments.checks import path_of
from ...arguments.types import ColumnNames, StrPath, SurveyName
from ...exceptions import FinkQueryError
from ...messages import counted, shown
from ..folders.output import new_folder
from ..folders.selection import selected

__all__ = ["CompactReport", "compact"]
__doctest_requires__: dict[str, list[str]] = {"compact": ["pyarrow"]}

_GB = 10**9  # bytes


@dataclass(frozen=True)
class CompactReport:
    """What `compact` wrote.

    Parameters
    ----------
    path : str
        The folder.
    survey : str
        The survey that took the alerts.
    rows : int
        The number of alerts in all datasets, each once.
    repeats : int
        The number of rows that were left out because their alert was there already.
    files : int
        The number of files in all datasets.
    objects : int
        The number of objects in the dataset ``objects``.
    solar_system_objects : int
        The number of objects in the dataset ``solar_system``.
    without_object : int
        The number of alerts in the dataset ``without_object``.

    Examples
    --------
    >>> from astroquery_fink.transfer import CompactReport
    >>> counts = {"rows": 4000, "repeats": 0, "files": 2, "objects": 125, "solar_system_objects": 6}
    >>> print(CompactReport("compact", "ztf", **counts, without_object=0))
    4,000 alerts of 125 objects and 6 Solar System objects in 2 files in compact
    """

    path: str
    survey: str
    rows: int
    repeats: int
    files: int
    objects: int
    solar_system_objects: int
    without_object: int

    def __str__(self) -> str:
        objects = [counted(self.objects, "object"), counted(self.solar_system_objects, "Solar System object")]
        text = f"{counted(self.rows, 'alert')} of {' and '.join(objects)}"
        text += f" in {counted(self.files, 'file')} in {self.path}"
        repeats = f"; {counted(self.repeats, 'repeated row')} left out" * bool(self.repeats)
        without = f"; {counted(self.without_object, 'alert')} without an object id"
        return text + repeats + without * bool(self.without_object)


def compact(
    path: StrPath,
    output: StrPath,
    columns: ColumnNames | None = None,
    *,
    survey: SurveyName | None = None,
    memory: float = 0.2,
    show_progress: bool | None = None,
) -> CompactReport:
    """Sort the alerts of a folder by object, into few large files with one schema.

    The folder may be one that `download` or fink-client wrote, in files of any number, size and layout, or
    one of ``query_objects(..., outdir=...)``. It may be larger than the memory. `read` and `batches` give the
    same alerts from the new folder, and `read` finds a few objects among many millions of alerts at once;
    `light_curves` needs this order.

    The new folder has up to three datasets, each in Parquet files ``part-0000.parquet`` and so on:

    - ``objects``: by object id, the newest alert of each object first;
    - ``solar_system``: the alerts of known Solar System objects, by the name or number that the survey has
      for them, newest first. In ZTF these are the alerts with a ``d:roid`` of 3 and a name (``i:ssnamenr``);
      in Rubin those without ``r:diaObjectId`` but with ``r:ssObjectId``;
    - ``without_object``: alerts without any such id, newest first.

    The columns have the names of the REST service; units and descriptions are in the metadata of each field.
    Values are those of the alerts: 32-bit floats stay so, numbers that mean "no value" stay, too. Cutouts and
    the history inside each alert are left out.

    Parameters
    ----------
    path : str or path-like
        A folder of alerts, or one of its files.
    output : str or path-like
        The new folder, which must be absent or empty. It appears when it is complete.
    columns : str or list of str, optional
        Names, with or without family prefix. The ids and times of alerts, objects and Solar System objects
        are always included. None: all columns in the folder.
    survey : str, optional
        ``"ztf"`` or ``"lsst"``: the survey that took the alerts. None: as the files or their columns say.
    memory : float, optional
        Gigabytes of memory that sorting may take. If the alerts need more, they are sorted in parts, in
        temporary files beside the new folder, which need a few times the space of the result. More memory
        makes it faster.
    show_progress : bool, optional
        Whether to show a progress bar. By default there is one on a terminal and in a notebook.

    Returns
    -------
    report : `CompactReport`
        Numbers of alerts, objects and files. ``str(report)`` is a sentence.

    Raises
    ------
    FinkQueryError
        An argument is invalid; ``output`` is not empty, or cannot be written, for instance because the disk
        is full; the folder has no Parquet files or no object ids; pyarrow is not installed; a file, which
        the message names, is broken, or has ids that were rounded to floats. Nothing is left of ``output``.

    Warns
    -----
    InputWarning
        Alerts of Solar System objects cannot be told apart, because a column is missing; repeated alerts
        cannot be found, because there are no alert ids; some alerts have no object id.
    NoResultsWarning
        No file has some of the requested columns.
    CorruptDataWarning
        Values in a column of numbers are null in the new folder because they are not exact or not valid.

    Examples
    --------
    >>> from astroquery_fink import transfer
    >>> alerts = Fink.query_objects("ZTF99simrrly,ZTF99simagnx", outdir="alerts")
    >>> report = transfer.compact(alerts, "compact")
    >>> report.objects, report.repeats
    (2, 0)
    >>> table = transfer.read("compact", "ZTF99simagnx", columns="jd,magpsf")
    >>> len(table) < report.rows
    True
    """
    where = new_folder(output, path_of(path, "path"))
    budget = _bytes_of(memory)
    wanted = selected(path, None, columns, survey)
    from .steps import compacted

    return compacted(wanted, where, budget, show_progress)


def _bytes_of(memory: Any) -> int:
    """The number of bytes of some gigabytes."""
    if isinstance(memory, bool) or not isinstance(memory, (int, float)) or not 0 < memory < float("inf"):
        raise FinkQueryError(f"memory={shown(memory)} is not a positive number of gigabytes, such as 0.2.")
    return int(memory * _GB)
