# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Numbers of alerts by night."""

from datetime import date as calendar_date
from datetime import datetime
from functools import partial

import numpy as np
from astropy.table import Table
from astropy.time import Time
from astroquery.exceptions import NoResultsWarning

from ..arguments.columns import full_names
from ..arguments.text import items, text_of
from ..arguments.times import iso_date, parse_time
from ..arguments.types import ColumnNames, TimeLike
from ..client import Client
from ..exceptions import FinkQueryError
from ..messages import shown, warn
from ..query import (
    Query,
    Request,
    query,
    raw,
    table_of,
)
from ..tables.build import rows
from .payload import given, table_format
from .search import warned

__all__ = ["Statistics", "statistics_columns", "statistics_payload"]

_FORMS = ("", "%Y", "%Y%m", "%Y-%m", "%Y%m%d", "%Y-%m-%d")

_WRITTEN = "key:time"
_DATE = "basic:date"
_CLASS = "class:"
_NO_DATE = "1970-01-01"


class Statistics(Client):
    """Numbers of alerts by night."""

    @query
    def query_statistics(
        self,
        date: TimeLike = "",
        *,
        columns: ColumnNames | None = None,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table]:
        """How many alerts there were each night, in all and by class.

        Parameters
        ----------
        date : str, `~astropy.time.Time`, `~datetime.datetime` or `~datetime.date`, optional
            A night as ``YYYYMMDD``, a month as ``YYYYMM``, a year as ``YYYY``, each with hyphens or
            without; a moment, for its night (UTC); nothing for all nights.
        columns : str or list of str, optional
            Such as ``"basic:sci"`` or ``"class:SN candidate"``; None: all.
        cache : bool, optional
            Whether a kept reply will do; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Send nothing, return what would be sent.

        Returns
        -------
        table : `~astropy.table.Table`
            One row a night, in order. ``key:key`` is the night, always there, and
            ``basic:date`` the same: `~astropy.time.Time`. ``basic:raw`` alerts received,
            ``basic:sci`` processed, and so on, then one column for each class: int64, masked
            where a night has no such number. Of Rubin the night is ``f:night``, and there are ``f:alerts``,
            those of each band, ``f:objects`` and more.

        Raises
        ------
        FinkQueryError
            An argument means nothing to Fink.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer.

        Warns
        -----
        NoResultsWarning
            There are no alerts of these nights, and the table is empty; or none of a class that
            was asked for.

        Examples
        --------
        >>> table = fink.query_statistics("2025-03", columns="basic:sci")
        >>> table.colnames
        ['key:key', 'basic:sci']
        >>> table["key:key"].value[0][:7], table["basic:sci"].dtype
        ('2025-03', dtype('int64'))
        """
        names = statistics_columns(columns, self._survey)
        asked = statistics_payload(date, self._survey, columns=names)
        request = Request("statistics", asked, parse=partial(_by_night, survey=self._survey, names=names))
        return Query([request], finish=_counted)

    query_statistics_async = raw(query_statistics)


def _counted(responses):
    """The Table, and a warning where it is empty or lacks a class that was asked for."""
    table = table_of(responses)
    absent = table.meta.pop("absent")
    if len(table) and absent:
        message = f"none of these nights has {', '.join(absent)}; list_classes() shows all classes."
        warn(message, NoResultsWarning)
    return warned(table)


def _by_night(columns, survey, names):
    """The rows in order of time, with dates as dates."""
    night = survey.statistics.night
    names = [night, *names] if names else _all_names(columns, survey)
    nights = rows(columns, survey, [night])[night]
    order = np.argsort(np.ma.filled(nights, ""), kind="stable")
    table = rows(columns, survey, names, order=order, dtype="int64", endpoint="statistics")
    for name in table.colnames:
        if name in (night, _DATE):
            _replace(table, name, *_dates(table[name]))
        elif name == _WRITTEN:
            _replace(table, name, *_moments(table[name]))
    # a class may be misspelled, or really have had no alert
    absent = [name for name in table.colnames if name.startswith(_CLASS) and name not in columns]
    table.meta["absent"] = absent
    return table


def _all_names(columns, survey):
    """The night, the numbers that each night has, classes by name, the rest."""
    known = [survey.statistics.night, survey.statistics.every_night, *survey.table("statistics")]
    classes = sorted(name for name in columns if name.startswith(_CLASS))
    others = [name for name in known if name != _WRITTEN]
    return list(dict.fromkeys([*others, *classes, *known, *columns]))


def _replace(table, name, times, mask):
    if mask.any():
        times[mask] = np.ma.masked
    times.info.description = table[name].description
    table[name] = times


def _dates(column):
    days = [_day(text) for text in np.ma.filled(column, "").tolist()]
    texts = np.array([day or _NO_DATE for day in days], dtype="U10")
    return Time(texts, format="iso", out_subfmt="date", scale="utc"), np.array(
        [not day for day in days], bool
    )


def _day(text):
    """``YYYY-MM-DD`` of ``ztf_YYYYMMDD`` or ``YYYYMMDD``; nothing of anything else."""
    try:
        return datetime.strptime(text[-8:], "%Y%m%d").date().isoformat()
    except ValueError:
        return ""


def _moments(column):
    times = Time(np.ma.filled(column, 0) / 1000, format="unix", scale="utc")
    times.format = "iso"
    return times, np.ma.getmaskarray(np.ma.asarray(column))


def statistics_payload(date, survey, *, columns=None):
    """The question for numbers of alerts by night.

    Parameters
    ----------
    date : str, `~astropy.time.Time`, `~datetime.datetime` or `~datetime.date`
        Text: ``YYYYMMDD``, ``YYYYMM``, ``YYYY``, the same with hyphens, or nothing for all nights.
    survey : `~astroquery_fink.surveys.Survey`
    columns : list of str, or None
        As `statistics_columns` gives them.

    Returns
    -------
    payload : dict
    """
    return given({"date": _nights(date), "columns": _sent(columns, survey), "output-format": table_format()})


def _sent(columns, survey):
    """What ``columns`` says on the wire, None where only full rows will do.

    A night without any of the columns asked for would be left out: one that each night has is added.
    A server may take blanks away, which are part of the names of classes: full rows have these.
    """
    if columns is None or any(" " in name for name in columns):
        return None
    wanted = [name for name in columns if name != survey.statistics.night]
    return ",".join(dict.fromkeys([*wanted, survey.statistics.every_night]))


def _nights(date):
    if isinstance(date, (Time, calendar_date)):
        return iso_date(parse_time(date, "date")).replace("-", "")
    text = date.strip() if isinstance(date, str) else None
    if text is None or not any(_has_form(text, form) for form in _FORMS):
        forms = "'YYYYMMDD', 'YYYYMM', 'YYYY', or '' for all nights; or a Time or a date for one night"
        raise FinkQueryError(f"date={shown(date)} names no nights: give {forms}.")
    return text.replace("-", "")


def _has_form(text, form):
    """Whether the text is a date of exactly this form."""
    try:
        return datetime.strptime(text, form).strftime(form) == text
    except ValueError:
        return False


def statistics_columns(columns, survey):
    """Full names of the columns asked for.

    Parameters
    ----------
    columns : None, str or iterable of str
        Those of classes are taken at their word, for each night has its own.
    survey : `~astroquery_fink.surveys.Survey`

    Returns
    -------
    names : list of str, or None
    """
    if columns is None:
        return None
    asked = [text_of(name) for name in items(columns, "columns")]
    each_night = survey.table("statistics")
    classes = [name for name in asked if name.startswith("class:")]
    return full_names(asked, survey, known=[*each_night, *classes])
