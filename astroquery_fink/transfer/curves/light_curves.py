# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Sorted alerts -> light curves, one row per object, for tools that work on many objects at once."""

from dataclasses import dataclass

from ...arguments.checks import path_of
from ...arguments.choices import choice
from ...arguments.types import ColumnNames, StrPath, SurveyName
from ...messages import counted
from ...surveys import SURVEYS
from ...tables.optional import require
from ..folders.output import new_folder

__all__ = ["LightCurvesReport", "light_curves"]
__doctest_requires__: dict[str, list[str]] = {"light_curves": ["pyarrow"]}


@dataclass(frozen=True)
class LightCurvesReport:
    """What `light_curves` wrote.

    Parameters
    ----------
    path : str
        The folder.
    survey : str
        The survey that took the alerts.
    objects, solar_system_objects : int
        The number of objects, and of Solar System objects, with a light curve.
    rows : int
        The number of alerts, upper limits and forced photometry in all light curves.
    without_object : int
        The number of alerts that are in no light curve because they name no object.
    files : int
        The number of Parquet files.

    Examples
    --------
    >>> from astroquery_fink.transfer import LightCurvesReport
    >>> report = LightCurvesReport("curves", "ztf", 54, 6, rows=1823, without_object=0, files=2)
    >>> print(report)
    Light curves of 54 objects and 6 Solar System objects from 1,823 alerts in 2 files in curves
    """

    path: str
    survey: str
    objects: int
    solar_system_objects: int
    rows: int
    without_object: int
    files: int

    def __str__(self) -> str:
        objects = [counted(self.objects, "object"), counted(self.solar_system_objects, "Solar System object")]
        text = f"Light curves of {' and '.join(objects)} from {counted(self.rows, 'alert')}"
        text += f" in {counted(self.files, 'file')} in {self.path}"
        without = f"; {counted(self.without_object, 'alert')} without an object id"
        return text + without * bool(self.without_object)


def light_curves(
    path: StrPath,
    output: StrPath,
    *,
    columns: ColumnNames | None = None,
    survey: SurveyName | None = None,
    show_progress: bool | None = None,
) -> LightCurvesReport:
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
        the tag of upper limits and forced photometry (if the folder has it), and the object ids of alerts of
        Solar System objects are always included.
    survey : str, optional
        ``"ztf"`` or ``"lsst"``. None: as the folder says.
    show_progress : bool, optional
        Whether to show a progress bar. None: on a terminal and in a notebook.

    Returns
    -------
    report : `~astroquery_fink.transfer.LightCurvesReport`
        Numbers of objects, alerts and files. ``str(report)`` is a sentence.

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
    >>> alerts = Fink.query_objects("ZTF99simrrly, ZTF99simagnx", outdir="alerts")
    >>> sorted_alerts = transfer.compact(alerts, "compact")
    >>> curves = "curves"
    >>> report = transfer.light_curves("compact", curves, columns="jd,magpsf")
    >>> report.objects, report.rows == sorted_alerts.rows
    (2, True)
    """
    where = path_of(path, "path")
    target = new_folder(output, where)
    facts = None if survey is None else SURVEYS[choice(survey, SURVEYS, "survey")]
    require("transfer.light_curves", ["pyarrow"], "bulk")
    from .folder import written_curves

    return written_curves(where, target, columns, facts, show_progress)
