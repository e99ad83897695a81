# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Send a request, again after failures that another attempt may mend."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import requests
from astroquery import log

from ..exceptions import FinkServiceError
from .clock import Clock
from .request import (
    Failure,
    HTTPRequest,
    Limits,
    send_once,
)
from .server_messages import server_message

__all__ = ["Budget", "Reader", "Response", "send", "with_retries"]

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 20.0  # seconds
_RETRY_AS_JSON = (200, 500)

T = TypeVar("T")


@dataclass(frozen=True)
class Response:
    """A good response.

    Parameters
    ----------
    request : `~astroquery_fink.http.request.HTTPRequest`
        The request that succeeded, which may be for JSON instead of Parquet.
    http : `requests.Response`
    content : object
        The result of the `Reader`.
    size : int
        The length of the decoded body; 0 if the server found nothing.
    time : float
        When it was received, in seconds since 1970.
    cached : bool
        Whether it is from the cache.
    meta : dict
        Its origin, for the ``meta`` of a Table.
    """

    request: HTTPRequest
    http: requests.Response
    content: Any
    size: int
    time: float
    cached: bool = False
    meta: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reader:
    """Decodes and parses a body; both raise `ValueError` if the body is invalid."""

    decode: Callable[[bytes], Any]
    parse: Callable[[Any], Any] | None = None

    def __call__(self, body: bytes) -> tuple[Any, int]:
        """The content of a body, and its decoded length."""
        decoded = self.decode(body)
        return self.parse(decoded) if self.parse else decoded, len(decoded)


class Budget:
    """Number of retries that all requests of one query share."""

    def __init__(self, tries: int) -> None:
        self._left = tries
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Take one retry, if there is one left."""
        with self._lock:
            self._left -= 1
            return self._left >= 0


def send(
    session: requests.Session,
    request: HTTPRequest,
    reader: Reader,
    limits: Limits,
    *,
    budget: Budget | None = None,
    clock: Clock,
) -> Response:
    """Send a request and read the response, with retries."""
    ends = clock.now() + limits.deadline
    attempt = partial(_attempt, session, reader=reader, limits=limits, ends=ends, clock=clock)
    return with_retries(request, attempt, limits, ends=ends, budget=budget, clock=clock)


def with_retries(
    request: HTTPRequest,
    attempt: Callable[[HTTPRequest], T],
    limits: Limits,
    *,
    ends: float,
    clock: Clock,
    budget: Budget | None = None,
) -> T:
    """Call ``attempt`` until it succeeds or no retry is left; then raise its error.

    JSON instead of Parquet is requested once, whatever the limit of attempts and the budget.
    """
    attempts = 0
    while True:
        attempts += 1
        try:
            return attempt(request)
        except Failure as failure:
            retry = request.as_json() if failure.details.get("status") in _RETRY_AS_JSON else request
            same = retry is request
            wait = _seconds_to_wait(failure, attempts, clock) if same else 0.0
            tries = min(failure.tries, limits.attempts) if same else failure.tries
            left, shared = ends - clock.now(), budget if same else None
            stop = _reason_to_stop(attempts, tries, wait, limits, left=left, budget=shared)
            if stop is not None:
                message = failure.message + stop
                raise request.error(failure.kind, message, **failure.details) from failure.__cause__
            action = f"waiting {wait:.1f} s" if same else "requesting JSON instead of Parquet"
            report = log.info if same else log.debug  # most objects of Rubin need JSON
            report(f"{failure.message}; {action}, attempt {attempts + 1} of {tries}")
            clock.sleep(wait)
            request = retry


def _attempt(
    session: requests.Session,
    request: HTTPRequest,
    *,
    reader: Reader,
    limits: Limits,
    ends: float,
    clock: Clock,
) -> Response:
    """Send a request once, and read the response."""
    log.debug(f"sending {request}")
    began = clock.now()
    response = send_once(session, request, limits, ends=ends, clock=clock)
    body = response.content
    log.debug(f"{request.url} sent {len(body):,} bytes in {clock.now() - began:.2f} s")
    try:
        content, size = reader(body)
    except ValueError as error:
        session.close()  # the bytes may belong to another request over the same connection
        message = f"Fink's response cannot be used: {error}; it begins with {body[:40]!r}"
        details = {"status": response.status_code, "reason": server_message(body)}
        raise Failure(FinkServiceError, message, tries=2, details=details) from error
    return Response(request, response, content, size, clock.time())


def _seconds_to_wait(failure: Failure, attempts: int, clock: Clock) -> float:
    """The wait that the server wants, else a random, growing one ("full jitter")."""
    if failure.wait is not None:
        return failure.wait
    return clock.random() * min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (attempts - 1))


def _reason_to_stop(
    attempts: int, tries: int, wait: float, limits: Limits, *, left: float, budget: Budget | None
) -> str | None:
    """The end of the error message, or None if there is to be a retry; ``left`` is in seconds."""
    if attempts >= tries:
        return f"; tried {attempts} times" if attempts > 1 else ""
    if wait > limits.longest_wait:
        longest = f"{limits.longest_wait:g} s (conf.longest_wait)"
        return f"; the server demands a wait of {wait:.7g} s, longer than {longest}"
    if wait > left:
        return f"; the wait before a retry would exceed {limits.deadline:g} s (conf.deadline)"
    if budget and not budget.take():
        return "; this query has used up its retries (conf.batch_retries)"
    return None
