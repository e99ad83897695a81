# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What every question needs: address, session, cache, and one way to send."""

import json
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import astropy.units as u
import numpy as np
import requests
from astropy.time import Time
from astroquery import cache_conf
from astroquery.query import BaseQuery

from .arguments.checks import path_of, truth
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
    default_folder,
    made,
    warn_once,
)
from .http.connections import is_loopback, new_session
from .http.lifetimes import expires
from .http.request import Limits
from .http.retry import (
    Budget,
    Clock,
    HTTPRequest,
    Reader,
    Response,
    send,
)
from .messages import shown, warn
from .surveys import SURVEYS
from .tables.decode import read_bytes, read_ends, read_rows

__all__ = ["Client"]


class Client(BaseQuery):
    """A client of one survey's service; see `astroquery_fink.FinkClass`."""

    def __init__(self, *, survey="ztf", server=None, timeout=None, clock=None):
        self._sessions = {}
        self._clock = clock or Clock()
        super().__init__()
        if not isinstance(survey, str) or survey not in SURVEYS:
            raise FinkQueryError(f"survey={shown(survey)} is unknown: {', '.join(SURVEYS)}.")
        self._survey = SURVEYS[survey]
        self._server = None if server is None else _address(server, "server")
        self._timeout = None if timeout is None else _seconds(timeout)

    @property
    def _session(self):
        """One session per process: after a fork, connections and locks of the old one are the parent's."""
        process = os.getpid()
        if process not in self._sessions:
            headers = next(iter(self._sessions.values())).headers
            self._sessions.setdefault(process, new_session(headers))
        return self._sessions[process]

    @_session.setter
    def _session(self, session):
        """Take the headers of BaseQuery's own; its hook would decode each body to log it."""
        self._sessions = {os.getpid(): new_session(session.headers)}

    @property
    def server(self):
        """str : The address that is asked, without ``/api/v1``."""
        return self._server or _trusted(
            getattr(conf, self._survey.service.setting), f"conf.{self._survey.service.setting}"
        )

    @property
    def survey(self):
        """str : The survey that is asked for."""
        return self._survey.name

    def __repr__(self):
        return f"<{type(self).__name__} survey={self.survey!r} server={self.server!r}>"

    def clear_cache(self):
        """Remove all cached responses; nothing else in the folder is touched."""
        with suppress(NoFolderError):  # nothing was cached there
            self._store().clear()

    @property
    def cache_location(self):
        """`~pathlib.Path` : The folder of cached responses; it is made when it is looked at."""
        return made(self._folder())

    @cache_location.setter
    def cache_location(self, location):
        self._cache_location = path_of(location, "cache_location", look=False)

    def _folder(self) -> Path:
        return self._cache_location or Path(default_folder(), "astroquery", self.name)

    def _store(self) -> Store:
        return Store(self._folder(), conf.cache_size)

    def _store_if(self, cache: bool | None) -> Store | None:
        """The cache, where it is wanted and there is a folder for it."""
        active = cache_conf.cache_active if cache is None else truth(cache, "cache")
        try:
            return self._store() if active else None
        except NoFolderError as error:
            warn_once(str(error), str(error))
            return None

    def _limits(self, timeout=None):
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
        method,
        url,
        params=None,
        data=None,
        headers=None,
        files=None,
        save=False,
        savedir="",
        timeout=None,
        cache=None,
        stream=False,
        auth=None,
        continuation=True,
        verify=True,
        allow_redirects=True,
        json=None,
        return_response_on_save=False,
    ):
        """BaseQuery's way to send, with what this package promises of an exchange.

        Returns
        -------
        response : `requests.Response`
        """
        unused = {
            "data": data,
            "headers": headers,
            "files": files,
            "save": save,
            "stream": stream,
            "auth": auth,
        }
        wanted = {"verify": verify, "allow_redirects": allow_redirects}
        refused = [name for name, value in unused.items() if value]
        refused += [f"{name}=False" for name, value in wanted.items() if not value]
        if refused:
            raise FinkQueryError(f"Fink is asked with params or json, not with {', '.join(refused)}.")
        prepared = requests.PreparedRequest()
        prepared.prepare_url(
            _address(url, "url"), sorted(params.items()) if isinstance(params, dict) else params
        )
        timeout = None if timeout is None else _seconds(timeout)
        http_request = HTTPRequest(method, prepared.url, json)
        return self._answer(http_request, cache, Reader(read_bytes), timeout=timeout).http

    def _budget(self, requests):
        """As many further tries as there are requests, so that an outage at most doubles the load."""
        return Budget(min(conf.batch_retries, max(requests, conf.attempts)))

    def _send(self, request, *, cache=None, budget=None):
        """The parsed response to one request."""
        reader = Reader(request.decode, request.parse)
        return self._recovering(request, cache, reader, budget)

    def _response(self, request, cache, budget=None):
        """The response unread; parsed all the same where it is cached, so that nothing broken is kept."""
        looked_at = Reader(read_ends) if request.decode is read_rows else Reader(request.decode)
        reader = Reader(request.decode, request.parse) if self._store_if(cache) else looked_at
        return self._recovering(request, cache, reader, budget).http

    def _recovering(self, request, cache, reader, budget):
        try:
            response = self._answer(self._http_request(request), cache, reader, budget=budget)
        except FinkError as error:
            if request.recover is None:
                raise
            return request.recover(error)
        return replace(response, meta=self._meta(response))

    def _http_request(self, request):
        url, alone = f"{self.server}/api/v1/{request.endpoint}", request.own_connection
        if request.payload is None:
            return HTTPRequest("GET", url, own_connection=alone)
        if request.get:
            return HTTPRequest("GET", f"{url}?{urlencode(request.payload)}", own_connection=alone)
        return HTTPRequest("POST", url, request.payload, alone)

    def _answer(self, http_request, cache, reader, *, budget=None, timeout=None):
        """The cached response while it is fresh, else a new one, which is cached if it holds anything."""
        store = self._store_if(cache)
        key = key_of(http_request.method, http_request.url, http_request.payload)
        entry = store.look(key) if store else None
        if entry and self._is_fresh(http_request, entry.time):
            cached = _cached(http_request, store, key, reader)
            if cached:
                return cached
        try:
            limits = self._limits(timeout)
            response = send(self._session, http_request, reader, limits, budget=budget, clock=self._clock)
        except (FinkServiceError, FinkTimeoutError) as error:
            stale = self._stale(http_request, store, reader, error) if entry else None
            if stale is None:
                raise
            return stale
        if store and response.size:
            http = response.http
            content_type = http.headers.get("Content-Type", "")
            store.write(key, http_request.url, http.status_code, content_type, http.content, response.time)
        return response

    def _stale(self, http_request, store, reader, error):
        """The cached response of any age in place of an error, where the user allows that."""
        if not conf.stale_if_error:
            return None
        cached = _cached(
            http_request, store, key_of(http_request.method, http_request.url, http_request.payload), reader
        )
        age = (self._clock.time() - cached.time) / 3600 if cached else -1
        if age < 0:
            return None
        message = f"Fink failed; this response is {age:.1f} hours old and may be out of date. {error}"
        warn(message, StaleResponseWarning)
        return cached

    def _stale_answer(self, request, cache, error):
        """The parsed response that is cached for a request, of any age, or None."""
        store = self._store_if(cache)
        reader = Reader(request.decode, request.parse)
        response = self._stale(self._http_request(request), store, reader, error) if store else None
        return response and replace(response, meta=self._meta(response))

    def _is_fresh(self, http_request, stored):
        """A response from the future was cached by a clock that was wrong."""
        until = expires(http_request.endpoint, http_request.payload, stored, self._survey)
        return stored <= self._clock.time() < until

    def _is_cached(self, request, cache, *, stale=False):
        """Whether there is a cached response, fresh or, with ``stale``, of any age."""
        store = self._store_if(cache)
        http_request = self._http_request(request)
        entry = store and store.look(key_of(http_request.method, http_request.url, http_request.payload))
        return bool(entry) and (stale or self._is_fresh(http_request, entry.time))

    def _meta(self, response):
        """Where a Table comes from, in values that every table format can hold."""
        payload = response.request.payload or {}
        return {
            **self._origin(response.request.endpoint),
            "payload": json.dumps(payload),
            "queried": Time(response.time, format="unix").isot,
            "cached": response.cached,
            "rounded": payload.get("output-format") == "json",  # to 10 decimals, by the server
        }

    def _origin(self, endpoint):
        return {"survey": self.survey, "server": self.server, "endpoint": endpoint}


