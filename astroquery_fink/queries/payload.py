# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What all payloads have in common."""

from ..arguments.checks import truth
from ..config import conf
from ..exceptions import FinkQueryError
from ..tables.decode import has_parquet

__all__ = ["given", "table_format", "wanted", "columns_to_send"]


def given(arguments):
    """Arguments without those that say nothing.

    Parameters
    ----------
    arguments : dict

    Returns
    -------
    payload : dict
    """
    return {name: value for name, value in arguments.items() if value is not None and value is not False}


def wanted(value, argument, survey):
    """A truth value of something that not every survey has.

    Parameters
    ----------
    value : bool
    argument : str
        Its name.
    survey : `~astroquery_fink.surveys.Survey`

    Returns
    -------
    value : bool
    """
    if truth(value, argument):
        survey.check(argument)
    return bool(value)


def table_format(*, parquet=True):
    """The format to ask for.

    Parameters
    ----------
    parquet : bool
        Whether the server can answer this question in Parquet.

    Returns
    -------
    output_format : str
    """
    wanted = conf.response_format
    if wanted == "parquet" and not has_parquet():
        raise FinkQueryError(
            "conf.response_format='parquet' needs pyarrow: pip install 'astroquery_fink[fast]'."
        )
    return "parquet" if parquet and wanted != "json" and has_parquet() else "json"


def columns_to_send(names, survey, *keys):
    """What ``columns`` says on the wire.

    Parameters
    ----------
    names : list of str, or None
        The columns that the user wants; None: all.
    survey : `~astroquery_fink.surveys.Survey`
    *keys : str
        What this question needs beside the key columns.

    Returns
    -------
    columns : str or None
        With the key columns, without which rows can be neither told apart nor ordered. None where
        only the full row will do: ``v:`` columns are computed for full rows alone.
    """
    if names is None or any(name.startswith("v:") for name in names):
        return None
    return ",".join(dict.fromkeys([*names, *survey.columns.keys, *keys]))
