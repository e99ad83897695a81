# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""One question, asked until there is a good reply or no sense in asking on."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from random import random
from time import monotonic, sleep, time
from typing import Any
from urllib.parse import urlsplit

import requests
from astroquery import log

from ..exceptions import FinkServiceError
from .request import Failure, send_once
from .server_messages import server_message

__all__ = ["Budget", "Clock", "HTTPRequest", "Reader", "Response", "send", "with_retries"]

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 20.0
_RETRY_AS_JSON = (200, 500)


@dataclass(frozen=True)
class HTTPRequest:
    """What is asked of one endpoint.

    Parameters
    ----------
    method, url : str
    payload : dict, optional
        The JSON that is sent.
    own_connection : bool, optional
        Send it on a connection of its own, since its response does not tell what it belongs to.
    """

    method: str
    url: str
    payload: dict | None = None
    own_connection: bool = False

    @property
    def endpoint(self):
        """str : The last part of the address."""
        return urlsplit(self.url).path.rpartition("/")[2]

    def plainer(self):
        """The same question in JSON, where it was in Parquet: a server may break on one of them alone."""
        if (self.payload or {}).get("output-format") != "parquet":
            return self
        return replace(self, payload=self.payload | {"output-format": "json"})

    def error(self, kind, what, **about):
        """An error of this kind that says what happened and what was asked."""
        return kind(f"{what} (asked: {self})", endpoint=self.endpoint, url=self.url, **about)

    def __str__(self):
        text = json.dumps(self.payload) if self.payload else ""
        return f"{self.method} {self.url} {text if len(text) <= 300 else text[:299] + '…'}".strip()


@dataclass(frozen=True)
class Response:
    """A good reply.

    Parameters
    ----------
    question : `Question`
        As it was answered.
    http : `requests.Response`
    content : object
        What the reader made of the body.
    size : int
        Length of what the body holds; 0 where the server found nothing.
    time : float
        When the server sent it, in seconds since 1970.
    cached : bool
        Whether it was kept from an earlier call.
    meta : dict
        Where it comes from, for the ``meta`` of a Table.
    """

    request: HTTPRequest
    http: requests.Response
    content: Any
    size: int
    time: float
    cached: bool = False
    meta: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Reader:
    """Bytes of a body -> what the user gets of it, and the length of what it holds.

    Parameters
    ----------
    decode : callable
        Bytes -> values with a length; raises `ValueError` where they cannot be read.
    parse : callable, optional
        Values -> what the user gets; raises `ValueError` where they are not what was asked for.
    """

    decode: Callable
    parse: Callable | None = None

    def __call__(self, body):
        decoded = self.decode(body)
        return self.parse(decoded) if self.parse else decoded, len(decoded)


@dataclass(frozen=True)
class Clock:
    """Clocks, sleep and chance, in one place so that tests can replace them.

    Parameters
    ----------
    now : callable
        A clock that only goes forward, in seconds.
    time : callable
        Seconds since 1970.
    sleep : callable
    random : callable
        A number between 0 and 1.
    """

    now: Callable = monotonic
    time: Callable = time
    sleep: Callable = sleep
    random: Callable = random


class Budget:
    """Further tries that the requests of one batch share, so that an outage does not multiply them.

    Parameters
    ----------
    tries : int
    """

    def __init__(self, tries):
        self._left = tries
        self._lock = threading.Lock()

    def take(self):
        """Take one, if there is one left.

        Returns
        -------
        taken : bool
        """
        with self._lock:
            self._left -= 1
            return self._left >= 0


def send(session, request, read, limits, *, budget=None, clock=None):
    """Ask, and ask again where that may help.

    Parameters
    ----------
    session : `requests.Session`
    question : `Question`
    read : `Reader`
    limits : `~astroquery_fink.http.request.Limits`
    budget : `Budget`, optional
        None: only ``limits`` count.
    clock : `Clock`, optional

    Returns
    -------
    reply : `Reply`

    Raises
    ------
    FinkQueryError
        The server says that the question is wrong.
    FinkServiceError
        It fails, cannot be reached, or sends what is no answer.
    FinkTimeoutError
        It does not answer in time.
    """
    clock = clock or Clock()
    ends = clock.now() + limits.deadline
    attempt = partial(_attempt, session, read=read, limits=limits, ends=ends, clock=clock)
    return with_retries(request, attempt, limits, ends=ends, budget=budget, clock=clock)


def with_retries(request, attempt, limits, *, ends, clock, budget=None):
    """Try, and try again where that may help.

    Parameters
    ----------
    question : `Question`
    attempt : callable
        Takes a question; returns what came, or raises `~astroquery_fink.http.request.Failure`.
    limits : `~astroquery_fink.http.request.Limits`
    ends : float
        When the call must be over, on the clock of ``clock.now``.
    clock : `Clock`
    budget : `Budget`, optional

    Returns
    -------
    result : object
        Of the attempt that did not fail.

    Raises
    ------
    FinkQueryError, FinkServiceError, FinkTimeoutError
        Of the last failure.
    """
    tried = 0
    while True:
        tried += 1
        try:
            return attempt(request)
        except Failure as failure:
            again = request.plainer() if failure.about.get("status") in _RETRY_AS_JSON else request
            wait = _wait(failure, tried, clock) if again is request else 0.0
            tries = min(failure.tries, limits.attempts)
            stop = _reason_to_stop(tried, tries, wait, limits, ends - clock.now(), budget)
            if stop is not None:
                raise request.error(failure.kind, failure.what + stop, **failure.about) from failure.__cause__
            how = f"waiting {wait:.1f} s" if again is request else "asking for JSON instead of Parquet"
            log.info(f"{failure.what}; {how}, attempt {tried + 1} of {tries}")
            clock.sleep(wait)
            request = again


def _attempt(session, request, *, read, limits, ends, clock):
    log.debug(f"asking {request}")
    began = clock.now()
    response = send_once(session, request, limits, ends=ends, clock=clock)
    body = response.content
    log.debug(f"{request.url} answered {len(body):,} bytes in {clock.now() - began:.2f} s")
    try:
        return Response(request, response, *read(body), clock.time())
    except ValueError as error:
        session.close()  # what came may belong to another request over the same connection
        what = f"Fink's reply is {error}; it begins with {body[:40]!r}"
        about = {"status": response.status_code, "reason": server_message(body)}
        raise Failure(FinkServiceError, what, tries=2, about=about) from error


def _wait(failure, attempt, clock):
    """What the server asked for, else a random part of a time that doubles ("full jitter")."""
    if failure.wait is not None:
        return failure.wait
    return clock.random() * min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (attempt - 1))


def _reason_to_stop(attempt, tries, wait, limits, seconds_left, budget):
    """What to add to the error, or None where another try is worth it."""
    if attempt >= tries:
        return f"; tried {attempt} times" if attempt > 1 else ""
    if wait > limits.longest_wait:
        return f"; it asks to wait {wait:.7g} s, longer than {limits.longest_wait:g} s (conf.longest_wait)"
    if wait > seconds_left:
        return f"; no time is left of {limits.deadline:g} s (conf.deadline)"
    if budget and not budget.take():
        return "; this batch has used up its further tries (conf.batch_retries)"
    return None
