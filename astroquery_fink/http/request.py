# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""One request and its whole reply, or a `Failure` that tells whether another try is worth it."""

import ssl
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from math import inf
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import requests
from requests.utils import get_environ_proxies
from urllib3.exceptions import HTTPError, ReadTimeoutError

from ..exceptions import FinkQueryError, FinkServiceError, FinkTimeoutError
from .certificates import unreadable_bundle, untrusted_certificate
from .compression import decompressor
from .connections import (
    PIECE,
    is_loopback,
    new_adapter,
    time_limit,
)
from .server_messages import printable, server_message

__all__ = ["FAULT_TRIES", "Failure", "Limits", "send_once"]

_REDIRECTS = 5
_ENOUGH_OF_AN_ERROR = 4096  # bytes
_BAD_REQUEST = (400, 414, 415, 422)
# How many tries a status is worth; one, where it is not named.
_TRIES = {408: 3, 429: 3, 500: 2, 502: 3, 503: 3, 504: 3}
FAULT_TRIES = 3


@dataclass(frozen=True)
class Limits:
    """What one call may take.

    Parameters
    ----------
    connect, read : float
        Seconds for the connection, and for the next bytes of a reply.
    deadline : float
        Seconds for all of it, tries and waits included.
    attempts : int
        Most tries.
    longest_wait : float
        Seconds that a server may ask us to wait.
    body_size : int
        Bytes of a reply, unpacked.
    hosts : tuple of str
        Where a server may redirect to, beside itself.
    """

    connect: float
    read: float
    deadline: float
    attempts: int
    longest_wait: float
    body_size: int
    hosts: tuple = ()


@dataclass(eq=False)
class Failure(Exception):
    """What went wrong in one exchange.

    Parameters
    ----------
    kind : type
        Of the error that the user gets, should it come to that.
    what : str
        In words.
    tries : int
        How many tries such a failure is worth.
    wait : float, optional
        Seconds that the server asks us to wait.
    about : dict, optional
        Further attributes of the error.
    """

    kind: type
    what: str
    tries: int = 1
    wait: float | None = None
    about: dict = field(default_factory=dict)

    def __post_init__(self):
        self.what = printable(self.what)
        if "reason" in self.about:
            self.about["reason"] = printable(self.about["reason"])


@dataclass(frozen=True)
class _Call:
    """One call: what is asked over which session, and what it may take.

    Parameters
    ----------
    session : `requests.Session`
    question : `~astroquery_fink.http.retry.Question`
    limits : `Limits`
    ends : float
        When it must be over, on the clock of ``clock.now``.
    clock : `~astroquery_fink.http.retry.Clock`
    headers : dict
    """

    session: requests.Session
    request: Any
    limits: Limits
    ends: float
    clock: Any
    headers: dict

    def too_late(self) -> Failure:
        """The failure of a response that did not come in time."""
        what = f"no answer within {self.limits.read:g} s (conf.timeout)"
        return Failure(FinkTimeoutError, self._deadline_or(what), FAULT_TRIES)

    def not_connected(self) -> Failure:
        """The failure of a server that could not be reached in time."""
        what = f"no connection within {self.limits.connect:g} s (conf.connect_timeout)"
        return Failure(FinkTimeoutError, self._deadline_or(what), FAULT_TRIES)

    def _deadline_or(self, what: str) -> str:
        if self.clock.now() < self.ends:
            return what
        return f"no complete answer within {self.limits.deadline:g} s (conf.deadline)"


def send_once(
    session: requests.Session,
    request: Any,
    limits: Limits,
    *,
    ends: float,
    clock: Any,
    headers: dict | None = None,
    receive: Callable | None = None,
) -> requests.Response:
    """Ask once, and read the whole reply.

    Parameters
    ----------
    session : `requests.Session`
    question : `~astroquery_fink.http.retry.Question`
    limits : `Limits`
    ends : float
        When the call must be over, on the clock of ``clock.now``.
    clock : `~astroquery_fink.http.retry.Clock`
    headers : dict, optional
        What to send besides, or otherwise.
    receive : callable, optional
        Takes a good response, of status 200 or 206, and reads its body, for which ``ends`` does not count;
        None: the body is kept in memory.

    Returns
    -------
    response : `requests.Response`
        Its body read, unpacked and whole as far as HTTP can tell.

    Raises
    ------
    Failure
    """
    call = _Call(session, request, limits, ends, clock, headers or {})
    try:
        with time_limit(ends, clock.now), closing(_follow(call)) as response:
            if receive and response.status_code in (200, 206):
                with time_limit(inf, clock.now):
                    receive(response)
            elif response.status_code == 200:
                response._content = _read_body(response, limits)
            else:
                raise _refusal(response, clock)
            response._content_consumed = True
    except (requests.RequestException, HTTPError, OSError, zlib.error, EOFError) as error:
        raise _failure_of(error, call) from error
    return response


