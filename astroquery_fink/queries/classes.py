# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The alerts of a class, and the list of classes."""

from functools import partial
from typing import Any, Final

from astropy.table import Table

from ..arguments.checks import truth
from ..arguments.choices import choice, listed_class
from ..arguments.text import text_of
from ..arguments.types import (
    ColumnNames,
    Payload,
    TimeLike,
    Trend,
)
from ..client import Client
from ..exceptions import FinkQueryError
from ..query import (
    Query,
    Request,
    query,
    raw,
)
from ..surveys import Survey
from ..tables.decode import read_mapping
from ..tables.lists import class_list
from .payload import drop_unset, newest_of
from .schema import column_names
from .time_range import TimeRangeSearch

__all__ = ["Classes"]

_LOW_STATE = "(CTA) Blazar low state"
_LOW_STATE_TRENDS = ("low_state", "new_low_state")
_STATES = ("d:blazar_stats_m0", "d:blazar_stats_m1", "d:blazar_stats_m2")
# The columns from which the server computes a trend.
_TRENDS = {"rising": ("d:mag_rate",), "fading": ("d:mag_rate",)} | dict.fromkeys(_LOW_STATE_TRENDS, _STATES)


class Classes(Client):
    """Searches by class."""

    @query
    def list_classes(self, *, cache: bool | None = None) -> Query[Table]:
        """List the classes that Fink gives to alerts.

        Parameters
        ----------
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.

        Returns
        -------
        table : `~astropy.table.Table`
            ``name``, and ``origin``: Fink's classifiers, or the catalogue that the name comes from.

        Raises
        ------
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond.

        Examples
        --------
        >>> table = Fink.list_classes()
        >>> "SN candidate" in table["name"]
        True
        """
        request = Request("classes", decode=partial(read_mapping, of=list), parse=class_list)
        return Query([request])

    list_classes_async: Final = raw(list_classes)

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
        """Search for the alerts of a class: all of a time range, or the newest.

        The server returns only the newest alerts of a request and does not say what it left out. Without
        ``n``, the time range is bisected until the alerts of every window are complete.

        Parameters
        ----------
        class_name : str
            As `list_classes` spells it; the prefixes ``(TNS)`` and ``(SIMBAD)`` may be left out if the
            name is unambiguous without them.
        n : int, optional
            Number of alerts, the newest of the time range. None: all of the time range.
        start, stop : `~astropy.time.Time`, `~datetime.datetime` or str, optional
            Time range of the alerts. None: from the beginning of the survey, until now.
        trend : str, optional
            ``"rising"`` or ``"fading"``; for the class ``(CTA) Blazar low state`` also ``"low_state"`` or
            ``"new_low_state"``. With ``n``, the server takes the newest ``n`` alerts first, and returns
            those of them that have the trend.
        color : bool, optional
            Whether to include colours and rates, which the server computes for each request.
        columns : str or list of str, optional
            Names of columns, with or without family prefix; see `list_columns`. None: all.
        show_progress : bool, optional
            Whether to show a progress bar; None: on a terminal or in a notebook, if the time range is
            bisected.
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Return the payload of the first request instead of sending it.

        Returns
        -------
        table : `~astropy.table.Table`
            One row per alert, newest first. ``meta["complete"]`` is False if there may be more.

        Raises
        ------
        FinkQueryError
            An argument is invalid, or the name of the class needs its prefix.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond.

        Warns
        -----
        NoResultsWarning
            No alert matches; the table is empty.
        InputWarning
            The class is not in the server's list; the message names the most similar classes.
        MaxResultsWarning
            There are more alerts in one second than the server returns.

        Examples
        --------
        >>> table = Fink.query_class("SN candidate", n=3, columns="objectId,jd,magpsf")
        >>> len(table)
        3
        """
        names = column_names(self, columns, cache, offline=get_query_payload)
        known = text_of(class_name) if get_query_payload else self._known_class(class_name, cache)
        payload = partial(_latests_payload, known, self._survey, trend=trend, color=color, columns=names)
        search = TimeRangeSearch(self, "latests", payload, names, cache)
        return search.query(n=n, start=start, stop=stop, show_progress=show_progress)

    query_class_async: Final = raw(query_class)

    def _known_class(self, class_name: str, cache: bool | None) -> str:
        """The class as the server spells it."""
        listed = self.list_classes(cache=cache)["name"].tolist()
        return listed_class(class_name, listed, self._survey.service.unlisted_classes)


def _latests_payload(
    class_name: str,
    survey: Survey,
    *,
    trend: Trend | None,
    color: bool,
    columns: list[str] | None,
    **newest: Any,
) -> Payload:
    known_trend = None if trend is None else _known_trend(trend, class_name)
    if columns is not None and known_trend is not None:
        columns = [*columns, *_TRENDS[known_trend]]
    return drop_unset(
        {
            "class": class_name,
            "trend": known_trend,
            "color": truth(color, "color"),
            **newest_of(survey, columns=columns, **newest),
        }
    )


def _known_trend(trend: str, class_name: str) -> str:
    """The trend as the server spells it, if this class may have it."""
    known = choice(trend, _TRENDS, "trend")
    if known in _LOW_STATE_TRENDS and class_name != _LOW_STATE:
        remedy = f"for {class_name!r} give rising or fading"
        raise FinkQueryError(f"trend={known!r} applies to the class {_LOW_STATE!r} only: {remedy}.")
    return known
