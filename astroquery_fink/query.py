# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A query as data: the requests that are sent, how each response is read, and what the user gets.

From one definition come the answer, its ``_async`` twin and its payload::

    @query
    def query_anomalies(self, *, n=10, cache=None, get_query_payload=False):
        ...
        return Query([Request("anomaly", payload, parse=...)], finish=...)

    query_anomalies_async = raw(query_anomalies)
"""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import wraps
from inspect import unwrap
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

import requests

from .exceptions import FinkError
from .http.retry import Response
from .tables.decode import read_rows

__all__ = ["Query", "Request", "alone", "query", "raw", "table_of"]

T = TypeVar("T")
C = TypeVar("C")
P = ParamSpec("P")


def _as_decoded(decoded: Any) -> Any:
    return decoded


@dataclass(frozen=True)
class Request:
    """One request to an endpoint, and how its response is read.

    Parameters
    ----------
    endpoint : str
        Below ``/api/v1/``.
    payload : dict, optional
        Posted as JSON; None: the endpoint takes no arguments and is read with GET.
    decode : callable
        Bytes of the body -> what it holds, with a length; raises `ValueError` where it cannot be read. A
        response of length zero is not cached.
    parse : callable
        What was decoded -> what the user gets of this response, such as a Table; raises `ValueError` where
        that is not what was asked for. A response is cached only when it was parsed.
    get : bool
        Send the payload with GET, as arguments of the address.
    recover : callable, optional
        Takes the error of a request that failed; returns another response, or raises.
    own_connection : bool
        Send it on a connection of its own: nothing in its response tells what it belongs to, so that a
        surplus response on a connection that was used before could be taken for it.
    """

    endpoint: str
    payload: dict | None = None
    decode: Callable[[bytes], Any] = read_rows
    parse: Callable[[Any], Any] = _as_decoded
    get: bool = False
    recover: Callable[[FinkError], Response] | None = None
    own_connection: bool = False


def table_of(responses: list[Response]) -> Any:
    """The Table of the only response, which says where it comes from."""
    (response,) = responses
    response.content.meta.update(response.meta)
    return response.content


@dataclass(frozen=True)
class Query(Generic[T]):
    """All requests of a query, and what becomes of their responses.

    Parameters
    ----------
    requests : list of `Request`
        All of them, or the first where the responses decide what is sent next.
    finish : callable, optional
        Makes the answer of the responses, in the order of the requests; by default the Table of the only one.
    run : callable, optional
        Sends and answers in place of ``finish``, where the responses decide what is sent next.
    responses : callable, optional
        Gives the unread responses, one or a list, where it takes more than to send the requests.
    many : bool
        Whether payloads and responses are lists even where there is one.
    """

    requests: list[Request]
    finish: Callable[[list[Response]], T] = table_of
    run: Callable[[], T] | None = None
    responses: Callable[[], Any] | None = None
    many: bool = False

    def payload(self) -> Any:
        """What is sent: a dict, or a list of dicts."""
        return self._listed([request.payload for request in self.requests])

    def answer(self, send: Callable[[Request], Response]) -> T:
        """Send what there is to send, and make the answer."""
        return self.run() if self.run else self.finish([send(request) for request in self.requests])

    def unread(self, send: Callable[[Request], requests.Response]) -> Any:
        """The responses as the server sent them: one, or a list."""
        if self.responses:
            return self.responses()
        return self._listed([send(request) for request in self.requests])

    def _listed(self, items):
        return items if self.many else alone(items)


def query(build: Callable[Concatenate[C, P], Query[T]]) -> Callable[Concatenate[C, P], T]:
    """A method that answers the query that ``build`` makes; refused where the survey has no such method."""

    @wraps(build)
    def method(self, *args, **keywords):
        self._survey.check(build.__name__)
        _refuse_unknown(build, keywords)
        made = build(self, *args, **keywords)
        if keywords.get("get_query_payload"):
            return made.payload()
        return made.answer(lambda request: self._send(request, cache=keywords.get("cache")))

    build.__qualname__ = build.__name__  # Python's own messages name the method, not the class that has it
    return method


def raw(method: Callable[Concatenate[C, P], Any]) -> Callable[Concatenate[C, P], requests.Response]:
    """The ``_async`` twin of a method: the same arguments, but the response is returned unread.

    A list of responses, where the query takes several requests.
    """

    build = unwrap(method)

    @wraps(method)
    def twin(self, *args, **keywords):
        self._survey.check(method.__name__)
        _refuse_unknown(build, keywords)
        made = build(self, *args, **keywords)
        if keywords.get("get_query_payload"):
            return made.payload()
        return made.unread(lambda request: self._response(request, cache=keywords.get("cache")))

    twin.__name__ += "_async"
    twin.__qualname__ += "_async"
    twin.__annotations__ = {**method.__annotations__, "return": requests.Response}
    return twin


def _refuse_unknown(build: Callable, keywords: dict) -> None:
    """Python before 3.13 does not name the keyword that may be meant."""
    code = build.__code__
    known = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
    for name in keywords.keys() - set(known):
        nearest = get_close_matches(name, known, n=1, cutoff=0)[0]
        raise TypeError(f"{build.__name__}() has no argument {name!r}; the nearest: {nearest!r}.")


def alone(items: list) -> Any:
    """The only item of a list, or the list."""
    return items[0] if len(items) == 1 else items