def _failure_of(error: Exception, call: _Call) -> Failure:
    """What an error of requests, urllib3 or the network means for the call."""
    root = _root_of(error)
    if isinstance(error, requests.ConnectTimeout):
        return call.not_connected()
    if isinstance(error, (requests.Timeout, ReadTimeoutError)) or isinstance(root, TimeoutError):
        return call.too_late()
    of_tls = isinstance(root, ssl.SSLError) or isinstance(error, requests.exceptions.SSLError)
    if of_tls and (unreadable := unreadable_bundle()):
        return Failure(FinkQueryError, unreadable)
    if isinstance(root, ssl.SSLCertVerificationError):
        of_proxy = isinstance(error, requests.exceptions.ProxyError)
        whose = "the proxy" if of_proxy else urlsplit(call.request.url).hostname
        return Failure(FinkServiceError, untrusted_certificate(root, whose))
    words = str(root) or type(root).__name__
    if isinstance(error, ValueError) and not isinstance(error, requests.exceptions.InvalidHeader):
        return Failure(FinkQueryError, f"nothing could be sent: {words}")
    what = f"the reply was cut or never came: {words}"
    return Failure(FinkServiceError, what, FAULT_TRIES, about={"reason": str(error)})


def _root_of(error: BaseException) -> BaseException:
    """The innermost of the errors that requests and urllib3 wrap into each other."""
    while True:
        candidates = (getattr(error, "reason", None), *reversed(error.args))
        inner = next((one for one in candidates if isinstance(one, Exception)), None)
        if inner is None:
            return error
        error = inner


def _follow(call: _Call) -> requests.Response:
    """Send the question, again where the server points to itself under another address."""
    url = call.request.url
    for _ in range(_REDIRECTS):
        response = _send(call, url)
        if not response.is_redirect:
            return response
        with closing(response):
            url = _target(url, response, call.limits)
    raise Failure(FinkServiceError, f"the server redirects in a circle, last to {url}")


def _send(call: _Call, url: str) -> requests.Response:
    """One request, as `requests.Session` makes it; its own ``send`` would read the body of a redirect."""
    session, request = call.session, call.request
    headers = {"Accept-Encoding": "gzip"} | call.headers
    unprepared = requests.Request(
        request.method, url, json=request.payload, headers=headers, auth=_no_credentials
    )
    prepared = session.prepare_request(unprepared)
    proxies = {} if is_loopback(urlsplit(url).hostname) else get_environ_proxies(url)
    connect = max(min(call.limits.connect, call.ends - call.clock.now()), 0.001)
    adapter = new_adapter() if request.own_connection else session.get_adapter(url)
    return adapter.send(prepared, timeout=(connect, call.limits.read), proxies=proxies)


def _no_credentials(request):
    """Fink needs none; without this, requests would look into ~/.netrc."""
    return request


def _target(url: str, response: requests.Response, limits: Limits) -> str:
    location = response.headers["Location"]
    about = {"status": response.status_code, "reason": location}
    try:
        here, there = urlsplit(url), urlsplit(urljoin(url, location))
        known = there.port != 0 and there.hostname in (here.hostname, *limits.hosts)
    except ValueError as error:
        raise Failure(
            FinkServiceError, f"the server redirects to nonsense: {location}", about=about
        ) from error
    target = urlunsplit(there._replace(netloc=there.netloc.rpartition("@")[2]))
    if not known or there.scheme not in ("https", here.scheme):
        what = f"the server redirects to {target}, which is not in conf.allowed_hosts"
        raise Failure(FinkServiceError, what, about=about)
    return target


def _read_body(response: requests.Response, limits: Limits) -> bytes:
    """All bytes, unpacked; what HTTP or gzip can tell to be cut is an error."""
    pieces, room = [], limits.body_size
    for piece in _unpacked(response, room):
        pieces.append(piece)
        room -= len(piece)
        if room < 0:
            what = f"the reply is longer than {limits.body_size:,} bytes (conf.max_body_size)"
            raise Failure(FinkServiceError, what, about={"status": response.status_code})
    return b"".join(pieces)


def _read_error(response: requests.Response) -> bytes:
    """As much of a body as is worth being read for its words."""
    body = b""
    for piece in _unpacked(response, _ENOUGH_OF_AN_ERROR):
        body += piece
        if len(body) >= _ENOUGH_OF_AN_ERROR:
            break
    return body


def _unpacked(response: requests.Response, room: int) -> Iterator[bytes]:
    """The body, piece by piece, each at most a byte longer than the room that is left."""
    encoding = response.headers.get("Content-Encoding", "")
    unpack = decompressor(encoding)
    if unpack is None:
        raise Failure(FinkServiceError, f"the reply is packed as {encoding!r}, which was not asked for")
    while packed := response.raw.read1(PIECE, decode_content=False):
        piece = unpack.decompress(packed, room + 1)
        room = max(room - len(piece), 0)
        yield piece
    if not unpack.eof:
        raise EOFError("compressed reply cut short")


def _refusal(response: requests.Response, clock: Any) -> Failure:
    status, words = response.status_code, server_message(_read_error(response))
    return Failure(
        FinkQueryError if status in _BAD_REQUEST else FinkServiceError,
        f"Fink answered {status}: {words}",
        tries=_TRIES.get(status, 1),
        wait=_asked_wait(response.headers.get("Retry-After", "").strip(), clock),
        about={"status": status, "reason": words},
    )


def _asked_wait(text: str, clock: Any) -> float | None:
    """Seconds of a Retry-After, which holds seconds or a date; None for anything else."""
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        return max(parsedate_to_datetime(text).timestamp() - clock.time(), 0.0)
    except (ValueError, OverflowError, OSError):
        return None
