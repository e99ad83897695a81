# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""One HTTP request: its complete response, or a `Failure` that says how many attempts it is worth."""

import json
import ssl
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from math import inf
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import requests
from requests.utils import get_environ_proxies
from urllib3.exceptions import HTTPError, NewConnectionError, ReadTimeoutError

from ..exceptions import (
    FinkError,
    FinkQueryError,
    FinkServiceError,
    FinkTimeoutError,
)
from ..messages import described
from .certificates import unreadable_bundle, untrusted_certificate
from .clock import Clock
from .compression import decompressor
from .connections import (
    PIECE,
    is_loopback,
    new_adapter,
    time_limit,
)
from .server_messages import printable, server_message

__all__ = ["FAULT_TRIES", "Failure", "HTTPRequest", "Limits", "send_once", "unexpected_encoding"]

_REDIRECTS = 5
_ERROR_SIZE = 4096  # bytes of an error response that are read
_BAD_REQUEST = (400, 414, 415, 422)
_TRIES = {408: 3, 429: 3, 500: 2, 502: 3, 503: 3, 504: 3}  # attempts that a status is worth; else one
FAULT_TRIES = 3  # attempts that a fault of the network is worth


@dataclass(frozen=True)
class HTTPRequest:
    """An HTTP request; with ``own_connection`` it is sent on a new connection."""

    method: str
    url: str
    payload: dict[str, Any] | None = None
    own_connection: bool = False

    @property
    def endpoint(self) -> str:
        """The last part of the path."""
        return urlsplit(self.url).path.rpartition("/")[2]

    def as_json(self) -> "HTTPRequest":
        """The same request for JSON instead of Parquet; only one of them may fail."""
        payload = self.payload or {}
        if payload.get("output-format") != "parquet":
            return self
        return replace(self, payload=payload | {"output-format": "json"})

    def error(self, kind: type[FinkError], message: str, **details: Any) -> FinkError:
        """An error of this kind, with the endpoint and the arguments of the request in its message."""
        arguments = described(self.payload or {})
        where = f"{self.url} with {arguments}" if arguments else self.url
        return kind(
            f"{message} (request: {where})",
            endpoint=self.endpoint,
            url=self.url,
            payload=self.payload,
            **details,
        )

    def __str__(self) -> str:
        text = json.dumps(self.payload) if self.payload else ""
        return f"{self.method} {self.url} {text if len(text) <= 300 else text[:299] + '…'}".strip()


@dataclass(frozen=True)
class Limits:
    """The limits of one call.

    Parameters
    ----------
    connect, read : float
        Seconds to wait for a connection, and for the next bytes of a response.
    deadline : float
        Seconds for the whole call, with all attempts and waits.
    attempts : int
        Most attempts.
    longest_wait : float
        Most seconds to wait at the server's request.
    body_size : int
        Most bytes of a response, decompressed.
    hosts : tuple of str
        Other hosts to which the server may redirect.
    """

    connect: float
    read: float
    deadline: float
    attempts: int
    longest_wait: float
    body_size: int
    hosts: tuple[str, ...] = ()


@dataclass(eq=False)
class Failure(Exception):
    """The failure of one attempt.

    Parameters
    ----------
    kind : type
        The class of the error that is raised after the last attempt.
    message : str
    tries : int
        How many attempts this failure is worth.
    wait : float, optional
        Seconds to wait at the server's request.
    details : dict, optional
        Further attributes of the error.
    """

    kind: type[FinkError]
    message: str
    tries: int = 1
    wait: float | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.message = printable(self.message)
        if "reason" in self.details:
            self.details["reason"] = printable(self.details["reason"])


def unexpected_encoding(encoding: str) -> Failure:
    """The failure of a response with an unknown compression."""
    return Failure(
        FinkServiceError, f"the response has the Content-Encoding {encoding!r}, which was not requested"
    )


