# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Numbers of alerts per night."""

from datetime import date as calendar_date
from datetime import datetime
from functools import partial
from typing import Final

import numpy as np
from astropy.table import Column, Table
from astropy.time import Time
from astroquery.exceptions import NoResultsWarning

from ..arguments.columns import full_names
from ..arguments.text import items, text_of
from ..arguments.times import parse_time
from ..arguments.types import ColumnNames, Payload, TimeLike
from ..client import Client
from ..exceptions import FinkQueryError
from ..http.retry import Response
from ..messages import shown, warn
from ..query import (
    Query,
    Request,
    query,
    raw,
    table_of,
)
from ..surveys import Survey
from ..tables.build import rows
from ..tables.decode import Columns
from .alert_table import warn_if_empty
from .payload import drop_unset, table_format

__all__ = ["Statistics"]

_DATE_FORMS = ("", "%Y", "%Y%m", "%Y-%m", "%Y%m%d", "%Y-%m-%d")
_TIME_WRITTEN = "key:time"
_DATE = "basic:date"
_CLASS = "class:"
_UNKNOWN_DATE = "1970-01-01"  # below a mask


class Statistics(Client):
    """Numbers of alerts per night."""

    @query
    def query_statistics(
        self,
        date: TimeLike = "",
        *,
        columns: ColumnNames | None = None,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table]:
        """Get the number of alerts per night, in total and by class.

        Parameters
        ----------
        date : str, `~astropy.time.Time`, `~datetime.datetime` or `~datetime.date`, optional
            A night as ``YYYYMMDD``, a month as ``YYYYMM`` or a year as ``YYYY``, with or without hyphens; a
            time, for its night (UTC); an empty str for all nights.
        columns : str or list of str, optional
            Names of columns, such as ``"basic:sci"`` or ``"class:SN candidate"``. None: all.
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Return the payload instead of sending the request.

        Returns
        -------
        table : `~astropy.table.Table`
            One row per night, in order of time. ``key:key`` is the night, always included, and
            ``basic:date`` is the same; both are `~astropy.time.Time`. ``basic:raw`` is the number of alerts
            received, ``basic:sci`` the number processed, and so on; then there is one column for each class.
            Numbers are int64, masked where a night has none. For Rubin the night is ``f:night``, and there
            are ``f:alerts``, the alerts of each band, ``f:objects`` and more.

        Raises
        ------
        FinkQueryError
            An argument is invalid.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond.

        Warns
        -----
        NoResultsWarning
            Fink has no alerts of these nights (the table is empty), or no alerts of a requested class.

        Examples
        --------
        >>> table = Fink.query_statistics("2025-03", columns="basic:sci")
        >>> table.colnames
        ['key:key', 'basic:sci']
        >>> table["key:key"].value[0][:7], table["basic:sci"].dtype
        ('2025-03', dtype('int64'))
        """
        names = _statistics_columns(columns, self._survey)
        payload = _statistics_payload(date, self._survey, columns=names)
        request = Request("statistics", payload, parse=partial(_by_night, survey=self._survey, names=names))
        return Query([request], finish=_statistics_table)

    query_statistics_async: Final = raw(query_statistics)


def _statistics_columns(columns: ColumnNames | None, survey: Survey) -> list[str] | None:
    """Full names of columns; those of classes differ by night and are not checked."""
    if columns is None:
        return None
    names = [text_of(name) for name in items(columns, "columns")]
    classes = [name for name in names if name.startswith(_CLASS)]
    return full_names(names, survey, known=[*survey.table("statistics"), *classes])


def _statistics_payload(date: TimeLike, survey: Survey, *, columns: list[str] | None) -> Payload:
    return drop_unset(
        {
            "date": _nights(date),
            "columns": _columns_to_send(columns, survey),
            "output-format": table_format(),
        }
    )


