# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Light curves of many objects, one row per object, for nested-pandas and light-curve."""

from importlib import import_module
from typing import Any

import numpy as np
from astropy.table import Table
from astroquery.exceptions import InputWarning

from ..messages import counted, warn
from ..surveys import survey_of
from ..surveys.photometry import Measurement, nan_masked, plain
from ..tables.optional import require
from .points import usable_rows
from .selection import require_columns

__all__ = ["to_nested"]
__doctest_requires__: dict[str, list[str]] = {"to_nested": ["nested_pandas", "light_curve"]}


def to_nested(table: Table, band: str | None = None, *, by: str | None = None) -> Any:
    """Convert light curves to a ``NestedFrame`` of nested-pandas, one row per object.

    The columns are those of the folders that ``transfer.light_curves`` writes, so that the same code works on
    a query and on all alerts of a year.

    Parameters
    ----------
    table : `~astropy.table.Table`
        From ``query_objects`` or any other query for alerts, of either survey.
    band : str, optional
        ``"g"``, ``"r"`` or ``"i"``; for Rubin also ``"u"``, ``"z"`` or ``"y"``. None: all bands.
    by : str, optional
        The column that names the objects. None: the object id. The names of Solar System objects are in
        ``sso_name`` (ZTF) or ``f:sso_name`` (Rubin).

    Returns
    -------
    frame : ``nested_pandas.NestedFrame``
        Sorted by object, with the columns

        - ``i:objectId`` or ``r:diaObjectId``, or that of ``by``;
        - ``ra``, ``dec`` [deg]: ICRS, the mean on the sphere of the alerts; if the table has coordinates;
        - ``n_alerts``: the number of alerts; forced photometry is in the light curve but not counted;
        - ``first``, ``last`` [d]: time of the first and the last alert, JD UTC for ZTF, MJD TAI for Rubin;
        - ``light_curve``: nested, oldest row first, with all other columns of the table that hold numbers or
          text. Floats have 64 bits, missing values are null, units are those of the table.

        Upper limits, detections of bad quality, and rows without a time, a band, a brightness or its error
        are left out. With forced photometry a visit with a detection has two rows; their ``tag`` tells them
        apart, as in ``frame.query("light_curve.tag == 'forced'")``.

    Raises
    ------
    FinkQueryError
        The table lacks a required column, or the survey has no such band; nested-pandas is not installed.

    Warns
    -----
    InputWarning
        Rows that name no object were left out.

    Notes
    -----
    ``pyarrow.array(frame["light_curve"])`` is an Arrow array of lists of structs, which ``.many()`` of the
    package light-curve takes as it is.

    Examples
    --------
    >>> from astroquery_fink.lightcurve import to_nested
    >>> columns = "objectId, candid, jd, fid, magpsf, sigmapsf"
    >>> table = Fink.query_objects("ZTF99simrrly, ZTF99simagnx", columns=columns)
    >>> frame = to_nested(table, "r")
    >>> frame[["i:objectId", "n_alerts"]].values.tolist()
    [['ZTF99simagnx', 154], ['ZTF99simrrly', 192]]

    Features of all light curves at once:

    >>> import light_curve
    >>> import pyarrow
    >>> extract = light_curve.Extractor(light_curve.Amplitude(), light_curve.ReducedChi2())
    >>> features = extract.many(
    ...     pyarrow.array(frame["light_curve"]),
    ...     arrow_fields={"t": "i:jd", "m": "i:magpsf", "sigma": "i:sigmapsf"},
    ... )
    >>> features.shape
    (2, 2)
    """
    require("to_nested", ["nested_pandas", "pyarrow"], "interop")
    from .object_rows import object_rows

    survey = survey_of(table)
    key = survey.columns.object_id if by is None else by
    columns = survey.columns
    brightness = (columns.brightness, columns.brightness_error)
    require_columns(table, (key, columns.time, columns.band, *brightness), "to_nested")
    rows = np.flatnonzero(usable_rows(table, _brightness(table), band))
    objects = object_rows(table, survey, key, _with_object(table, key, rows))
    return import_module("nested_pandas").from_pyarrow(objects)


def _brightness(table: Table) -> Measurement:
    columns = survey_of(table).columns
    values, errors = (plain(table[name]) for name in (columns.brightness, columns.brightness_error))
    return nan_masked(values.astype(float)), nan_masked(errors.astype(float))


def _with_object(table: Table, key: str, rows: np.ndarray) -> np.ndarray:
    """The rows that name an object."""
    named = ~np.ma.getmaskarray(plain(table[key]))[rows]
    if not named.all():
        without = counted(int((~named).sum()), "row")
        warn(f"{without} without a value of {key!r}, which names the object, were left out.", InputWarning)
    return rows[named]