@dataclass(frozen=True)
class _Call:
    """One call: the request, the session, and the time at which it must end."""

    session: requests.Session
    request: HTTPRequest
    limits: Limits
    ends: float
    clock: Clock
    headers: Mapping[str, str]

    def response_timeout(self) -> Failure:
        """The failure of a response that did not arrive in time."""
        message = f"no response within {self.limits.read:g} s (conf.timeout)"
        return Failure(FinkTimeoutError, self._deadline_or(message), FAULT_TRIES)

    def connect_timeout(self) -> Failure:
        """The failure of a server that could not be reached in time."""
        message = f"no connection within {self.limits.connect:g} s (conf.connect_timeout)"
        return Failure(FinkTimeoutError, self._deadline_or(message), FAULT_TRIES)

    def _deadline_or(self, message: str) -> str:
        """The message, or that of the deadline if it has passed."""
        if self.clock.now() < self.ends:
            return message
        return f"no complete response within {self.limits.deadline:g} s (conf.deadline)"


def send_once(
    session: requests.Session,
    request: HTTPRequest,
    limits: Limits,
    *,
    ends: float,
    clock: Clock,
    headers: Mapping[str, str] | None = None,
    receive: Callable[[requests.Response], None] | None = None,
) -> requests.Response:
    """Send a request once and read the whole response, or raise `Failure`.

    ``ends``, on the clock of ``clock.now``, holds for the whole call. If ``receive`` is given, it reads the
    body of a response of status 200 or 206, and may take longer; else the body is kept in memory.
    """
    call = _Call(session, request, limits, ends, clock, headers or {})
    try:
        with time_limit(ends, clock.now), closing(_follow_redirects(call)) as response:
            if receive and response.status_code in (200, 206):
                with time_limit(inf, clock.now):
                    receive(response)
            elif response.status_code == 200:
                response._content = _read_body(response, limits)
            else:
                raise _error_status(response, clock)
            response._content_consumed = True
    except (requests.RequestException, HTTPError, OSError, zlib.error, EOFError) as error:
        raise _failure_of(error, call) from error
    return response


def _failure_of(error: Exception, call: _Call) -> Failure:
    """The failure that an error of requests, urllib3 or the network stands for."""
    root = _root_of(error)
    if isinstance(error, requests.ConnectTimeout):
        return call.connect_timeout()
    if isinstance(error, (requests.Timeout, ReadTimeoutError)) or isinstance(root, TimeoutError):
        return call.response_timeout()
    of_tls = isinstance(root, ssl.SSLError) or isinstance(error, requests.exceptions.SSLError)
    if of_tls and (unreadable := unreadable_bundle()):
        return Failure(FinkQueryError, unreadable)
    if isinstance(root, ssl.SSLCertVerificationError):
        of_proxy = isinstance(error, requests.exceptions.ProxyError)
        host = "the proxy" if of_proxy else str(urlsplit(call.request.url).hostname)
        return Failure(FinkServiceError, untrusted_certificate(root, host))
    reason = str(root) or type(root).__name__
    if isinstance(error, ValueError) and not isinstance(error, requests.exceptions.InvalidHeader):
        return Failure(FinkQueryError, f"nothing could be sent: {reason}")
    message = f"the response was cut short or never arrived: {reason}"
    if isinstance(root, NewConnectionError):
        host = urlsplit(call.request.url).hostname
        cause = reason.partition(": ")[2] or reason
        message = f"no connection to {host}: {cause}; check the network and the proxy"
    return Failure(FinkServiceError, message, FAULT_TRIES, details={"reason": str(error)})


def _root_of(error: BaseException) -> BaseException:
    """The innermost of the errors that requests and urllib3 wrap into each other."""
    while True:
        candidates = (getattr(error, "reason", None), *reversed(error.args))
        inner = next((one for one in candidates if isinstance(one, Exception)), None)
        if inner is None:
            return error
        error = inner


def _follow_redirects(call: _Call) -> requests.Response:
    """Send the request, again if the server redirects to another of its addresses."""
    url = call.request.url
    for _ in range(_REDIRECTS):
        response = _send(call, url)
        if not response.is_redirect:
            return response
        with closing(response):
            url = _redirect_url(url, response, call.limits)
    raise Failure(FinkServiceError, f"the server redirects in a circle, last to {url}")