def _address(url, argument):
    """An address of the web, without a slash at its end."""
    example = "such as https://api.ztf.fink-portal.org"
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        named = parts.hostname and parts.port != 0
    except ValueError:
        named = False
    if not named or parts.scheme not in ("http", "https") or not url.isprintable() or " " in url:
        raise FinkQueryError(f"{argument}={_masked(url)!r} is no address {example}.")
    if "@" in parts.netloc:
        plain = url.replace(parts.netloc, parts.netloc.rpartition("@")[2], 1)
        raise FinkQueryError(f"{argument} holds a user name, which Fink does not need: give {plain!r}.")
    return url.rstrip("/")


def _masked(url):
    """Without what may be a password."""
    return f"…@{url.rpartition('@')[2]}" if isinstance(url, str) and "@" in url else url


def _trusted(url, argument):
    """An address that needs no user's word: https, or this machine."""
    host = urlsplit(_address(url, argument)).hostname
    if not url.startswith("https:") and not is_loopback(host):
        raise FinkQueryError(f"{argument}={url!r} is not https; FinkClass(server=...) takes http, too.")
    return url.rstrip("/")


def _seconds(timeout):
    try:
        seconds = u.Quantity(timeout, u.s).value
    except (TypeError, ValueError, u.UnitConversionError):
        seconds = -1
    if not (np.ndim(seconds) == 0 and 0 < seconds <= LONGEST):
        limits = f"more than 0 and at most {LONGEST:,}"
        raise FinkQueryError(f"timeout={shown(timeout)} is no time to wait: give seconds, {limits}.")
    return float(seconds)


def _cached(http_request, store, key, reader):
    """The cached response of any age, or None where there is none that can be parsed."""
    entry, body = store.read(key)
    if entry is None:
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
    return Response(http_request, response, content, size, entry.time, cached=True)
