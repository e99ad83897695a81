# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The alerts that a filter of Fink chose: its tag."""

from functools import partial

from .. import arguments, listings, payload
from ..config import conf
from ..exceptions import FinkQueryError
from ..wire import read_mapping
from .walked import Walked

__all__ = ["Tags"]


class Tags(Walked):
    """Searches by tag, which Fink has of Rubin's alerts."""

    def query_tag(
        self,
        tag,
        *,
        n=None,
        start=None,
        stop=None,
        columns=None,
        show_progress=None,
        cache=None,
        get_query_payload=False,
    ):
        """The alerts of Rubin that have a tag of Fink, complete or the newest.

        Only the alerts that the filter chose, not the whole light curves of their objects. Without ``n`` the
        time range is walked, as in `query_class`.

        Parameters
        ----------
        tag : str
            As `list_tags` has it.
        n : int, optional
            Only the newest so many alerts. None: all between ``start`` and ``stop``.
        start, stop : `~astropy.time.Time`, `~datetime.datetime` or str, optional
            Bounds of the time of the alert. Without a time zone, UTC (the server is asked in TAI). None:
            from the beginning of the survey, until now.
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
            An argument means nothing to Fink, or the survey is not Rubin's; an unknown tag comes with the
            nearest known ones.
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
        >>> table = fink_lsst.query_tag("in_tns", n=3, columns="diaObjectId,midpointMjdTai,psfFlux")
        >>> len(table)
        3
        """
        names, ask = self._about_tag(tag, columns, cache, get_query_payload)
        asked = ask(n=conf.page_size if n is None else n, start=start, stop=stop)
        if get_query_payload:
            return asked
        if n is not None and n <= conf.page_size:
            table = self._found("tags", asked, names, cache)
            table.meta["complete"] = len(table) < n
            return table
        window = partial(self._tag_window, ask=ask, names=self._with_alert_id(names), cache=cache)
        return self._all_of(window, start, stop, asked, names, n=n, show_progress=show_progress)

    def query_tag_async(
        self,
        tag,
        *,
        n=None,
        start=None,
        stop=None,
        columns=None,
        show_progress=None,
        cache=None,
        get_query_payload=False,
    ):
        """The reply to one request of `query_tag`, unread: the newest ``n`` or ``conf.page_size`` alerts.

        Returns
        -------
        response : `requests.Response`
        """
        _, ask = self._about_tag(tag, columns, cache, get_query_payload)
        asked = ask(n=n or conf.page_size, start=start, stop=stop)
        return asked if get_query_payload else self._response("tags", asked, cache)

    def list_tags(self, *, cache=None):
        """The tags that Fink's filters give to alerts of Rubin.

        Parameters
        ----------
        cache : bool, optional
            Whether a kept reply will do; None: as ``astroquery.cache_conf`` says.

        Returns
        -------
        table : `~astropy.table.Table`
            ``name``, ``served`` (whether `query_tag` can ask for it; the others are in Fink's stream only)
            and ``description``.

        Raises
        ------
        FinkQueryError
            The survey is not Rubin's.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer.

        Examples
        --------
        >>> table = fink_lsst.list_tags()
        >>> "in_tns" in table["name"]
        True
        """
        reply = self._tags(cache)
        return self._signed(listings.tag_list(reply.content), reply)

    def list_tags_async(self, *, cache=None):
        """As `list_tags`, but returns the reply unread.

        Returns
        -------
        response : `requests.Response`
        """
        return self._tags(cache).response

    def list_blocks(self, *, cache=None):
        """The conditions that Fink's filters for Rubin are built of.

        Parameters
        ----------
        cache : bool, optional
            Whether a kept reply will do; None: as ``astroquery.cache_conf`` says.

        Returns
        -------
        table : `~astropy.table.Table`
            ``name`` and ``description``.

        Raises
        ------
        FinkQueryError
            The survey is not Rubin's.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer.

        Examples
        --------
        >>> table = fink_lsst.list_blocks()
        >>> "b_is_new" in table["name"]
        True
        """
        reply = self._blocks(cache)
        return self._signed(listings.block_list(reply.content), reply)

    def list_blocks_async(self, *, cache=None):
        """As `list_blocks`, but returns the reply unread.

        Returns
        -------
        response : `requests.Response`
        """
        return self._blocks(cache).response

    def _tags(self, cache):
        self._survey.check("list_tags")
        return self._send("tags", cache=cache, read=partial(read_mapping, of=dict))

    def _blocks(self, cache):
        self._survey.check("list_blocks")
        return self._send("blocks", cache=cache, read=partial(read_mapping, of=str))

    def _about_tag(self, tag, columns, cache, offline):
        """The columns wanted, and what makes the payload for a span of time."""
        self._survey.check("query_tag")
        names = self._names(columns, cache, offline=offline)
        tag = arguments.text_of(tag) if offline else self._served(tag, cache)
        return names, partial(payload.tags, tag, self._survey, columns=names)

    def _served(self, tag, cache):
        """The server's spelling of a tag that it can be asked for."""
        table = self.list_tags(cache=cache)
        served = table["name"][table["served"]].tolist()
        name = arguments.choice(tag, table["name"].tolist(), "tag")
        if name not in served:
            remedy = f"those that it can be asked for: {', '.join(served)}"
            raise FinkQueryError(f"tag={name!r} is in Fink's stream of alerts only; {remedy}.")
        return name

    def _tag_window(self, begin, end, *, ask, names, cache):
        """The alerts of one window, and whether the server may have left some out."""
        table = self._found_quietly("tags", ask(n=conf.page_size, start=begin, stop=end), names, cache)
        return table, len(table) >= conf.page_size