def _send(call: _Call, url: str) -> requests.Response:
    """Send as `requests.Session` does, whose own ``send`` would read the body of a redirect."""
    session, request = call.session, call.request
    headers = {"Accept-Encoding": "gzip", **call.headers}
    unprepared = requests.Request(
        request.method, url, json=request.payload, headers=headers, auth=_no_credentials
    )
    prepared = session.prepare_request(unprepared)
    proxies = {} if is_loopback(urlsplit(url).hostname) else get_environ_proxies(url)
    connect = max(min(call.limits.connect, call.ends - call.clock.now()), 0.001)
    adapter = new_adapter() if request.own_connection else session.get_adapter(url)
    return adapter.send(prepared, timeout=(connect, call.limits.read), proxies=proxies)


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Fink needs none; without this, requests would read ~/.netrc."""
    return request


def _redirect_url(url: str, response: requests.Response, limits: Limits) -> str:
    """The address to which a response redirects, if that is allowed."""
    location = response.headers["Location"]
    details = {"status": response.status_code, "reason": location}
    try:
        here, there = urlsplit(url), urlsplit(urljoin(url, location))
        known = there.port != 0 and there.hostname in (here.hostname, *limits.hosts)
    except ValueError as error:
        message = f"the server redirects to an invalid address: {location}"
        raise Failure(FinkServiceError, message, details=details) from error
    target = urlunsplit(there._replace(netloc=there.netloc.rpartition("@")[2]))
    if not known or there.scheme not in ("https", here.scheme):
        message = f"the server redirects to {target}, which is not in conf.allowed_hosts"
        raise Failure(FinkServiceError, message, details=details)
    return target


def _read_body(response: requests.Response, limits: Limits) -> bytes:
    """The whole body, decompressed."""
    pieces, left = [], limits.body_size
    for piece in _decompressed(response, left):
        pieces.append(piece)
        left -= len(piece)
        if left < 0:
            message = f"the response is longer than {limits.body_size:,} bytes (conf.max_body_size)"
            raise Failure(FinkServiceError, message, details={"status": response.status_code})
    return b"".join(pieces)


def _read_error(response: requests.Response) -> bytes:
    """The beginning of the body of an error response."""
    body = b""
    for piece in _decompressed(response, _ERROR_SIZE):
        body += piece
        if len(body) >= _ERROR_SIZE:
            break
    return body


def _decompressed(response: requests.Response, limit: int) -> Iterator[bytes]:
    """The body in pieces, of which the last may exceed the limit by one byte."""
    encoding = response.headers.get("Content-Encoding", "")
    body = decompressor(encoding)
    if body is None:
        raise unexpected_encoding(encoding)
    while received := response.raw.read1(PIECE, decode_content=False):
        piece = body.decompress(received, limit + 1)
        limit = max(limit - len(piece), 0)
        yield piece
    if not body.eof:
        raise EOFError("compressed response cut short")


def _error_status(response: requests.Response, clock: Clock) -> Failure:
    """The failure of a response with an error status."""
    status, reason = response.status_code, server_message(_read_error(response))
    return Failure(
        FinkQueryError if status in _BAD_REQUEST else FinkServiceError,
        f"Fink responded with {status}: {reason}",
        tries=_TRIES.get(status, 1),
        wait=_seconds_to_wait(response.headers.get("Retry-After", "").strip(), clock),
        details={"status": status, "reason": reason},
    )


def _seconds_to_wait(retry_after: str, clock: Clock) -> float | None:
    """Seconds from a Retry-After header of seconds or a date; None if invalid."""
    if retry_after.isascii() and retry_after.isdecimal():
        return float(retry_after)
    try:
        return max(parsedate_to_datetime(retry_after).timestamp() - clock.time(), 0.0)
    except (ValueError, OverflowError, OSError):
        return None
