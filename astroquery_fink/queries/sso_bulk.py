# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The light curves of Solar System objects, from a table that Fink makes once a month."""

from functools import partial
from pathlib import Path
from typing import Final, NoReturn

from astropy.table import Table

from ..arguments.checks import path_of, truth
from ..arguments.types import OnError, SolarSystemNames, StrPath
from ..batch import check_on_error
from ..client import Client
from ..exceptions import FinkQueryError
from ..http.download import target
from ..messages import shown
from ..query import Query, query, raw
from ..tables.decode import require_pyarrow
from .bulk_search import (
    BulkObjects,
    BulkOptions,
    BulkSearch,
    bulk_months,
    download_table,
)
from .solar_system import sso_names

__all__ = ["SsoBulk"]

__doctest_requires__: dict[str, list[str]] = {"SsoBulk.*": ["pyarrow"]}


class SsoBulk(Client):
    """Light curves of Solar System objects from the monthly table."""

    @query
    def query_sso_bulk(
        self,
        name: SolarSystemNames,
        *,
        lists: bool = False,
        version: str | None = None,
        file: StrPath | None = None,
        on_error: OnError = "raise",
        show_progress: bool | None = None,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table]:
        """Get the whole light curves of Solar System objects from the table that Fink makes once a month.

        It is as old as its month, but has all detections of an object with their ephemerides in one small
        response; `query_sso` has the newest alerts. Needs pyarrow.

        Parameters
        ----------
        name : str, int, or list of either
            Names as they are in the column ``ssnamenr`` for ZTF, such as ``8467`` or ``"Benoitcarry"``, or
            ``designation`` for Rubin, such as ``"1998 TT26"``; upper and lower case differ, and another name
            of the same object is not found. A str may hold several, separated by commas.
        lists : bool, optional
            Whether to return one row per object, with an array in each cell.
        version : str, optional
            Month of the table, ``YYYY.MM``, from ``"2026.09"`` (Rubin: ``"2026.08"``). None: the current
            month (UTC), or the month before if that has no table yet.
        file : str or path-like, optional
            A file that `download_sso_bulk` wrote: it is read instead of sending requests.
        on_error : str, optional
            What to do if the server fails for some names: ``"raise"`` an error that names them in
            ``.failed`` and has the other rows in ``.table``, or ``"warn"`` and return the other rows.
        show_progress : bool, optional
            Whether to show a progress bar; None: on a terminal or in a notebook, if there is more than one
            request.
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Return the payload instead of sending the request. For several names it is a list.

        Returns
        -------
        table : `~astropy.table.Table`
            One row per detection, objects in the order of ``name``, with the newest detection of each object
            first. With ``lists``: one row per object, whose cells are `~numpy.ndarray` in the order of the
            server, which need not be that of time. ``meta["version"]`` is the month,
            ``meta["missing"]`` lists the names that the table does not have, ``meta["failed"]`` those for
            which the server failed.

        Raises
        ------
        FinkQueryError
            An argument is invalid, the file cannot be read, or pyarrow is missing.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond, or has no table of this month.

        Warns
        -----
        NoResultsWarning
            The table does not have some names; or the current month has no table yet, and that of the month
            before is used.
        CorruptDataWarning
            An object has lists with fewer or more values than it has detections, which cannot be matched.
            They are masked.
        LargeQueryWarning
            The server cannot look up single objects; the whole table is downloaded to a temporary file.
        FailedIdsWarning
            With ``on_error="warn"``: the server failed for some names, which the message has.

        Examples
        --------
        >>> table = Fink.query_sso_bulk([9900001, 9900002])
        >>> table["cmagpsf"].unit, table["Phase"].unit
        (Unit("mag"), Unit("deg"))
        >>> curves = Fink.query_sso_bulk([9900001, 9900002], lists=True)
        >>> curves["ssnamenr"].tolist()
        ['9900001', '9900002']
        >>> sum(map(len, curves["cjd"])) == len(table)
        True
        """
        check_on_error(on_error)
        names, one_row = sso_names(name), truth(lists, "lists")
        require_pyarrow("query_sso_bulk")
        if file is not None:
            return _query_of_file(BulkObjects(self, names, one_row), file, version)
        months = bulk_months(self)
        chosen = None if version is None else months.checked(version)
        options = BulkOptions(chosen, on_error, show_progress, cache)
        search = BulkSearch(self, BulkObjects(self, names, one_row), months, options)
        return Query(search.requests(), run=search.table, responses=search.responses)

    query_sso_bulk_async: Final = raw(query_sso_bulk)

    @query
    def download_sso_bulk(
        self,
        path: StrPath,
        *,
        version: str | None = None,
        overwrite: bool = False,
        show_progress: bool | None = None,
    ) -> Query[Path]:
        """Download the light curves of all Solar System objects as one large Parquet file.

        It is streamed to disk. While it grows, the file is called ``path`` + ``.part``; it is renamed once
        it is complete. If the connection breaks, the call resumes the download, or starts it again if the
        server cannot resume. A call that fails leaves no file. If the server sends Arrow, it is converted
        to Parquet, which needs pyarrow.

        Parameters
        ----------
        path : str or path-like
            Name of the file; its folder must exist.
        version : str, optional
            Month of the table, ``YYYY.MM``, from ``"2026.09"`` (Rubin: ``"2026.08"``). None: the current
            month (UTC), or the month before if that has no table yet.
        overwrite : bool, optional
            Whether an existing file may be replaced.
        show_progress : bool, optional
            Whether to show a progress bar; None: on a terminal or in a notebook.

        Returns
        -------
        path : `~pathlib.Path`
            The file has one row per object; `query_sso_bulk` reads it.

        Raises
        ------
        FinkQueryError
            An argument is invalid, the file exists, or it cannot be written.
        FinkServiceError, FinkTimeoutError
            The server fails, does not respond, has no table of this month, or sends something other than
            Parquet or Arrow; ``path`` is unchanged.

        Warns
        -----
        NoResultsWarning
            The current month has no table yet; the table of the month before is downloaded.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Fink.download_sso_bulk(f"{folder}/sso.parquet")
        ...     table = Fink.query_sso_bulk(9900001, file=path)
        >>> path.name
        'sso.parquet'
        """
        file, months = target(path, overwrite=overwrite), bulk_months(self)
        chosen = None if version is None else months.checked(version)
        fetch = partial(download_table, self, file, months, version=chosen, show_progress=show_progress)

        def run() -> Path:
            fetch()
            return file

        return Query([], run=run, responses=lambda: fetch()[1])

    download_sso_bulk_async: Final = raw(download_sso_bulk)


def _query_of_file(objects: BulkObjects, file: StrPath, version: str | None) -> Query[Table]:
    """A query that reads a file instead of sending requests."""
    path, argument = path_of(file, "file"), f"file={shown(str(file))}"
    if version is not None:
        raise FinkQueryError(f"{argument} is the table of one month: leave out version={shown(version)}.")
    if not path.is_file():
        raise FinkQueryError(f"{argument} is not an existing file: give one that download_sso_bulk wrote.")

    def run() -> Table:
        try:
            table = objects.from_file(path)
        except ValueError as error:
            remedy = "give one that download_sso_bulk wrote for the same survey"
            raise FinkQueryError(f"{argument} cannot be used ({error}): {remedy}.") from error
        table.meta.update(objects.client._origin("ssobulk"), file=str(path), failed=[])
        return objects.finished(table, argument)

    def refuse() -> NoReturn:
        raise FinkQueryError(f"{argument}: query_sso_bulk_async has no response; use query_sso_bulk.")

    return Query([], run=run, responses=refuse, many=True)
