# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Read a folder of the Data Transfer service as the Table that the REST service would give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from astropy.table import Table
from astroquery.exceptions import NoResultsWarning

from ..arguments.checks import path_of
from ..arguments.choices import choice
from ..arguments.columns import full_names
from ..arguments.ids import object_ids
from ..arguments.types import (
    ColumnNames,
    ObjectIds,
    StrPath,
    SurveyName,
)
from ..messages import first_few, warn
from ..surveys import SURVEYS, Survey
from ..tables.build import column_values, missing_ids, rows
from ..tables.decode import Columns, require_pyarrow
from ..tables.memory import MemoryLimit

if TYPE_CHECKING:
    from .dataset import Dataset

__all__ = ["read"]
__doctest_requires__: dict[str, list[str]] = {"read": ["pyarrow"]}


def read(
    path: StrPath,
    objectids: ObjectIds | None = None,
    columns: ColumnNames | None = None,
    *,
    survey: SurveyName = "ztf",
) -> Table:
    """Read the alerts that Fink's Data Transfer service delivered.

    The result is the Table that ``query_objects`` would give. Only the requested objects and columns are
    read: the folder may be larger than the memory. Folders that ``query_objects(..., outdir=...)`` wrote can
    be read, too.

    Parameters
    ----------
    path : str or path-like
        The folder that fink-client wrote, with or without partitions, or one of its files. As in Spark and
        Hive, files and folders whose names begin with ``_`` or ``.`` are ignored.
    objectids : str, list of str, or `~astropy.table.Table`, optional
        Object ids, as in ``query_objects``. None: all objects.
    columns : str or list of str, optional
        Names, with or without family prefix. None: all columns in the folder, except cutouts and the history
        inside each alert. The tag of upper limits (``d:tag``) is always included if the folder has it.
    survey : str, optional
        ``"ztf"`` or ``"lsst"``: the survey that took the alerts.

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
    >>> sent = fink.query_objects("ZTF99simrrly,ZTF99simagnx", columns="objectId,candid,jd,magpsf")
    >>> sent.write(folder / "part-0.parquet")
    >>> table = transfer.read(folder, "ZTF99simagnx", columns="jd,magpsf")
    >>> len(table) == sent["i:objectId"].tolist().count("ZTF99simagnx"), table["i:magpsf"].unit
    (True, Unit("mag"))
    """
    facts = SURVEYS[choice(survey, SURVEYS, "survey")]
    ids = None if objectids is None else object_ids(objectids, facts)
    dataset = _open(path, facts)
    requested = full_names(columns, facts, live=lambda: dataset.names)
    tag = [facts.columns.tag] if facts.columns.tag in dataset.names else []
    names = [*requested, *tag] if requested else list(dataset.names)
    found = dataset.read(names, ids)
    order = _order_of_rows(found, facts, ids)
    table = rows(found, facts, names, order=order, memory=MemoryLimit.unlimited())
    missing = missing_ids(found, facts, ids or [])
    table.meta.update(survey=facts.name, path=str(path), columns=names, missing=missing)
    _warn_of_missing(path, "alert of", missing)
    _warn_of_missing(path, "column", [name for name in names if name not in dataset.names])
    return table


def _open(path: StrPath, survey: Survey) -> Dataset:
    where = path_of(path, "path")
    require_pyarrow(f"path={str(path)!r}")
    from .dataset import Dataset

    return Dataset(where, survey)


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


def _warn_of_missing(path: StrPath, what: str, names: Sequence[str | int]) -> None:
    if names:
        warn(f"path={str(path)!r} has no {what} {first_few(names)}", NoResultsWarning)
