# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The base of all queries: settings, session, cache, and sending of requests."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import astropy.units as u
import numpy as np
import requests
from astropy.time import Time
from astroquery import cache_conf
from astroquery.query import BaseQuery

from .arguments.checks import path_of, truth
from .arguments.types import StrPath, SurveyName
from .config import LONGEST, conf
from .exceptions import (
    FinkError,
    FinkQueryError,
    FinkServiceError,
    FinkTimeoutError,
    StaleResponseWarning,
)
from .http.cache import Store, key_of
from .http.cache_folder import (
    NoFolderError,
    create_folder,
    default_folder,
    warn_once,
)
from .http.clock import Clock
from .http.connections import is_loopback, new_session
from .http.lifetimes import expires
from .http.request import HTTPRequest, Limits
from .http.retry import (
    Budget,
    Reader,
    Response,
    send,
)
from .messages import shown, warn
from .query import Request
from .surveys import SURVEYS, Survey
from .tables.api_description import checked_description, endpoint_names
from .tables.decode import (
    PARQUET_MAGIC,
    read_bytes,
    read_ends,
    read_mapping,
    read_rows,
)

__all__ = ["DESCRIPTION", "Client"]

DESCRIPTION = Request("swagger.json", decode=read_mapping, parse=checked_description, root=True)
_API = "/api/v1"
_AT_ONCE = 10.0  # seconds for a request whose response is useful, but not needed
_MISSING_PAGE = "404 Not Found"  # the title of a web server's own page, which no endpoint sends


