# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The alerts that Fink's filters selected and tagged, and the lists of tags and blocks."""

from functools import partial
from typing import Any, Final

from astropy.table import Table

from ..arguments.choices import listed_or_sent
from ..arguments.text import text_of
from ..arguments.types import ColumnNames, Payload, TimeLike
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
from ..tables.lists import block_list, tag_list
from .payload import drop_unset, newest_of
from .schema import column_names
from .time_range import TimeRangeSearch

__all__ = ["Tags"]


class Tags(Client):
    """Searches by tag, for Rubin only."""

    @query
    def query_tag(
        self,
        tag: str,
        *,
        n: int | None = None,
        start: TimeLike | None = None,
        stop: TimeLike | None = None,
        columns: ColumnNames | None = None,
        show_progress: bool | None = None,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table]:
        """Search for Rubin's alerts with a tag: all of a time range, or the newest.

        The table has the alerts that a filter selected, not the whole light curves of their objects. Without
        ``n``, the time range is bisected, as in `query_class`.

        Parameters
        ----------
        tag : str
            As `list_tags` spells it.
        n : int, optional
            Number of alerts, the newest of the time range. None: all of the time range.
        start, stop : `~astropy.time.Time`, `~datetime.datetime` or str, optional
            Time range of the alerts. Times without a time zone are UTC (the request has them in TAI). None:
            from the beginning of the survey, until now.
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
            An argument is invalid, or the server does not know the tag.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond.

        Warns
        -----
        NoResultsWarning
            No alert matches; the table is empty.
        InputWarning
            The tag is not in the server's list; the message names the most similar tags.
        MaxResultsWarning
            There are more alerts in one second than the server returns.

        Examples
        --------
        >>> table = FinkLSST.query_tag("in_tns", n=3, columns="diaObjectId,midpointMjdTai,psfFlux")
        >>> len(table)
        3
        """
        names = column_names(self, columns, cache, offline=get_query_payload)
        known = text_of(tag) if get_query_payload else self._known_tag(tag, cache)
        payload = partial(_tags_payload, known, self._survey, columns=names)
        search = TimeRangeSearch(self, "tags", payload, names, cache)
        return search.query(n=n, start=start, stop=stop, show_progress=show_progress)

    query_tag_async: Final = raw(query_tag)

    @query
    def list_tags(self, *, cache: bool | None = None) -> Query[Table]:
        """List the tags that Fink's filters give to alerts of Rubin.

        Parameters
        ----------
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.

        Returns
        -------
        table : `~astropy.table.Table`
            ``name``, ``served`` (whether `query_tag` accepts the tag; the other tags exist in Fink's stream
            of alerts only) and ``description``.

        Raises
        ------
        FinkQueryError
            The survey is not Rubin's.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond.

        Examples
        --------
        >>> table = FinkLSST.list_tags()
        >>> "in_tns" in table["name"]
        True
        """
        request = Request("tags", decode=partial(read_mapping, of=dict), parse=tag_list)
        return Query([request])

    list_tags_async: Final = raw(list_tags)

    @query
    def list_blocks(self, *, cache: bool | None = None) -> Query[Table]:
        """List the conditions that Fink's filters for Rubin combine.

        Parameters
        ----------
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.

        Returns
        -------
        table : `~astropy.table.Table`
            ``name`` and ``description``.

        Raises
        ------
        FinkQueryError
            The survey is not Rubin's.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond.

        Examples
        --------
        >>> table = FinkLSST.list_blocks()
        >>> "b_is_new" in table["name"]
        True
        """
        request = Request("blocks", decode=partial(read_mapping, of=str), parse=block_list)
        return Query([request])

    list_blocks_async: Final = raw(list_blocks)

    def _known_tag(self, tag: str, cache: bool | None) -> str:
        """The tag as the server spells it, if the server accepts it."""
        table = self.list_tags(cache=cache)
        served = table["name"][table["served"]].tolist()
        name = listed_or_sent(tag, table["name"].tolist(), "tag")
        if name in table["name"] and name not in served:
            remedy = f"query_tag accepts {', '.join(served)}"
            raise FinkQueryError(f"tag={name!r} is in Fink's stream of alerts only; {remedy}.")
        return name


def _tags_payload(tag: str, survey: Survey, **newest: Any) -> Payload:
    return drop_unset({"tag": tag, **newest_of(survey, **newest)})
