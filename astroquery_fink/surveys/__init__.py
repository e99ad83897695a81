# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""All that differs between the surveys that Fink serves."""

from astropy.table import Table

from ..exceptions import FinkQueryError
from ..messages import shown
from .lsst import LSST
from .survey import Survey
from .ztf import ZTF

__all__ = ["LSST", "SURVEYS", "Survey", "ZTF", "survey_named", "survey_of"]

SURVEYS = {survey.name: survey for survey in (ZTF, LSST)}


def survey_of(table):
    """The survey that a table's rows are from, as its ``meta`` says; a FITS file has that in capitals.

    Parameters
    ----------
    table : `~astropy.table.Table`

    Returns
    -------
    survey : `Survey`

    Raises
    ------
    FinkQueryError
        It is no Table, or of a survey that is not known here.
    """
    if not isinstance(table, Table):
        raise FinkQueryError(
            f"table is a {type(table).__name__}, and no Table: give what query_object returns."
        )
    return survey_named(table.meta.get("survey", table.meta.get("SURVEY", ZTF.name)), "table.meta['survey']")


def survey_named(name, where):
    """A survey by its name.

    Parameters
    ----------
    name : str
        In any case.
    where : str
        What says so, for the message.

    Returns
    -------
    survey : `Survey`

    Raises
    ------
    FinkQueryError
        It is none of those that are known here.
    """
    survey = SURVEYS.get(str(name).lower())
    if survey is None:
        raise FinkQueryError(f"{where}={shown(name)} is no survey of Fink's here: {', '.join(SURVEYS)}.")
    return survey
