# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The alerts of a class."""

from functools import partial

from astropy.table import Table

from ..arguments.checks import count, truth
from ..arguments.choices import choice, listed_class
from ..arguments.text import text_of
from ..arguments.times import iso, time_range
from ..arguments.types import ColumnNames, TimeLike, Trend
from ..client import Client
from ..exceptions import FinkQueryError
from ..query import (
    Query,
    Request,
    query,
    raw,
)
from ..tables.decode import read_mapping
from ..tables.lists import class_list
from .payload import columns_to_send, given, table_format
from .schema import column_names
from .time_range import newest_or_all

__all__ = ["Classes", "latests_payload"]

_LOW_STATE = "(CTA) Blazar low state"
_LOW_STATE_TRENDS = ("low_state", "new_low_state")
_STATES = ("d:blazar_stats_m0", "d:blazar_stats_m1", "d:blazar_stats_m2")
# The columns that the server needs to tell a trend.
_TRENDS = {"rising": ("d:mag_rate",), "fading": ("d:mag_rate",)} | dict.fromkeys(_LOW_STATE_TRENDS, _STATES)


class Classes(Client):
    """Searches by class."""

    @query
    def list_classes(self, *, cache: bool | None = None) -> Query[Table]:
        """The classes that Fink gives to alerts.

        Parameters
        ----------
        cache : bool, optional
            Whether a kept reply will do; None: as ``astroquery.cache_conf`` says.

        Returns
        -------
        table : `~astropy.table.Table`
            ``name``, and ``origin``: Fink's classifiers, or the catalogue that the name comes from.

        Examples
        --------
        >>> table = fink.list_classes()
        >>> "SN candidate" in table["name"]
        True
        """
        request = Request("classes", decode=partial(read_mapping, of=list), parse=class_list)
        return Query([request])

    list_classes_async = raw(list_classes)

    @query
    def query_class(
        self,
        class_name: str,
        *,
        n: int | None = None,
        start: TimeLike | None = None,
        stop: TimeLike | None = None,
        trend: Trend | None = None,
        color: bool = False,
        columns: ColumnNames | None = None,
        show_progress: bool | None = None,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table]:
        """The alerts of a class, complete or the newest.

        The server gives some alerts at a time and does not say what it left out. Without ``n`` the time
        range is walked: a window that comes back full is halved, until all is there.

        Parameters
        ----------
        class_name : str
            As `list_classes` has it; ``(TNS) `` and ``(SIMBAD) `` may be left out where that is unambiguous.
        n : int, optional
            Only the newest so many alerts. None: all between ``start`` and ``stop``.
        start, stop : `~astropy.time.Time`, `~datetime.datetime` or str, optional
            Bounds of the time of the alert. None: from the beginning of the survey, until now.
        trend : str, optional
            ``"rising"`` or ``"fading"``; of ``(CTA) Blazar low state`` also ``"low_state"`` or
            ``"new_low_state"``. With ``n``, the server takes the newest ``n`` first, and then those
            of the trend.
        color : bool, optional
            Also colours and rates, computed while the server answers.
        columns : str or list of str, optional
            Names, with family prefix or without; see `list_columns`. None: all.
        show_progress : bool, optional
            None: on a terminal, while a time range is walked.
        cache : bool, optional
            Whether kept replies will do; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Send nothing, return what would be sent (first).

        Returns
        -------
        table : `~astropy.table.Table`
            One row an alert, newest first. ``meta["complete"]`` tells whether a limit cut it.

        Raises
        ------
        FinkQueryError
            An argument is invalid, or the name of a class needs its prefix.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer.

        Warns
        -----
        NoResultsWarning
            There is no such alert; the table is empty.
        InputWarning
            The class is in no list; the warning names the nearest.
        MaxResultsWarning
            The server has more alerts in one second than it gives at once.

        Examples
        --------
        >>> table = fink.query_class("SN candidate", n=3, columns="objectId,jd,magpsf")
        >>> len(table)
        3
        """
        names = column_names(self, columns, cache, offline=get_query_payload)
        class_name = self._class_name(class_name, cache, offline=get_query_payload)
        given = {"trend": trend, "color": color, "columns": names}
        newest = partial(latests_payload, class_name, self._survey, **given)
        bounds = {"n": n, "start": start, "stop": stop}
        return newest_or_all(self, "latests", newest, names, bounds, show_progress, cache)

    query_class_async = raw(query_class)

    def _class_name(self, class_name, cache, *, offline):
        """The server's spelling of a class; unchecked where nothing may be sent."""
        if offline:
            return text_of(class_name)
        listed = self.list_classes(cache=cache)["name"].tolist()
        return listed_class(class_name, listed, self._survey.service.unlisted_classes)


def latests_payload(class_name, survey, *, n, start=None, stop=None, trend=None, color=False, columns=None):
    """The question for the newest alerts of a class.

    Parameters
    ----------
    class_name : str
        As the server spells it.
    survey : `~astroquery_fink.surveys.Survey`
    n : int
    start, stop : `~astropy.time.Time`, datetime or str, optional
    trend : str, optional
    color : bool
    columns : list of str, or None

    Returns
    -------
    payload : dict
    """
    start, stop = time_range(start, stop)
    trend = _trend(trend, class_name)
    if columns is not None:
        columns = [*columns, *_TRENDS.get(trend, ())]
    return given(
        {
            "class": class_name,
            "n": count(n, "n"),
            "startdate": iso(start),
            "stopdate": iso(stop),
            "trend": trend,
            "color": truth(color, "color"),
            "columns": columns_to_send(columns, survey),
            "output-format": table_format(),
        }
    )


def _trend(trend, class_name):
    if trend is None:
        return None
    trend = choice(trend, _TRENDS, "trend")
    if trend in _LOW_STATE_TRENDS and class_name != _LOW_STATE:
        raise FinkQueryError(
            f"trend={trend!r} is of the class {_LOW_STATE!r} only; {class_name!r} may be rising or fading."
        )
    return trend
