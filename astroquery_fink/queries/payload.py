# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Rules that all payloads have in common."""

from ..arguments.checks import count, truth
from ..arguments.times import iso, time_range
from ..arguments.types import Payload, TimeLike
from ..config import conf
from ..surveys import Survey
from ..tables.decode import has_parquet, require_pyarrow

__all__ = ["columns_to_send", "drop_unset", "is_computed", "newest_of", "supported_flag", "table_format"]


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

    None requests full rows, the only ones for which the server computes columns.
    """
    if names is None or any(map(is_computed, names)):
        return None
    return ",".join(dict.fromkeys([*names, *survey.columns.keys, *required]))


def is_computed(name: str) -> bool:
    """Whether the server computes the column for each response, instead of storing it."""
    return name.startswith("v:")


def newest_of(
    survey: Survey, *, n: int, start: TimeLike | None, stop: TimeLike | None, columns: list[str] | None
) -> Payload:
    """The arguments of a search for the newest alerts; the server compares times in the survey's scale."""
    begin, end = time_range(start, stop)
    return {
        "n": count(n, "n"),
        "startdate": iso(begin, survey.time_scale),
        "stopdate": iso(end, survey.time_scale),
        "columns": columns_to_send(columns, survey),
        "output-format": table_format(),
    }
