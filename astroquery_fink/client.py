# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What every question needs: address, session, cache, and one way to send."""

import json
import time
from pathlib import Path

import astropy.units as u
import numpy as np
import requests
from astropy.config import paths
from astropy.time import Time
from astroquery import cache_conf
from astroquery.query import BaseQuery

from .cache import Store, key_of
from .config import conf
from .exceptions import FinkQueryError, FinkServiceError
from .surveys import SURVEYS
from .transport import Question, Reply, exchange
from .wire import read_rows, server_words

__all__ = ["Client"]


class Client(BaseQuery):
    """A client of one survey's service; see `astroquery_fink.FinkClass`."""

    def __init__(self, *, survey="ztf", server=None, timeout=None):
        super().__init__()
        if survey not in SURVEYS:
            raise FinkQueryError(f"survey={survey!r} is unknown: {', '.join(SURVEYS)}.")
        self._session.hooks["response"].clear()  # BaseQuery's would decode each body as text, to log it
        self._survey = SURVEYS[survey]
        self._server = server
        self._timeout = None if timeout is None else _seconds(timeout)

    @property
    def server(self):
        """str : The address that is asked, without ``/api/v1``."""
        return self._server or getattr(conf, self._survey.setting)

    @property
    def survey(self):
        """str : The survey that is asked for."""
        return self._survey.name

    def __repr__(self):
        return f"<{type(self).__name__} survey={self.survey!r} server={self.server!r}>"

    def clear_cache(self):
        """Remove all replies that were kept."""
        self._store().clear()

    def _store(self):
        """Unlike ``cache_location``, this makes no folder until there is something to keep."""
        return Store(self._cache_location or Path(paths.get_cache_dir(), "astroquery", self.name))

    def _timeouts(self):
        return conf.connect_timeout, conf.timeout if self._timeout is None else self._timeout

    def _send(self, endpoint, payload=None, *, cache=None, read=read_rows):
        """Ask, unless a good reply was kept; keep the reply if it can be read and says something."""
        question = Question(self.server, endpoint, payload)
        store = self._store() if (cache_conf.cache_active if cache is None else cache) else None
        key = key_of(question.method, question.url, payload)
        if store:
            kept = _kept(*store.read(key, cache_conf.cache_timeout), read)
            if kept:
                return kept
        response = exchange(self._session, question, self._timeouts())
        reply = Reply(response, _read(question, response, read), time.time())
        if store and len(reply.content):
            content_type = response.headers.get("Content-Type", "")
            store.write(key, question.url, response.status_code, content_type, response.content)
        return reply

    def _send_table(self, endpoint, payload, *, cache=None):
        """The same for a table: where the server breaks on Parquet, it is asked once more, for JSON."""
        try:
            return self._send(endpoint, payload, cache=cache)
        except FinkServiceError as error:
            if error.status != 500 or payload["output-format"] != "parquet":
                raise
        return self._send(endpoint, payload | {"output-format": "json"}, cache=cache)

    def _meta(self, endpoint, asked, reply):
        """Where a Table comes from, in values that every table format can hold."""
        return {
            "survey": self.survey,
            "server": self.server,
            "endpoint": endpoint,
            "payload": json.dumps(asked),
            "queried": Time(reply.time, format="unix").isot,
            "cached": reply.cached,
        }


def _seconds(timeout):
    try:
        seconds = u.Quantity(timeout, u.s).value
    except (TypeError, u.UnitConversionError):
        seconds = -1
    if not (np.ndim(seconds) == 0 and seconds > 0):
        raise FinkQueryError(f"timeout={timeout!r} is no time to wait: give seconds, or a Quantity.")
    return float(seconds)


def _read(question, response, read):
    try:
        return read(response.content)
    except ValueError as error:
        began = response.content[:40]
        what = f"Fink's reply is {error}; it begins with {began!r}"
        raise question.error(
            FinkServiceError, what, status=response.status_code, reason=server_words(response.content)
        ) from error


def _kept(entry, body, read):
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
    return Reply(response, content, entry.time, cached=True)
