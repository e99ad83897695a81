# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A query as data: its requests, how each response is parsed, and how the result is made.

One definition gives the method, its ``_async`` twin and the payload::

    @query
    def query_anomalies(self, *, n=10, cache=None, get_query_payload=False):
        ...
        return Query([Request("anomaly", payload, parse=...)], finish=...)

    query_anomalies_async = raw(query_anomalies)
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from difflib import get_close_matches
from functools import wraps
from inspect import unwrap
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

from requests import Response as HTTPResponse

from .arguments.choices import did_you_mean
from .exceptions import FinkError
from .http.retry import Response
from .surveys import Survey
from .tables.decode import read_rows

__all__ = ["Query", "Request", "one_or_list", "query", "raw", "table_of"]


def _as_decoded(decoded: Any) -> Any:
    return decoded


@dataclass(frozen=True)
class Request:
    """One request to an endpoint, and how its response is read.

    Parameters
    ----------
    endpoint : str
        Below ``/api/v1/``, or below the server's address itself; see ``root``.
    payload : dict, optional
        Sent as JSON with POST. None: the endpoint has no arguments, and GET is used.
    decode : callable
        Makes values with a length from the bytes of the body; raises `ValueError` if they are invalid. A
        response of length zero is not cached.
    parse : callable
        Makes the content, such as a Table, from the decoded values; raises `ValueError` if they do not
        belong to the request. Only responses that can be parsed are cached.
    get : bool
        Send the payload with GET, as parameters of the address.
    recover : callable, optional
        Takes the error of a failed request; returns another response, or raises.
    own_connection : bool
        Send the request on a new connection. This is needed if the response does not show to which request
        it belongs: on a used connection, a surplus response to an earlier request could be taken for it.
    root : bool
        Whether the endpoint is below the server's address itself instead of ``/api/v1/``.
    """

    endpoint: str
    payload: dict[str, Any] | None = None
    decode: Callable[[bytes], Any] = read_rows
    parse: Callable[[Any], Any] = _as_decoded
    get: bool = False
    recover: Callable[[FinkError], Response] | None = None
    own_connection: bool = False
    root: bool = False


T = TypeVar("T")
C = TypeVar("C", bound="_Sender")
P = ParamSpec("P")


class _Sender(Protocol):
    """What `query` and `raw` use of a client."""

    _survey: Survey

    def _send(self, request: Request, *, cache: bool | None = None) -> Response: ...

    def _response(self, request: Request, cache: bool | None) -> HTTPResponse: ...

    def _explain(self, error: FinkError, cache: bool | None) -> None: ...


def table_of(responses: list[Response]) -> Any:
    """The Table of the only response, with its origin in ``meta``."""
    (response,) = responses
    response.content.meta.update(response.meta)
    return response.content


@dataclass(frozen=True)
class Query(Generic[T]):
    """The requests of a query, and how its result is made from the responses.

    Parameters
    ----------
    requests : list of `Request`
        All requests, or the first one if the responses determine the next ones.
    finish : callable, optional
        Makes the result from all responses, in the order of the requests; by default the Table of the only
        one.
    run : callable, optional
        Sends the requests and makes the result, instead of ``finish``, if the responses determine the next
        requests.
    responses : callable, optional
        Returns the unread responses, one or a list, if these are not simply those to ``requests``.
    many : bool
        Whether payloads and responses are lists even if there is only one.
    """

    requests: list[Request]
    finish: Callable[[list[Response]], T] = table_of
    run: Callable[[], T] | None = None
    responses: Callable[[], Any] | None = None
    many: bool = False

    def payload(self) -> Any:
        """The payload of the request, or a list of payloads."""
        return self._listed([request.payload for request in self.requests])

    def result(self, send: Callable[[Request], Response]) -> T:
        """Send the requests and return the result."""
        return self.run() if self.run else self.finish([send(request) for request in self.requests])

    def unread(self, send: Callable[[Request], HTTPResponse]) -> Any:
        """Send the requests and return the unread responses: one, or a list."""
        if self.responses:
            return self.responses()
        return self._listed([send(request) for request in self.requests])

    def _listed(self, items: list[Any]) -> Any:
        return items if self.many else one_or_list(items)


def query(build: Callable[Concatenate[C, P], Query[T]]) -> Callable[Concatenate[C, P], T]:
    """Make a method that returns the result of the query that ``build`` returns."""
    build.__qualname__ = build.__name__  # Python's own messages then name the method without its class

    def result(client: C, built: Query[T], cache: bool | None) -> T:
        return built.result(lambda request: client._send(request, cache=cache))

    return _method(build, result)


def raw(method: Callable[Concatenate[C, P], Any]) -> Callable[Concatenate[C, P], HTTPResponse]:
    """Make the ``_async`` twin of a method, which returns the unread response.

    The twin returns a list of responses if the query has several requests.
    """

    def unread(client: C, built: Query[Any], cache: bool | None) -> Any:
        return built.unread(lambda request: client._response(request, cache=cache))

    twin = _method(unwrap(method), unread)
    twin.__name__ += "_async"
    twin.__qualname__ += "_async"
    twin.__annotations__ = {**method.__annotations__, "return": HTTPResponse}
    return twin


def _method(
    build: Callable[Concatenate[C, P], Query[Any]], finish: Callable[[C, Query[Any], bool | None], Any]
) -> Callable[Concatenate[C, P], Any]:
    """A method that builds a query, and returns its payload or what ``finish`` makes of it."""

    @wraps(build)
    def method(self: C, *args: P.args, **keywords: P.kwargs) -> Any:
        _check_call(build, self, keywords)
        cache: Any = keywords.get("cache")
        try:
            built = build(self, *args, **keywords)
            return built.payload() if keywords.get("get_query_payload") else finish(self, built, cache)
        except FinkError as error:
            self._explain(error, cache)
            raise

    return method


def _check_call(build: Callable[..., Any], client: _Sender, keywords: Collection[str]) -> None:
    """Check that the survey has the method, and that the method has the keywords."""
    client._survey.check(build.__name__)
    code = build.__code__
    known = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
    for name in set(keywords) - set(known):  # Python before 3.13 does not name the nearest keyword
        nearest = get_close_matches(name, known, n=1, cutoff=0)
        raise TypeError(f"{build.__name__}() has no argument {name!r}. {did_you_mean(nearest)}")


def one_or_list(items: list[Any]) -> Any:
    """The only item of a list, or the whole list."""
    return items[0] if len(items) == 1 else items