class Client(BaseQuery):
    """A client of one survey's service; see `astroquery_fink.FinkClass`."""

    _survey: Survey

    def __init__(
        self,
        *,
        survey: SurveyName = "ztf",
        server: str | None = None,
        timeout: float | u.Quantity | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._sessions: dict[int, requests.Session] = {}
        self._clock = clock or Clock()
        super().__init__()
        if not isinstance(survey, str) or survey not in SURVEYS:
            raise FinkQueryError(f"survey={shown(survey)} is unknown. Valid values: {', '.join(SURVEYS)}.")
        self._survey = SURVEYS[survey]
        self._server = None if server is None else _checked_url(server, "server")
        self._timeout = None if timeout is None else _seconds(timeout)

    @property
    def _session(self) -> requests.Session:
        """The session of this process, which a forked process must not share with its parent."""
        process = os.getpid()
        if process not in self._sessions:
            headers = next(iter(self._sessions.values())).headers
            self._sessions.setdefault(process, new_session(headers))
        return self._sessions[process]

    @_session.setter
    def _session(self, session: requests.Session) -> None:
        """Copy the headers only: BaseQuery's hook would decode all bodies."""
        self._sessions = {os.getpid(): new_session(session.headers)}

    @property
    def server(self) -> str:
        """str : The address of the service, without ``/api/v1``.

        It is the argument ``server``, else the environment variable ``FINK_SERVER`` (``FINK_LSST_SERVER`` for
        Rubin), else the setting ``conf.server`` (``conf.lsst_server``).
        """
        if self._server:
            return self._server
        setting = self._survey.service.setting
        variable = f"FINK_{setting.upper()}"
        if url := os.environ.get(variable):
            return _checked_url(url, variable)
        return _trusted(getattr(conf, setting), f"conf.{setting}")

    @property
    def survey(self) -> str:
        """str : The survey whose alerts are queried."""
        return self._survey.name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} survey={self.survey!r} server={self.server!r}>"

    def __dir__(self) -> list[str]:
        """The names to complete, without the methods that the survey lacks."""
        missing = set(self._survey.instead)
        return [name for name in super().__dir__() if name.removesuffix("_async") not in missing]

    def clear_cache(self) -> None:
        """Remove all cached responses, and no other files of the folder."""
        with suppress(NoFolderError):  # then nothing is cached
            self._store().clear()

    @property
    def cache_location(self) -> Path:
        """`~pathlib.Path` : The folder of cached responses, which is created if it is missing."""
        return create_folder(self._folder())

    @cache_location.setter
    def cache_location(self, location: StrPath) -> None:
        self._cache_location = path_of(location, "cache_location", look=False)

    def _folder(self) -> Path:
        return self._cache_location or Path(default_folder(), "astroquery", self.name)

    def _store(self) -> Store:
        return Store(self._folder(), conf.cache_size)

    def _active_store(self, cache: bool | None) -> Store | None:
        """The cached responses, or None if the cache is off or has no folder."""
        active = cache_conf.cache_active if cache is None else truth(cache, "cache")
        try:
            return self._store() if active else None
        except NoFolderError as error:
            warn_once(str(error), str(error))
            return None

    def _limits(self, timeout: float | None = None) -> Limits:
        return Limits(
            connect=conf.connect_timeout,
            read=timeout or self._timeout or conf.timeout,
            deadline=conf.deadline,
            attempts=conf.attempts,
            longest_wait=conf.longest_wait,
            body_size=conf.max_body_size,
            hosts=tuple(host.strip() for host in conf.allowed_hosts.split(",") if host.strip()),
        )

    def _request(
        self,
        method: str,
        url: str,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        files: Any = None,
        save: bool = False,
        savedir: str = "",
        timeout: float | None = None,
        cache: bool | None = None,
        stream: bool = False,
        auth: Any = None,
        continuation: bool = True,
        verify: bool = True,
        allow_redirects: bool = True,
        json: dict[str, Any] | None = None,
        return_response_on_save: bool = False,
    ) -> requests.Response:
        """Replace the method of BaseQuery, with the retries, limits and cache of this package."""
        refuse = {
            "data": data,
            "headers": headers,
            "files": files,
            "save": save,
            "stream": stream,
            "auth": auth,
        }
        _refuse_options(refuse, {"verify": verify, "allow_redirects": allow_redirects})
        prepared = requests.PreparedRequest()
        params = sorted(params.items()) if isinstance(params, dict) else params
        prepared.prepare_url(_checked_url(url, "url"), params)
        timeout = None if timeout is None else _seconds(timeout)
        http_request = HTTPRequest(method, prepared.url or url, json)
        return self._fetch(http_request, cache, Reader(read_bytes), limits=self._limits(timeout)).http

    def _budget(self, requests: int) -> Budget:
        """As many retries as there are requests, so that in an outage the load at most doubles."""
        return Budget(min(conf.batch_retries, max(requests, conf.attempts)))

    def _send(self, request: Request, *, cache: bool | None = None, budget: Budget | None = None) -> Response:
        """The parsed response to a request."""
        reader = Reader(request.decode, request.parse)
        return self._fetch_or_recover(request, cache, reader, budget)

    def _response(
        self, request: Request, cache: bool | None, budget: Budget | None = None
    ) -> requests.Response:
        """The unread response to a request; if the cache is on, it is parsed to check it."""
        checked = Reader(read_ends) if request.decode is read_rows else Reader(request.decode)
        reader = Reader(request.decode, request.parse) if self._active_store(cache) else checked
        return self._fetch_or_recover(request, cache, reader, budget).http

    def _fetch_or_recover(
        self, request: Request, cache: bool | None, reader: Reader, budget: Budget | None
    ) -> Response:
        """The response to a request, or what its ``recover`` makes of an error."""
        try:
            response = self._fetch(self._http_request(request), cache, reader, budget=budget)
        except FinkError as error:
            if request.recover is None:
                raise
            return request.recover(error)
        return replace(response, meta=self._meta(response))

    def _http_request(self, request: Request) -> HTTPRequest:
        base = self.server if request.root else f"{self.server}{_API}"
        url, own = f"{base}/{request.endpoint}", request.own_connection
        if request.payload is None:
            return HTTPRequest("GET", url, own_connection=own)
        if request.get:
            return HTTPRequest("GET", f"{url}?{urlencode(request.payload)}", own_connection=own)
        return HTTPRequest("POST", url, request.payload, own)

    def _fetch(
        self,
        http_request: HTTPRequest,
        cache: bool | None,
        reader: Reader,
        *,
        budget: Budget | None = None,
        limits: Limits | None = None,
    ) -> Response:
        """The cached response, or a new one, which is cached unless it is empty."""
        store = self._active_store(cache)
        entry = store.entry(_key(http_request)) if store else None
        if store and entry and self._is_fresh(http_request, entry.time):
            cached = _cached(http_request, store, reader)
            if cached:
                return cached
        try:
            limits = limits or self._limits()
            response = send(self._session, http_request, reader, limits, budget=budget, clock=self._clock)
        except (FinkServiceError, FinkTimeoutError) as error:
            stale = self._stale(http_request, store, reader, error) if store and entry else None
            if stale is None:
                raise
            return stale
        if store and response.size:
            _write(store, http_request, response)
        return response

    def _stale(
        self, http_request: HTTPRequest, store: Store, reader: Reader, error: FinkError
    ) -> Response | None:
        """The cached response of any age, if ``conf.stale_if_error`` is set."""
        if not conf.stale_if_error:
            return None
        cached = _cached(http_request, store, reader)
        age = (self._clock.time() - cached.time) / 3600 if cached else -1
        if age < 0:
            return None
        message = f"Fink failed; this response is {age:.1f} hours old and may be out of date. {error}"
        warn(message, StaleResponseWarning)
        return cached

    def _stale_response(self, request: Request, cache: bool | None, error: FinkError) -> Response | None:
        """The parsed cached response of any age to use instead of an error, or None."""
        store = self._active_store(cache)
        reader = Reader(request.decode, request.parse)
        response = self._stale(self._http_request(request), store, reader, error) if store else None
        return response and replace(response, meta=self._meta(response))

    def _is_fresh(self, http_request: HTTPRequest, stored: float) -> bool:
        """Whether a response has not expired; one from the future was stored with a wrong clock."""
        until = expires(http_request.endpoint, http_request.payload, stored, self._survey)
        return stored <= self._clock.time() < until

    def _is_cached(self, request: Request, cache: bool | None, *, stale: bool = False) -> bool:
        """Whether a response is cached and has not expired; with ``stale``, of any age."""
        store = self._active_store(cache)
        http_request = self._http_request(request)
        entry = store.entry(_key(http_request)) if store else None
        return entry is not None and (stale or self._is_fresh(http_request, entry.time))

    def _description(self, cache: bool | None) -> dict[str, Any] | None:
        """The server's description of itself, or None if one attempt of a few seconds fails."""
        request = self._http_request(DESCRIPTION)
        reader = Reader(DESCRIPTION.decode, DESCRIPTION.parse)
        limits = replace(self._limits(_AT_ONCE), deadline=_AT_ONCE, attempts=1)
        try:
            return self._fetch(request, cache, reader, limits=limits).content
        except FinkError:
            return None

    def _explain(self, error: FinkError, cache: bool | None) -> None:
        """Add to the message that the server lacks the endpoint, if that is the reason of a status of 404."""
        of_endpoint = (error.url or "").startswith(f"{self.server}{_API}/")
        missing = error.status == 404 and (error.reason or "").startswith(_MISSING_PAGE)
        if error._explained or not (of_endpoint and missing):
            return
        error._explained = True
        description = self._description(cache)
        if description and error.endpoint not in endpoint_names(description):
            name = f"Fink/{self._survey.title} {description['info']['version']} ({self.server})"
            lacks = f"{name} has no endpoint {error.endpoint!r}; list_endpoints lists those that it has."
            error.args = (f"{lacks} {error}",)

    def _meta(self, response: Response) -> dict[str, Any]:
        """The origin of a Table, in values that every table format can hold."""
        payload = response.request.payload or {}
        return {
            **self._origin(response.request.endpoint),
            "payload": json.dumps(payload),
            "queried": Time(response.time, format="unix").isot,
            "cached": response.cached,
            "rounded": payload.get("output-format") == "json",  # to 10 decimals, by the server
        }

    def _origin(self, endpoint: str) -> dict[str, str]:
        return {"survey": self.survey, "server": self.server, "endpoint": endpoint}


