# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""One request and its whole reply, or a `Failure` that tells whether another try is worth it."""

import zlib
from contextlib import closing
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from .exceptions import FinkQueryError, FinkServiceError, FinkTimeoutError
from .wire import server_words

__all__ = ["FAULT_TRIES", "PIECE", "Failure", "Limits", "exchange"]

_REDIRECTS = 5
PIECE = 65536
_BAD_QUESTION = (400, 414, 415, 422)
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


def exchange(session, question, limits, *, ends, pace, headers=None, receive=None):
    """Ask once, and read the whole reply.

    Parameters
    ----------
    session : `requests.Session`
    question : `~astroquery_fink.transport.Question`
    limits : `Limits`
    ends : float
        When the call must be over, on the clock of ``pace.now``.
    pace : `~astroquery_fink.transport.Pace`
    headers : dict, optional
        What to send besides, or otherwise.
    receive : callable, optional
        Takes a good response, of status 200 or 206, and reads its body; None: the body is kept in memory.

    Returns
    -------
    response : `requests.Response`
        With status 200, its body read, unpacked and whole as far as HTTP can tell.

    Raises
    ------
    Failure
    """
    good = (200, 206) if receive else (200,)
    try:
        with closing(_follow(session, question, limits, ends, pace, headers or {})) as response:
            if receive and response.status_code in good:
                receive(response)
            else:
                response._content = _read_body(response, limits, ends, pace)
            response._content_consumed = True
    except requests.ConnectTimeout as error:
        what = f"no connection within {limits.connect:g} s (conf.connect_timeout)"
        raise Failure(FinkTimeoutError, what, FAULT_TRIES) from error
    except (requests.Timeout, ReadTimeoutError, TimeoutError) as error:
        raise Failure(FinkTimeoutError, _too_late(limits, ends, pace), FAULT_TRIES) from error
    except (requests.RequestException, HTTPError, OSError, zlib.error, EOFError) as error:
        what = f"the reply was cut or never came: {_root_of(error)}"
        raise Failure(FinkServiceError, what, FAULT_TRIES, about={"reason": str(error)}) from error
    if response.status_code not in good:
        raise _refusal(response, pace)
    return response


def _too_late(limits, ends, pace):
    if pace.now() >= ends:
        return f"no complete answer within {limits.deadline:g} s (conf.deadline)"
    return f"no answer within {limits.read:g} s (conf.timeout)"


def _root_of(error):
    """The innermost words of the errors that requests and urllib3 wrap into each other."""
    while True:
        inner = getattr(error, "reason", None) or next(iter(error.args), None)
        if not isinstance(inner, Exception):
            return str(error) or type(error).__name__
        error = inner


def _follow(session, question, limits, ends, pace, headers):
    """Send the question, again where the server points to itself under another address."""
    url = question.url
    for _ in range(_REDIRECTS):
        seconds = max(min(limits.read, ends - pace.now()), 0.001)
        response = _send(session, question, url, (limits.connect, seconds), headers)
        if not response.is_redirect:
            return response
        with closing(response):
            url = _target(url, response, limits)
    raise Failure(FinkServiceError, f"the server redirects in a circle, last to {url}")


def _send(session, question, url, timeout, headers):
    """One request, as `requests.Session` makes it; its own ``send`` would read the body of a redirect."""
    headers = {"Accept-Encoding": "gzip"} | headers
    request = requests.Request(
        question.method, url, json=question.payload, headers=headers, auth=_no_credentials
    )
    prepared = session.prepare_request(request)
    settings = session.merge_environment_settings(url, {}, True, None, None)
    return session.get_adapter(url).send(prepared, timeout=timeout, **settings)


def _no_credentials(request):
    """Fink needs none; without this, requests would look into ~/.netrc."""
    return request


def _target(url, response, limits):
    location = response.headers["Location"]
    about = {"status": response.status_code, "reason": location}
    try:
        target = urljoin(url, location)
        here, there = urlsplit(url), urlsplit(target)
        known = there.hostname in (here.hostname, *limits.hosts)
    except ValueError as error:
        raise Failure(
            FinkServiceError, f"the server redirects to nonsense: {location}", about=about
        ) from error
    if not known or there.scheme not in ("https", here.scheme):
        what = f"the server redirects to {target}, which is not in conf.allowed_hosts"
        raise Failure(FinkServiceError, what, about=about)
    return target


def _read_body(response, limits, ends, pace):
    """All bytes, unpacked; what HTTP or gzip can tell to be cut is an error."""
    unpack = _unpacker(response.headers.get("Content-Encoding", "").lower())
    pieces, room = [], limits.body_size
    while piece := response.raw.read1(PIECE, decode_content=False):
        pieces.append(unpack.decompress(piece, room + 1))
        if unpack.unused_data:
            raise EOFError("bytes after the end of a compressed reply")
        room -= len(pieces[-1])
        if room < 0:
            what = f"the reply is longer than {limits.body_size:,} bytes (conf.max_body_size)"
            raise Failure(FinkServiceError, what, about={"status": response.status_code})
        if pace.now() > ends:
            raise Failure(
                FinkTimeoutError, f"no complete answer within {limits.deadline:g} s (conf.deadline)"
            )
    if not unpack.eof:
        raise EOFError("compressed reply cut short")
    return b"".join(pieces)


class _Plain:
    """Has the face of a decompressor, for what is not compressed."""

    eof = True
    unused_data = b""

    def decompress(self, piece, room):
        return piece


def _unpacker(encoding):
    if encoding in ("", "identity"):
        return _Plain()
    if encoding in ("gzip", "x-gzip", "deflate"):
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    raise Failure(FinkServiceError, f"the reply is packed as {encoding!r}, which was not asked for")


def _refusal(response, pace):
    status, words = response.status_code, server_words(response.content)
    return Failure(
        FinkQueryError if status in _BAD_QUESTION else FinkServiceError,
        f"Fink answered {status}: {words}",
        tries=_TRIES.get(status, 1),
        wait=_asked_wait(response.headers.get("Retry-After", "").strip(), pace),
        about={"status": status, "reason": words},
    )


def _asked_wait(text, pace):
    """Seconds of a Retry-After, which holds seconds or a date; None for anything else."""
    if text.isdecimal():
        return float(text)
    try:
        return max(parsedate_to_datetime(text).timestamp() - pace.time(), 0.0)
    except (ValueError, OverflowError):
        return None
