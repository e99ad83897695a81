# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The alerts that a filter of Fink chose: its tag."""

from functools import partial

from astropy.table import Table

from ..arguments.checks import count
from ..arguments.choices import listed_or_sent
from ..arguments.text import text_of
from ..arguments.times import iso, time_range
from ..arguments.types import ColumnNames, TimeLike
from ..client import Client
from ..exceptions import FinkQueryError
from ..query import (
    Query,
    Request,
    query,
    raw,
)
from ..tables.decode import read_mapping
from ..tables.lists import block_list, tag_list
from .payload import columns_to_send, given, table_format
from .schema import column_names
from .time_range import newest_or_all

__all__ = ["Tags", "tags_payload"]


class Tags(Client):
    """Searches by tag, which Fink has of Rubin's alerts."""

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
            An argument is invalid, or the server does not know the tag.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer.

        Warns
        -----
        NoResultsWarning
            There is no such alert; the table is empty.
        InputWarning
            The tag is in no list; the warning names the nearest.
        MaxResultsWarning
            The server has more alerts in one second than it gives at once.

        Examples
        --------
        >>> table = fink_lsst.query_tag("in_tns", n=3, columns="diaObjectId,midpointMjdTai,psfFlux")
        >>> len(table)
        3
        """
        names = column_names(self, columns, cache, offline=get_query_payload)
        tag = text_of(tag) if get_query_payload else self._served(tag, cache)
        newest = partial(tags_payload, tag, self._survey, columns=names)
        bounds = {"n": n, "start": start, "stop": stop}
        return newest_or_all(self, "tags", newest, names, bounds, show_progress, cache)

    query_tag_async = raw(query_tag)

    @query
    def list_tags(self, *, cache: bool | None = None) -> Query[Table]:
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
        request = Request("tags", decode=partial(read_mapping, of=dict), parse=tag_list)
        return Query([request])

    list_tags_async = raw(list_tags)

    @query
    def list_blocks(self, *, cache: bool | None = None) -> Query[Table]:
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
        request = Request("blocks", decode=partial(read_mapping, of=str), parse=block_list)
        return Query([request])

    list_blocks_async = raw(list_blocks)

    def _served(self, tag, cache):
        """The server's spelling of a tag that it can be asked for."""
        table = self.list_tags(cache=cache)
        served = table["name"][table["served"]].tolist()
        name = listed_or_sent(tag, table["name"].tolist(), "tag")
        if name in table["name"] and name not in served:
            remedy = f"those that it can be asked for: {', '.join(served)}"
            raise FinkQueryError(f"tag={name!r} is in Fink's stream of alerts only; {remedy}.")
        return name


def tags_payload(tag, survey, *, n, start=None, stop=None, columns=None):
    """The question for the newest alerts of a tag.

    Parameters
    ----------
    tag : str
        As the server spells it.
    survey : `~astroquery_fink.surveys.Survey`
    n : int
    start, stop : `~astropy.time.Time`, datetime or str, optional
        The server compares them, as they are written, with times of the survey's scale.
    columns : list of str, or None

    Returns
    -------
    payload : dict
    """
    start, stop = time_range(start, stop)
    return given(
        {
            "tag": tag,
            "n": count(n, "n"),
            "startdate": iso(start, survey.time_scale),
            "stopdate": iso(stop, survey.time_scale),
            "columns": columns_to_send(columns, survey),
            "output-format": table_format(),
        }
    )
