# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The light curves of Solar System objects, from a table that Fink makes once a month."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NoReturn

import requests
from astropy.table import Table
from astropy.time import Time
from astroquery.exceptions import LargeQueryWarning, NoResultsWarning

from ..arguments.checks import path_of, truth
from ..arguments.types import OnError, SolarSystemNames, StrPath
from ..batch import (
    Outcome,
    arrange,
    attempt,
    check_on_error,
    fetch_all,
    merge,
    report_failures,
)
from ..client import Client
from ..config import conf
from ..exceptions import FinkError, FinkQueryError, FinkServiceError, FinkTimeoutError
from ..http.download import BodyKind, download, target
from ..messages import first_few, shown, warn
from ..query import (
    Query,
    Request,
    one_or_list,
    query,
    raw,
    table_of,
)
from ..tables.arrow_stream import convert_streams
from ..tables.decode import Columns, require_pyarrow
from ..tables.light_curves import curve_table
from ..tables.matching import matching_rows
from ..tables.memory import MemoryLimit
from .monthly import Months, read_monthly_table, use_month_before
from .object_requests import merged_meta
from .solar_system import sso_names

__all__ = ["SsoBulk"]

__doctest_requires__: dict[str, list[str]] = {"SsoBulk.*": ["pyarrow"]}

_ENDPOINT = "ssobulk"
_BROKEN = 500  # the status of a server that cannot look up single objects
_KINDS = (
    BodyKind("Parquet", b"PAR1", b"PAR1"),
    BodyKind(
        "Arrow",
        b"\xff\xff\xff\xff",
        b"\xff\xff\xff\xff\0\0\0\0",
        check=partial(require_pyarrow, "the server sends Arrow, and to make Parquet of it"),
        convert=convert_streams,
    ),
)


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
        >>> table = fink.query_sso_bulk([9900001, 9900002])
        >>> table["cmagpsf"].unit, table["Phase"].unit
        (Unit("mag"), Unit("deg"))
        >>> curves = fink.query_sso_bulk([9900001, 9900002], lists=True)
        >>> curves["ssnamenr"].tolist()
        ['9900001', '9900002']
        >>> sum(map(len, curves["cjd"])) == len(table)
        True
        """
        check_on_error(on_error)
        names, one_row = sso_names(name), truth(lists, "lists")
        require_pyarrow("query_sso_bulk")
        if file is not None:
            return _query_of_file(_Objects(self, names, one_row), file, version)
        months = _months(self)
        chosen = None if version is None else months.checked(version)
        options = _Options(chosen, on_error, show_progress, cache)
        search = _Search(self, _Objects(self, names, one_row), months, options)
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
            The current month has no table yet; that of the month before is downloaded.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = fink.download_sso_bulk(f"{folder}/sso.parquet")
        ...     table = fink.query_sso_bulk(9900001, file=path)
        >>> path.name
        'sso.parquet'
        """
        file, months = target(path, overwrite=overwrite), _months(self)
        chosen = None if version is None else months.checked(version)
        fetch = partial(_download, self, file, months, version=chosen, show_progress=show_progress)

        def run() -> Path:
            fetch()
            return file

        return Query([], run=run, responses=lambda: fetch()[1])

    download_sso_bulk_async: Final = raw(download_sso_bulk)


def _months(client: Client) -> Months:
    return Months.until_now(client._survey.bulk.first_version, client._clock)


def _download(
    client: Client, path: Path, months: Months, *, version: str | None, show_progress: bool | None
) -> tuple[str, requests.Response]:
    """Download a table; return its month, and the response without its body."""

    def fetch(month: str) -> tuple[str, requests.Response]:
        payload = {"version": month, "output-format": "parquet"}
        request = client._http_request(Request(_ENDPOINT, payload, get=True))
        options = {"kinds": _KINDS, "show_progress": show_progress, "clock": client._clock}
        return month, download(client._session, request, path, client._limits(), **options)

    try:
        return fetch(version or months.newest)
    except (FinkServiceError, FinkTimeoutError) as error:
        if version is not None:
            raise
        return use_month_before(error, months, fetch)


@dataclass(frozen=True)
class _Objects:
    """The objects of a query, and the form of its Table."""

    client: Client
    names: list[str]
    lists: bool

    def curves(
        self, columns: Columns, names: list[str] | None = None, memory: MemoryLimit | None = None
    ) -> Table:
        """The Table of all objects, or of those named."""
        survey = self.client._survey
        return curve_table(columns, survey, names or self.names, lists=self.lists, memory=memory)

    def from_file(self, path: Path, names: list[str] | None = None) -> Table:
        """The rows of these objects in a file; `ValueError` if it cannot be read."""
        columns = matching_rows(path, self.client._survey.bulk.name, names or self.names)
        return self.curves(columns, names, MemoryLimit.unlimited())

    def finished(self, table: Table, where: str, failed: list[str] | None = None) -> Table:
        """The Table with the names that it lacks in ``meta``, and a warning of them."""
        facts = self.client._survey.bulk
        found = set(table[facts.name].tolist()) | set(failed or ())
        table.meta["missing"] = [name for name in self.names if name not in found]
        if table.meta["missing"]:
            message = f"{where} has no light curve of {first_few(table.meta['missing'])}"
            hint = f"its names are those of the column {facts.name!r}, such as {facts.example!r}"
            warn(f"{message}; {hint}", NoResultsWarning)
        return table


def _query_of_file(objects: _Objects, file: StrPath, version: str | None) -> Query[Table]:
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
        table.meta.update(objects.client._origin(_ENDPOINT), file=str(path), failed=[])
        return objects.finished(table, argument)

    def refuse() -> NoReturn:
        raise FinkQueryError(f"{argument}: query_sso_bulk_async has no response; use query_sso_bulk.")

    return Query([], run=run, responses=refuse, many=True)


