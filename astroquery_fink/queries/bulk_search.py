# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Light curves of named objects from a monthly table: requests for each, or the whole table if these fail."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests
from astropy.table import Table
from astropy.time import Time
from astroquery.exceptions import LargeQueryWarning, NoResultsWarning

from ..arguments.types import OnError
from ..batch import Outcome, arrange, attempt, fetch_all, merge, report_failures
from ..client import Client
from ..config import conf
from ..exceptions import FinkError, FinkServiceError, FinkTimeoutError
from ..http.download import BodyKind, download
from ..messages import first_few, warn
from ..query import Request, one_or_list, table_of
from ..tables.arrow_stream import convert_streams
from ..tables.decode import Columns, require_pyarrow
from ..tables.light_curves import ENDPOINT, curve_table
from ..tables.matching import matching_rows
from ..tables.memory import MemoryLimit
from .monthly import Months, from_month, read_monthly_table
from .object_requests import merged_meta

__all__ = ["BulkObjects", "BulkOptions", "BulkSearch", "bulk_months", "download_table"]

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


def bulk_months(client: Client) -> Months:
    return Months.until_now(client._survey.bulk.first_version, client._clock)


def download_table(
    client: Client, path: Path, months: Months, *, version: str | None, show_progress: bool | None
) -> tuple[str, requests.Response]:
    """Download a table; return its month, and the response without its body."""

    def fetch(month: str) -> tuple[str, requests.Response]:
        payload = {"version": month, "output-format": "parquet"}
        request = client._http_request(Request(ENDPOINT, payload, get=True))
        options = {"kinds": _KINDS, "show_progress": show_progress, "clock": client._clock}
        return month, download(client._session, request, path, client._limits(), **options)

    return from_month(version, months, fetch)


@dataclass(frozen=True)
class BulkObjects:
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


@dataclass(frozen=True)
class BulkOptions:
    """The options of a search; ``version=None`` is the newest month with a table."""

    version: str | None
    on_error: OnError
    show_progress: bool | None
    cache: bool | None


@dataclass(frozen=True)
class BulkSearch:
    """Requests for one object each; the first one shows which month has a table."""

    client: Client
    objects: BulkObjects
    months: Months
    options: BulkOptions

    def requests(self) -> list[Request]:
        version = self.options.version or self.months.newest
        return [self._request(name, version) for name in self.objects.names]

    def responses(self) -> Any:
        """The raw responses, without those for which the server failed."""
        budget = self.client._budget(len(self.objects.names))
        _, outcomes = self._fetch(lambda request: self.client._response(request, self.options.cache, budget))
        self._report(outcomes)
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
            self.client._origin(ENDPOINT) | merged_meta([one.meta for one in tables]),
            payload=json.dumps(payload),
            version=version,
        )
        failed = table.meta["failed"] = self._report(outcomes, table if tables else None)
        table = arrange(table, self.client._survey.bulk.name, self.objects.names)
        return self.objects.finished(table, f"Fink's table of {version}", failed)

    def _request(self, name: str, version: str) -> Request:
        payload = {"sso_name": name, "version": version, "output-format": "parquet"}
        parse = partial(self.objects.curves, names=[name])
        return Request(ENDPOINT, payload, decode=read_monthly_table, parse=parse)

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
        name, version = self.objects.names[0], self.options.version

        def ask(month: str) -> tuple[str, Outcome]:
            return month, Outcome(send(self._request(name, month)))

        try:
            return from_month(version, self.months, ask)
        except (FinkServiceError, FinkTimeoutError) as error:
            return version or self.months.newest, Outcome(failed=[name], error=error)

    def _report(self, outcomes: list[Outcome], table: Table | None = None) -> list[str]:
        """Warn or raise if the server failed for some names, and return these."""
        options, names = self.options, self.objects.names
        if len(names) == 1 and options.on_error == "raise" and outcomes[0].error is not None:
            raise outcomes[0].error
        return report_failures(outcomes, options.on_error, requested=len(names), table=table)

    def _with_whole_table(self, version: str, outcomes: list[Outcome]) -> tuple[str, list[Outcome]]:
        """The outcomes, with those objects from the whole table for which the server failed with 500."""
        unserved = [outcome for outcome in outcomes if _is_unserved(outcome)]
        if not unserved:
            return version, outcomes
        names = [name for outcome in unserved for name in outcome.failed]
        _warn_of_download(names, unserved[0].error)
        has_others = any(outcome.value is not None for outcome in outcomes)  # which must be of one month
        known = version if has_others else self.options.version
        whole = attempt(partial(self._from_whole_table, names, known), names)
        if whole.value is not None:
            version = whole.value.meta["version"]
        return version, [*(outcome for outcome in outcomes if not _is_unserved(outcome)), whole]

    def _from_whole_table(self, names: list[str], version: str | None) -> Table:
        """The objects from the whole table, which is downloaded to a temporary file."""
        options = {"version": version, "show_progress": self.options.show_progress}
        with TemporaryDirectory(prefix="fink-") as folder:
            path = Path(folder, "sso.parquet")
            version, response = download_table(self.client, path, self.months, **options)
            try:
                table = self.objects.from_file(path, names)
            except ValueError as error:
                message = f"Fink's table of {version} cannot be used: {error}"
                raise FinkServiceError(message, endpoint=ENDPOINT, url=response.url, status=200) from error
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