def _refuse_options(unsupported: Mapping[str, Any], required: Mapping[str, Any]) -> None:
    """Refuse unsupported options of `requests`, and required ones switched off."""
    refused = [name for name, value in unsupported.items() if value]
    refused += [f"{name}=False" for name, value in required.items() if not value]
    if refused:
        raise FinkQueryError(f"{', '.join(refused)} cannot be used with Fink: give params or json.")


def _checked_url(url: Any, argument: str) -> str:
    """A valid http or https address, without a slash at its end."""
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        has_host = parts.hostname and parts.port != 0 and parts.scheme in ("http", "https")
    except ValueError:
        parts, has_host = urlsplit(""), False
    if not has_host or not url.isprintable() or " " in url:
        example = "such as https://api.ztf.fink-portal.org"
        raise FinkQueryError(f"{argument}={_masked(url)!r} is not a valid address, {example}.")
    if "@" in parts.netloc:
        plain = url.replace(parts.netloc, parts.netloc.rpartition("@")[2], 1)
        raise FinkQueryError(f"{argument} holds a user name, which Fink does not need: give {plain!r}.")
    return url.rstrip("/")


def _masked(url: Any) -> Any:
    """An address without its user name and password."""
    return f"…@{url.rpartition('@')[2]}" if isinstance(url, str) and "@" in url else url


def _trusted(url: str, argument: str) -> str:
    """An address from the configuration, which must be https or on this machine."""
    host = urlsplit(_checked_url(url, argument)).hostname
    if not url.startswith("https:") and not is_loopback(host):
        raise FinkQueryError(f"{argument}={url!r} is not https; FinkClass(server=...) accepts http, too.")
    return url.rstrip("/")


def _seconds(timeout: float | u.Quantity) -> float:
    try:
        seconds = u.Quantity(timeout, u.s).value
    except (TypeError, ValueError, u.UnitConversionError):
        seconds = -1
    if not (np.ndim(seconds) == 0 and 0 < seconds <= LONGEST):
        limits = f"more than 0 and at most {LONGEST:,}"
        raise FinkQueryError(f"timeout={shown(timeout)} is not a valid timeout: give seconds, {limits}.")
    return float(seconds)


def _key(http_request: HTTPRequest) -> str:
    return key_of(http_request.method, http_request.url, http_request.payload)


def _cached(http_request: HTTPRequest, store: Store, reader: Reader) -> Response | None:
    """The cached response of any age, or None if it is missing or cannot be parsed."""
    entry, body = store.read(_key(http_request))
    if entry is None or body is None:
        return None
    try:
        content, size = reader(body)
    except ValueError:
        return None
    response = requests.Response()
    response.status_code = entry.status
    response.url = entry.url
    response.headers["Content-Type"] = entry.content_type
    response._content = body
    request = http_request if body.startswith(PARQUET_MAGIC) else http_request.as_json()
    return Response(request, response, content, size, entry.time, cached=True)


def _write(store: Store, http_request: HTTPRequest, response: Response) -> None:
    """Cache a response, under the request as it was first made."""
    http = response.http
    store.write(
        _key(http_request),
        http_request.url,
        http.content,
        status=http.status_code,
        content_type=http.headers.get("Content-Type", ""),
        time=response.time,
    )
