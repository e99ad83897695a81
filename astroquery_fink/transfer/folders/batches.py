# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Read a folder of any size as Tables, one after the other."""

from __future__ import annotations

from collections.abc import Iterator

from astropy.table import Table

from ...arguments.checks import count
from ...arguments.types import ColumnNames, ObjectIds, StrPath, SurveyName
from ...tables.build import missing_ids
from .selection import Selection, selected

__all__ = ["batches"]
__doctest_requires__: dict[str, list[str]] = {"batches": ["pyarrow"]}


def batches(
    path: StrPath,
    objectids: ObjectIds | None = None,
    columns: ColumnNames | None = None,
    *,
    rows: int | None = None,
    survey: SurveyName | None = None,
) -> Iterator[Table]:
    """Read the alerts of a folder as Tables, one after the other.

    The Tables together have the rows and columns that `read` gives, in the order of the files. Only one of
    them is in memory at a time: the folder may be larger than the memory. Before the first Table, the alert
    ids alone are read, to find alerts that the folder has more than once.

    Parameters
    ----------
    path : str or path-like
        A folder that `download`, `compact` or fink-client wrote, or one of its files, as in `read`.
    objectids : str, list of str, or `~astropy.table.Table`, optional
        Object ids, as in ``query_objects``. None: all objects.
    columns : str or list of str, optional
        Names, with or without family prefix. None: all columns in the folder, except cutouts and the history
        inside each alert. The tag of upper limits (``d:tag``) is always included if the folder has it.
    rows : int, optional
        The number of rows of each Table but the last. None: as many as take some 60 MB, and at most
        200,000.
    survey : str, optional
        ``"ztf"`` or ``"lsst"``: the survey that took the alerts. None: as the files or their columns say.

    Returns
    -------
    tables : iterator of `~astropy.table.Table`
        One row per alert; of repeated alerts the first. All Tables have the same columns, with the same
        dtypes; only the width of text is that of the longest text in each Table. There is no Table if the
        folder has no alerts.

    Raises
    ------
    FinkQueryError
        An argument is invalid; the folder does not exist, or has no Parquet files; pyarrow is not installed;
        a file, which the message names, is broken, or has rounded object ids, so that ``objectids`` cannot be
        found.

    Warns
    -----
    NoResultsWarning
        No file has some of the requested columns, which are masked; or, after the last Table, the folder has
        no alert of some of the objects.
    CorruptDataWarning
        Values in a column of integers were masked because they are not exact integers, such as rounded ids.
    InputWarning
        Rows of a Table of ``objectids`` without an object id were left out.

    Examples
    --------
    Count the bright alerts of a folder of any size:

    >>> from astroquery_fink import transfer
    >>> alerts = Fink.query_objects("ZTF99simrrly,ZTF99simagnx", outdir="alerts")
    >>> bright = 0
    >>> for table in transfer.batches(alerts, columns="magpsf"):
    ...     bright += (table["i:magpsf"] < 18).sum()
    """
    most = None if rows is None else count(rows, "rows")
    wanted = selected(path, objectids, columns, survey)
    wanted.warn_of_columns()
    return _tables(wanted, most)


def _tables(wanted: Selection, most: int | None) -> Iterator[Table]:
    from .portions import of_length, of_size
    from .repeats import Repeats
    from .tables import alert_table, columns_of

    dataset, schema, survey = wanted.dataset, wanted.schema, wanted.dataset.survey
    repeats = Repeats(dataset, wanted.ids)
    missing = wanted.ids or []
    alerts = map(repeats.without, dataset.alerts(schema, wanted.ids))
    for parts in of_length(alerts, most) if most else of_size(alerts):
        columns = columns_of(parts, schema, survey)
        parts.clear()  # only the Table is in memory while it is used
        missing = missing_ids(columns, survey, missing) if missing else []
        table = alert_table(columns, schema, wanted.names, survey)
        del columns
        table.meta.update(wanted.meta)
        yield table
        del table
    wanted.warn_of_objects(missing)
