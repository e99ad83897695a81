# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A folder of the Data Transfer service -> the Table of the REST service."""

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
from ..batch import first_few
from ..exceptions import FinkQueryError
from ..messages import warn
from ..surveys import SURVEYS, Survey
from ..tables.build import missing, rows
from ..tables.convert import to_array
from ..tables.decode import Columns, has_parquet
from ..tables.memory import MemoryLimit

__all__ = ["read"]
__doctest_requires__ = {"read": ["pyarrow"]}


def read(
    path: StrPath,
    objectids: ObjectIds | None = None,
    columns: ColumnNames | None = None,
    *,
    survey: SurveyName = "ztf",
) -> Table:
    """Alerts that Fink's Data Transfer service delivered: the Table that ``query_objects`` would give.

    Only the objects and columns that are asked for are read: the folder may be larger than the memory.
    The folder that ``query_objects(..., outdir=...)`` writes is read, too.

    Parameters
    ----------
    path : str or path-like
        The folder that fink-client wrote, partitioned in any way or not, or one of its files. As Spark
        and Hive do, files and folders whose names begin with ``_`` or ``.`` are left out.
    objectids : str, list of str, or `~astropy.table.Table`, optional
        As ``query_objects`` takes them. None: all objects.
    columns : str or list of str, optional
        Names, with family prefix or without. None: all that the folder has. Cutouts, and the history inside
        each alert, are left out. The tag of upper limits (``d:tag``) comes along wherever the folder has it.
    survey : str, optional
        Whose alerts they are.

    Returns
    -------
    table : `~astropy.table.Table`
        One row an alert, however often the folder has it (the first is taken). Objects are in the order
        asked, or in that of their first rows, newest alert first inside each. ``meta["missing"]`` names
        the objects of which there is no alert. A column that some file lacks is masked there.

    Raises
    ------
    FinkQueryError
        An invalid argument; there is no such folder, no Parquet in it, or no pyarrow; a file is broken, or
        has object ids that were rounded, so that ``objectids`` cannot be found by them: it is named.

    Warns
    -----
    NoResultsWarning
        The folder has no alert of some of the objects, or no file has some of the columns asked for, which
        are masked: what the REST service computes when it answers (``v:``) is in no transfer.
    CorruptDataWarning
        Values were masked that are no integers in a column of integers, such as ids that were rounded.

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
    dataset = _opened(path, facts)
    asked = full_names(columns, facts, live=lambda: dataset.names)
    tag = [facts.columns.tag] if facts.columns.tag in dataset.names else []
    names = [*asked, *tag] if asked else list(dataset.names)
    found = dataset.read(names, ids)
    order = _once_in_order(found, facts, ids)
    table = rows(found, facts, names, order=order, memory=MemoryLimit.boundless())
    absent = missing(found, facts, ids or [])
    table.meta.update(survey=facts.name, path=str(path), columns=names, missing=absent)
    _warn_of(path, "alert of", absent)
    _warn_of(path, "column", [name for name in names if name not in dataset.names])
    return table


def _opened(path, survey: Survey):
    """What imports pyarrow comes after the check that it is there."""
    where = path_of(path, "path")
    if not has_parquet():
        remedy = "only pyarrow reads Parquet: pip install astroquery_fink[fast]"
        raise FinkQueryError(f"path={str(path)!r}: {remedy}")
    from .dataset import Dataset

    return Dataset(where, survey)


def _once_in_order(columns: Columns, survey: Survey, ids: list | None) -> np.ndarray:
    """Indices of the rows: one an alert, object by object, newest first inside each."""
    objects, numbers, times = (_array(columns, name, survey) for name in survey.columns.keys)
    once = numbers[1].copy()  # a row without an id is no duplicate
    once[np.flatnonzero(~once)[np.unique(numbers[0][~once], return_index=True)[1]]] = True
    found, begin, which = np.unique(objects[0], return_index=True, return_inverse=True)
    place = {one: number for number, one in enumerate(ids or [])}
    rank = np.array([place[one] for one in found.tolist()], dtype=int) if ids else begin
    order = np.lexsort((-times[0], rank[which]))
    return order[once[order]]


def _array(columns: Columns, name: str, survey: Survey) -> tuple[np.ndarray, np.ndarray]:
    values = columns[name] if name in columns else [None] * len(columns)
    return to_array(values, survey.facts[name])


def _warn_of(path, what: str, names: list) -> None:
    if names:
        warn(f"path={str(path)!r} has no {what} {first_few(names)}", NoResultsWarning)
