# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What differs between the surveys that Fink serves."""

from astropy.table import Table

from ..exceptions import FinkQueryError
from ..messages import shown
from .lsst import LSST
from .survey import Survey
from .ztf import ZTF

__all__ = ["LSST", "SURVEYS", "Survey", "ZTF", "survey_named", "survey_of"]

SURVEYS = {survey.name: survey for survey in (ZTF, LSST)}


def survey_of(table: Table) -> Survey:
    """The survey of a table, from its ``meta``, which FITS files write in capitals."""
    if not isinstance(table, Table):
        kind = type(table).__name__
        raise FinkQueryError(f"table is a {kind}, not an astropy Table: give what query_object returns.")
    return survey_named(table.meta.get("survey", table.meta.get("SURVEY", ZTF.name)), "table.meta['survey']")


def survey_named(name: object, where: str) -> Survey:
    """The survey of this name, in any case; ``where`` the name stands, for the message."""
    survey = SURVEYS.get(str(name).lower())
    if survey is None:
        raise FinkQueryError(f"{where}={shown(name)} is not a valid survey: give {' or '.join(SURVEYS)}.")
    return survey
