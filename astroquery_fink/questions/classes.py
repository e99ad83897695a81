# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The alerts of a class."""

from functools import partial

from .. import arguments, payload
from ..config import conf
from .walked import Walked

__all__ = ["Classes"]


class Classes(Walked):
    """Searches by class."""

    def query_class(
        self,
        class_name,
        *,
        n=None,
        start=None,
        stop=None,
        trend=None,
        color=False,
        columns=None,
        show_progress=None,
        cache=None,
        get_query_payload=False,
    ):
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
            An argument means nothing to Fink; an unknown class comes with the nearest known ones.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer.

        Warns
        -----
        NoResultsWarning
            There is no such alert; the table is empty.
        MaxResultsWarning
            The server has more alerts in one second than it gives at once.

        Examples
        --------
        >>> table = fink.query_class("SN candidate", n=3, columns="objectId,jd,magpsf")
        >>> len(table)
        3
        """
        self._survey.check("query_class")
        names = self._names(columns, cache, offline=get_query_payload)
        class_name = self._class_name(class_name, cache, offline=get_query_payload)
        ask = partial(payload.latests, class_name, self._survey, trend=trend, color=color, columns=names)
        asked = ask(n=conf.page_size if n is None else n, start=start, stop=stop)
        if get_query_payload:
            return asked
        if n is not None and n <= conf.page_size:
            table = self._found("latests", asked, names, cache)
            table.meta["complete"] = len(table) < n and trend is None
            return table
        window = partial(self._window, ask=ask, names=self._with_alert_id(names), cache=cache)
        return self._all_of(window, start, stop, asked, names, n=n, show_progress=show_progress)

    def query_class_async(
        self,
        class_name,
        *,
        n=None,
        start=None,
        stop=None,
        trend=None,
        color=False,
        columns=None,
        show_progress=None,
        cache=None,
        get_query_payload=False,
    ):
        """The reply to one request of `query_class`, unread: the newest ``n`` or ``conf.page_size`` alerts.

        Returns
        -------
        response : `requests.Response`
        """
        self._survey.check("query_class")
        names = self._names(columns, cache, offline=get_query_payload)
        class_name = self._class_name(class_name, cache, offline=get_query_payload)
        asked = payload.latests(
            class_name,
            self._survey,
            n=n or conf.page_size,
            start=start,
            stop=stop,
            trend=trend,
            color=color,
            columns=names,
        )
        return asked if get_query_payload else self._response("latests", asked, cache)

    def _class_name(self, class_name, cache, *, offline):
        """The server's spelling of a class; unchecked where nothing may be sent."""
        if offline:
            return arguments.text_of(class_name)
        return arguments.class_name(class_name, self.list_classes(cache=cache)["name"].tolist())

    def _window(self, begin, end, *, ask, names, cache):
        """The alerts of one window, and whether the server may have left some out.

        With a trend, or in a class of which it gives one alert an object, it first takes the newest
        and then throws some away, so that the length of its answer does not tell; then the ids alone
        are counted, without the trend.
        """
        asked = ask(n=conf.page_size, start=begin, stop=end)
        table = self._found_quietly("latests", asked, names, cache)
        if "trend" not in asked and asked["class"] not in self._survey.grouped_classes:
            return table, len(table) >= conf.page_size
        counted = {name: value for name, value in asked.items() if name not in ("trend", "color")}
        counted["columns"] = self._survey.alert_id
        return table, len(self._send("latests", counted, cache=cache).content) >= conf.page_size
