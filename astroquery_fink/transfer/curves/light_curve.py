# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""One light curve, from one row of `light_curves` however it was read -> the Table of `query_object`."""

from typing import Any

from astropy.table import Table

from ...arguments.choices import choice
from ...arguments.types import SurveyName
from ...surveys import SURVEYS
from ...tables.optional import require

__all__ = ["light_curve"]
__doctest_requires__: dict[str, list[str]] = {"light_curve": ["pyarrow"]}


def light_curve(row: Any, survey: SurveyName | None = None) -> Table:
    """Make a Table of alerts of one row of ``transfer.light_curves``, as ``query_object`` returns it.

    Parameters
    ----------
    row : dict, `pyarrow.StructScalar`, `pandas.Series`, or `~astropy.table.Row`
        A row with the column ``light_curve``, as pyarrow, pandas, polars, DuckDB, nested-pandas or LSDB read
        it; or the dict of lists with names such as ``light_curve.i:jd`` that ``map_rows`` of LSDB and
        nested-pandas gives.
    survey : str, optional
        ``"ztf"`` or ``"lsst"``. None: the survey whose columns the light curve has.

    Returns
    -------
    table : `~astropy.table.Table`
        One row per alert, newest first, with the columns of the light curve and the object id, if the row
        has it. ``meta["survey"]`` is the survey.

    Raises
    ------
    FinkQueryError
        ``row`` is not such a row, or is more than one row; pyarrow is not installed.

    Warns
    -----
    CorruptDataWarning
        Integers were masked because they are not exact. pandas makes floats of integers if one of them is
        missing, and so rounds those of more than 15 digits.

    Notes
    -----
    32-bit floats are written with as few digits as identify them, as in Fink's REST service: 18.1, not
    18.10000038. Python numbers have no such type (DuckDB, polars, ``to_pylist()`` of pyarrow): a column of
    them, other than times and positions, is taken as 32-bit floats if all its values are exact in 32 bits
    and one of them has more than twelve digits.

    Examples
    --------
    >>> import pyarrow.parquet
    >>> from astroquery_fink import transfer
    >>> alerts = Fink.query_objects("ZTF99simrrly, ZTF99simagnx", outdir="alerts")
    >>> sorted_alerts = transfer.compact(alerts, "compact")
    >>> _ = transfer.light_curves("compact", "curves")
    >>> curves = pyarrow.parquet.read_table("curves/objects")
    >>> row = curves.to_struct_array()[0]
    >>> table = transfer.light_curve(row)
    >>> table["i:magpsf"].unit, len(table) == row["n_alerts"].as_py()
    (Unit("mag"), True)
    """
    named = SURVEYS if survey is None else {survey: SURVEYS[choice(survey, SURVEYS, "survey")]}
    require("transfer.light_curve", ["pyarrow"], "bulk")
    from .row import row_table

    return row_table(row, list(named.values()))
