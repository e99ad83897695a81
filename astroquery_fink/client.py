# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What every question needs: address, session, cache, and one way to send."""

import ipaddress
import json
from pathlib import Path
from urllib.parse import urlsplit

import astropy.units as u
import numpy as np
import requests
from astropy.config import paths
from astropy.time import Time
from astroquery import cache_conf
from astroquery.query import BaseQuery

from .arguments import path_of, truth
from .cache import Store, key_of
from .config import conf
from .exceptions import FinkQueryError, FinkServiceError, FinkTimeoutError, StaleReplyWarning
from .exchange import Limits
from .freshness import fresh_until
from .surveys import SURVEYS
from .transport import Budget, Pace, Question, Reply, ask
from .warn import warn
from .wire import read_bytes, read_ends, read_rows

__all__ = ["Client"]


class Client(BaseQuery):
    """A client of one survey's service; see `astroquery_fink.FinkClass`."""

    _pace = Pace()

    def __init__(self, *, survey="ztf", server=None, timeout=None):
        super().__init__()
        if not isinstance(survey, str) or survey not in SURVEYS:
            raise FinkQueryError(f"survey={survey!r} is unknown: {', '.join(SURVEYS)}.")
        self._session.hooks["response"].clear()  # BaseQuery's would decode each body as text, to log it
        self._survey = SURVEYS[survey]
        self._server = None if server is None else _address(server, "server")
        self._timeout = None if timeout is None else _seconds(timeout)

    @property
    def server(self):
        """str : The address that is asked, without ``/api/v1``."""
        return self._server or _trusted(getattr(conf, self._survey.setting), f"conf.{self._survey.setting}")

    @property
    def survey(self):
        """str : The survey that is asked for."""
        return self._survey.name

    def __repr__(self):
        return f"<{type(self).__name__} survey={self.survey!r} server={self.server!r}>"

    def clear_cache(self):
        """Remove all replies that were kept."""
        self._store().clear()

    @property
    def cache_location(self):
        """`~pathlib.Path` : The folder of replies that are kept; it is made when it is looked at."""
        folder = self._folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    @cache_location.setter
    def cache_location(self, location):
        self._cache_location = path_of(location, "cache_location", look=False)

    def _folder(self):
        return self._cache_location or Path(paths.get_cache_dir(), "astroquery", self.name)

    def _store(self):
        return Store(self._folder(), conf.cache_size)

    def _store_if(self, cache):
        active = cache_conf.cache_active if cache is None else truth(cache, "cache")
        return self._store() if active else None

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
        return self._answer(Question(method, prepared.url, json), cache, read_bytes, timeout=timeout).response

    def _budget(self, requests):
        """As many further tries as there are requests, so that an outage at most doubles the load."""
        return Budget(min(conf.batch_retries, max(requests, conf.attempts)))

    def _send(self, endpoint, payload=None, *, cache=None, read=read_rows, budget=None):
        """Ask one endpoint of this client's server."""
        return self._answer(self._question(endpoint, payload), cache, read, budget=budget)

    def _response(self, endpoint, payload, cache):
        """The reply unread."""
        return self._send(endpoint, payload, cache=cache, read=self._reader(cache)).response

    def _reader(self, cache):
        """Of replies that are given on unread: the ends will do, unless it is kept and must be whole."""
        return read_rows if self._store_if(cache) else read_ends

    def _question(self, endpoint, payload=None):
        method = "GET" if payload is None else "POST"
        return Question(method, f"{self.server}/api/v1/{endpoint}", payload)

    def _answer(self, question, cache, read, *, budget=None, timeout=None):
        """The reply that was kept while it is good, else a new one; it is kept if it says something."""
        store = self._store_if(cache)
        key = key_of(question.method, question.url, question.payload)
        kept = _kept(question, *store.read(key), read) if store else None
        if kept and self._is_fresh(question, kept.time):
            return kept
        try:
            limits = self._limits(timeout)
            reply = ask(self._session, question, read, limits, budget=budget, pace=self._pace)
        except (FinkServiceError, FinkTimeoutError) as error:
            age = (self._pace.time() - kept.time) / 3600 if kept else -1
            if age < 0 or not conf.stale_if_error:
                raise
            message = f"Fink failed; this reply is {age:.1f} hours old and may be out of date. {error}"
            warn(message, StaleReplyWarning)
            return kept
        if store and len(reply.content):
            response = reply.response
            content_type = response.headers.get("Content-Type", "")
            store.write(key, question.url, response.status_code, content_type, response.content, reply.time)
        return reply

    def _is_fresh(self, question, stored):
        """A reply from the future was kept by a clock that was wrong."""
        until = fresh_until(question.endpoint, question.payload, stored, self._survey)
        return stored <= self._pace.time() < until

    def _is_kept(self, endpoint, payload, cache):
        """Whether a question needs no sending."""
        store = self._store_if(cache)
        question = self._question(endpoint, payload)
        entry = store and store.look(key_of(question.method, question.url, payload))
        return bool(entry) and self._is_fresh(question, entry.time)

    def _meta(self, reply):
        """Where a Table comes from, in values that every table format can hold."""
        payload = json.dumps(reply.question.payload or {})
        came = {"queried": Time(reply.time, format="unix").isot, "cached": reply.cached}
        return {**self._origin(reply.question.endpoint), "payload": payload, **came}

    def _signed(self, table, reply):
        """The same Table, which says where it comes from."""
        table.meta.update(self._meta(reply))
        return table

    def _origin(self, endpoint):
        return {"survey": self.survey, "server": self.server, "endpoint": endpoint}


def _address(url, argument):
    """An address of the web, without a slash at its end."""
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FinkQueryError(f"{argument}={url!r} is no address such as https://api.ztf.fink-portal.org.")
    return url.rstrip("/")


def _trusted(url, argument):
    """An address that needs no user's word: https, or this machine."""
    host = urlsplit(_address(url, argument)).hostname
    if not url.startswith("https:") and not _is_loopback(host):
        raise FinkQueryError(f"{argument}={url!r} is not https; FinkClass(server=...) takes http, too.")
    return url.rstrip("/")


def _is_loopback(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _seconds(timeout):
    try:
        seconds = u.Quantity(timeout, u.s).value
    except (TypeError, u.UnitConversionError):
        seconds = -1
    if not (np.ndim(seconds) == 0 and seconds > 0):
        raise FinkQueryError(f"timeout={timeout!r} is no time to wait: give seconds, or a Quantity.")
    return float(seconds)


def _kept(question, entry, body, read):
    """The reply of an entry, or None where there is none that can be read here."""
    if entry is None:
        return None
    try:
        content = read(body)
    except ValueError:
        return None
    response = requests.Response()
    response.status_code = entry.status
    response.url = entry.url
    response.headers["Content-Type"] = entry.content_type
    response._content = body
    return Reply(question, response, content, entry.time, cached=True)
