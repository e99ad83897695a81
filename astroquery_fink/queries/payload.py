# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Rules that all payloads have in common."""

from ..arguments.checks import truth
from ..arguments.types import Payload
from ..config import conf
from ..surveys import Survey
from ..tables.decode import has_parquet, require_pyarrow

__all__ = ["columns_to_send", "drop_unset", "supported_flag", "table_format"]


def drop_unset(arguments: Payload) -> Payload:
    """The payload without arguments that are None or False."""
    return {name: value for name, value in arguments.items() if value is not None and value is not False}


def supported_flag(value: bool, argument: str, survey: Survey) -> bool:
    """A boolean argument; True is refused if the survey lacks it."""
    if truth(value, argument):
        survey.check(argument)
    return bool(value)


def table_format(*, parquet: bool = True) -> str:
    """The output format; ``parquet`` says whether the server can send Parquet."""
    requested = conf.response_format
    if requested == "parquet":
        require_pyarrow("conf.response_format='parquet'")
    return "parquet" if parquet and requested != "json" and has_parquet() else "json"


def columns_to_send(names: list[str] | None, survey: Survey, *required: str) -> str | None:
    """The argument ``columns``: named columns, key columns, and required ones.

    None requests full rows: the server computes ``v:`` columns for full rows only.
    """
    if names is None or any(name.startswith("v:") for name in names):
        return None
    return ",".join(dict.fromkeys([*names, *survey.columns.keys, *required]))
