# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Read a folder of the Data Transfer service as the Table that the REST service would give."""

from __future__ import annotations

from typing import Any

import numpy as np
from astropy.table import Table

from ...arguments.types import ColumnNames, ObjectIds, StrPath, SurveyName
from ...surveys import Survey
from ...tables.build import column_values, missing_ids
from ...tables.decode import Columns
from .selection import selected

__all__ = ["read"]
__doctest_requires__: dict[str, list[str]] = {"read": ["pyarrow"]}


def read(
    path: StrPath,
    objectids: ObjectIds | None = None,
    columns: ColumnNames | None = None,
    *,
    survey: SurveyName | None = None,
) -> Table:
    """Read the alerts that Fink's Data Transfer service delivered.

    The result is the Table that ``query_objects`` would give. Only the requested objects and columns are
    read: the folder may be larger than the memory. In a folder that `compact` or `light_curves` wrote, a few
    objects are found at once among many millions of alerts. Folders that ``query_objects(..., outdir=...)``
    wrote can be read, too.

    Parameters
    ----------
    path : str or path-like
        A folder that `download`, `compact`, `light_curves` or fink-client wrote, the latter with or without
        partitions, or one of its files. As in Spark and
        Hive, files and folders whose names begin with ``_`` or ``.`` are ignored.
    objectids : str, list of str, or `~astropy.table.Table`, optional
        Object ids, as in ``query_objects``. None: all objects.
    columns : str or list of str, optional
        Names, with or without family prefix. None: all columns in the folder, except cutouts and the history
        inside each alert. The tag of upper limits (``d:tag``) is always included if the folder has it.
    survey : str, optional
        ``"ztf"`` or ``"lsst"``: the survey that took the alerts. None: as the files or their columns say.

    Returns
    -------
    table : `~astropy.table.Table`
        One row per alert; of repeated alerts the first. Objects are in the order of ``objectids``, or of
        their first rows; the alerts of an object are sorted newest first. ``meta["missing"]`` lists the
        objects without alerts. A column is masked in the rows of files that lack it.

    Raises
    ------
    FinkQueryError
        An argument is invalid; the folder does not exist, or has no Parquet files; pyarrow is not installed;
        a file, which the message names, is broken, or has rounded object ids, so that ``objectids`` cannot be
        found.

    Warns
    -----
    NoResultsWarning
        The folder has no alert of some of the objects; or no file has some of the requested columns, which
        are masked. Columns that the REST service computes for each request (``v:``) are in no transfer.
    CorruptDataWarning
        Values in a column of integers were masked because they are not exact integers, such as rounded ids.
    InputWarning
        Rows of a Table of ``objectids`` without an object id were left out.

    Examples
    --------
    >>> from astroquery_fink import transfer
    >>> sent = Fink.query_objects("ZTF99simrrly,ZTF99simagnx", columns="objectId,candid,jd,magpsf")
    >>> sent.write("part-0.parquet")
    >>> table = transfer.read("part-0.parquet", "ZTF99simagnx", columns="jd,magpsf")
    >>> len(table) == sent["i:objectId"].tolist().count("ZTF99simagnx"), table["i:magpsf"].unit
    (True, Unit("mag"))
    """
    wanted = selected(path, objectids, columns, survey)
    from .tables import alert_table, columns_of

    schema, facts = wanted.schema, wanted.dataset.survey
    batches = list(wanted.dataset.alerts(schema, wanted.ids))
    found = columns_of(batches, schema, facts)
    order = _order_of_rows(found, facts, wanted.ids)
    table = alert_table(found, schema, wanted.names, facts, order)
    missing = missing_ids(found, facts, wanted.ids or [])
    table.meta.update(wanted.meta, missing=missing)
    wanted.warn_of_objects(missing)
    wanted.warn_of_columns()
    return table


def _order_of_rows(columns: Columns, survey: Survey, ids: list[Any] | None) -> np.ndarray:
    """Indices of the rows: each alert once, by object, newest first in each."""
    objects, numbers, times = (column_values(columns, name, survey) for name in survey.columns.keys)
    selected = numbers[1].copy()  # rows without an alert id are not repeats
    selected[np.flatnonzero(~selected)[np.unique(numbers[0][~selected], return_index=True)[1]]] = True
    found, begin, which = np.unique(objects[0], return_index=True, return_inverse=True)
    ranks = {one: number for number, one in enumerate(ids or [])}
    rank = np.array([ranks[one] for one in found.tolist()], dtype=int) if ids else begin
    order = np.lexsort((-times[0], rank[which]))
    return order[selected[order]]