@dataclass(frozen=True)
class _Options:
    """The options of a search; ``version=None`` is the newest month with a table."""

    version: str | None
    on_error: OnError
    show_progress: bool | None
    cache: bool | None


@dataclass(frozen=True)
class _Search:
    """Requests for one object each; the first one shows which month has a table."""

    client: Client
    objects: _Objects
    months: Months
    options: _Options

    def requests(self) -> list[Request]:
        version = self.options.version or self.months.newest
        return [self._request(name, version) for name in self.objects.names]

    def responses(self) -> Any:
        """The raw responses, without those for which the server failed."""
        budget = self.client._budget(len(self.objects.names))
        _, outcomes = self._fetch(lambda request: self.client._response(request, self.options.cache, budget))
        report_failures(outcomes, self.options.on_error, requested=len(self.objects.names))
        found = [outcome.value for outcome in outcomes if outcome.value is not None]
        return found if len(self.objects.names) > 1 else one_or_list(found)

    def table(self) -> Table:
        """One Table of all objects."""
        budget, cache = self.client._budget(len(self.objects.names)), self.options.cache
        version, outcomes = self._fetch(
            lambda request: table_of([self.client._send(request, cache=cache, budget=budget)])
        )
        version, outcomes = self._with_whole_table(version, outcomes)
        tables = [outcome.value for outcome in outcomes if outcome.value is not None]
        table = merge(tables or [self.objects.curves(Columns({}, 0))])
        payload = {"sso_name": one_or_list(self.objects.names), "version": version}
        table.meta.update(
            self.client._origin(_ENDPOINT) | merged_meta([one.meta for one in tables]),
            payload=json.dumps(payload),
            version=version,
        )
        failed = report_failures(
            outcomes,
            self.options.on_error,
            requested=len(self.objects.names),
            table=table if tables else None,
        )
        table.meta["failed"] = failed
        table = arrange(table, self.client._survey.bulk.name, self.objects.names)
        return self.objects.finished(table, f"Fink's table of {version}", failed)

    def _request(self, name: str, version: str) -> Request:
        payload = {"sso_name": name, "version": version, "output-format": "parquet"}
        parse = partial(self.objects.curves, names=[name])
        return Request(_ENDPOINT, payload, decode=read_monthly_table, parse=parse)

    def _fetch(self, send: Callable[[Request], Any]) -> tuple[str, list[Outcome]]:
        """The month whose table is used, and the outcome for each name."""
        first, *rest = self.objects.names
        version, outcome = self._fetch_first(send)
        if _is_unserved(outcome):
            return version, [Outcome(failed=[name], error=outcome.error) for name in self.objects.names]
        outcomes = fetch_all(
            rest,
            lambda name: attempt(partial(send, self._request(name, version)), [name]),
            connections=conf.max_connections,
            show_progress=self.options.show_progress,
        )
        return version, [outcome, *outcomes]

    def _fetch_first(self, send: Callable[[Request], Any]) -> tuple[str, Outcome]:
        """The outcome for the first name, and the month that has a table."""
        name, version = self.objects.names[0], self.options.version or self.months.newest

        def ask(month: str) -> tuple[str, Outcome]:
            return month, Outcome(send(self._request(name, month)))

        try:
            try:
                return ask(version)
            except (FinkServiceError, FinkTimeoutError) as error:
                if self.options.version is not None:
                    raise
                return use_month_before(error, self.months, ask)
        except (FinkServiceError, FinkTimeoutError) as error:
            return version, Outcome(failed=[name], error=error)

    def _with_whole_table(self, version: str, outcomes: list[Outcome]) -> tuple[str, list[Outcome]]:
        """The outcomes, with those objects from the whole table for which the server failed with 500."""
        unserved = [outcome for outcome in outcomes if _is_unserved(outcome)]
        if not unserved:
            return version, outcomes
        names = [name for outcome in unserved for name in outcome.failed]
        _warn_of_download(names, unserved[0].error)
        whole = attempt(partial(self._from_whole_table, names, version), names)
        if whole.value is not None:
            version = whole.value.meta["version"]
        return version, [*(outcome for outcome in outcomes if not _is_unserved(outcome)), whole]

    def _from_whole_table(self, names: list[str], version: str) -> Table:
        """The objects from the whole table, which is downloaded to a temporary file."""
        known = self.options.version or (version if version != self.months.newest else None)
        progress = self.options.show_progress
        with TemporaryDirectory(prefix="fink-") as folder:
            path = Path(folder, "sso.parquet")
            version, response = _download(
                self.client, path, self.months, version=known, show_progress=progress
            )
            try:
                table = self.objects.from_file(path, names)
            except ValueError as error:
                message = f"Fink's table of {version} cannot be used: {error}"
                raise FinkServiceError(message, endpoint=_ENDPOINT, url=response.url, status=200) from error
        queried = Time(self.client._clock.time(), format="unix").isot
        table.meta.update(version=version, queried=queried, cached=False, rounded=False)
        return table


def _is_unserved(outcome: Outcome) -> bool:
    """Whether the server broke, as some of its versions do when they look up single objects."""
    return outcome.error is not None and outcome.error.status == _BROKEN


def _warn_of_download(names: list[str], error: FinkError | None) -> None:
    reason = getattr(error, "reason", None) or _BROKEN
    warn(
        f"the server failed to look up {first_few(names)} ({reason}); the whole table is downloaded to a "
        "temporary file. For further objects, download it once with download_sso_bulk(path), "
        "and give file=path.",
        LargeQueryWarning,
    )
