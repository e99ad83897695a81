# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""All that differs between the surveys that Fink serves."""

from .lsst import LSST
from .survey import Survey
from .ztf import ZTF

__all__ = ["LSST", "SURVEYS", "ZTF", "Survey", "survey_of"]

SURVEYS = {survey.name: survey for survey in (ZTF, LSST)}


def survey_of(table):
    """The survey that a table's rows are from, as its ``meta`` says.

    Parameters
    ----------
    table : `~astropy.table.Table`

    Returns
    -------
    survey : `Survey`
    """
    return SURVEYS[table.meta.get("survey", ZTF.name)]