def _nights(date: TimeLike) -> str:
    """A night, month or year, as digits without hyphens."""
    if isinstance(date, (Time, calendar_date)):
        return parse_time(date, "date").iso[:10].replace("-", "")
    text = date.strip() if isinstance(date, str) else None
    if text is None or not any(_has_form(text, form) for form in _DATE_FORMS):
        forms = "'YYYYMMDD', 'YYYYMM', 'YYYY', or '' for all nights; or a Time or a date for one night"
        raise FinkQueryError(f"date={shown(date)} is not a valid night, month or year: give {forms}.")
    return text.replace("-", "")


def _has_form(text: str, form: str) -> bool:
    """Whether the text is a date of exactly this form."""
    try:
        return datetime.strptime(text, form).strftime(form) == text
    except ValueError:
        return False


def _columns_to_send(columns: list[str] | None, survey: Survey) -> str | None:
    """The argument ``columns``, None for full rows.

    The server leaves out a night that has none of the columns: one that every night has is added. It may
    remove blanks, which are part of names of classes: these need full rows.
    """
    if columns is None or any(" " in name for name in columns):
        return None
    names = [name for name in columns if name != survey.statistics.night]
    return ",".join(dict.fromkeys([*names, survey.statistics.every_night]))


def _by_night(columns: Columns, survey: Survey, names: list[str] | None) -> Table:
    """The Table in order of time, with dates and times as Time."""
    night = survey.statistics.night
    names = [night, *names] if names else _all_names(columns, survey)
    nights = rows(columns, survey, [night])[night]
    order = np.argsort(np.ma.filled(nights, ""), kind="stable")
    table = rows(columns, survey, names, order=order, dtype="number", endpoint="statistics")
    for name in table.colnames:
        if name in (night, _DATE):
            _replace(table, name, *_dates(table[name]))
        elif name == _TIME_WRITTEN:
            _replace(table, name, *_times(table[name]))
    # such a class may be misspelled, or have had no alert
    absent = [name for name in table.colnames if name.startswith(_CLASS) and name not in columns]
    table.meta["absent"] = absent
    return table


def _all_names(columns: Columns, survey: Survey) -> list[str]:
    """All columns in order: the night, numbers, classes by name, the rest."""
    known = [survey.statistics.night, survey.statistics.every_night, *survey.table("statistics")]
    classes = sorted(name for name in columns if name.startswith(_CLASS))
    numbers = [name for name in known if name != _TIME_WRITTEN]
    return list(dict.fromkeys([*numbers, *classes, *known, *columns]))


def _replace(table: Table, name: str, times: Time, mask: np.ndarray) -> None:
    if mask.any():
        times[mask] = np.ma.masked
    times.info.description, times.info.meta = table[name].description, table[name].meta
    table[name] = times


def _dates(column: Column) -> tuple[Time, np.ndarray]:
    """Dates, and which of them are unknown."""
    days = [_iso_day(text) for text in np.ma.filled(column, "").tolist()]
    texts = np.array([day or _UNKNOWN_DATE for day in days], dtype="U10")
    unknown = np.array([not day for day in days], bool)
    return Time(texts, format="iso", out_subfmt="date", scale="utc"), unknown


def _iso_day(text: str) -> str:
    """``YYYY-MM-DD`` for ``ztf_YYYYMMDD`` or ``YYYYMMDD``, empty for any other text."""
    try:
        return datetime.strptime(text[-8:], "%Y%m%d").date().isoformat()
    except ValueError:
        return ""


def _times(column: Column) -> tuple[Time, np.ndarray]:
    """Times from milliseconds since 1970, and which of them are unknown."""
    times = Time(np.ma.filled(column, 0) / 1000, format="unix", scale="utc")
    times.format = "iso"
    return times, np.ma.getmaskarray(np.ma.asarray(column))


def _statistics_table(responses: list[Response]) -> Table:
    """The Table, with a warning if it is empty or lacks a requested class."""
    table = table_of(responses)
    absent = table.meta.pop("absent")
    if len(table) and absent:
        message = f"no alerts of {', '.join(absent)} in these nights; list_classes() shows all classes"
        warn(message, NoResultsWarning)
    return warn_if_empty(table)
