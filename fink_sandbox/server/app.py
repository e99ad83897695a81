"""The WSGI application: addresses, arguments, errors."""

import logging
import reprlib
import time
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    NotFound,
    RequestURITooLarge,
    UnsupportedMediaType,
)
from werkzeug.wrappers import Request, Response

from .openapi import swagger
from .request import arguments
from .response import as_json, message, refusal
from .service import Service

__all__ = ["App", "Log"]

PREFIX = "/api/v1/"
DESCRIPTION = "/swagger.json"
READ = ["GET", "HEAD"]
METHODS = [*READ, "POST"]
PAGES = (NotFound, RequestURITooLarge)
Log = Callable[[str, Any, int], None]  # called with endpoint, payload and status of every request
logger = logging.getLogger(__name__)


class App:
    """A service as a WSGI application; every response with data takes `delay` seconds."""

    def __init__(self, service: Service, log: Log, delay: float):
        self._service = service
        self._log = log
        self._delay = delay

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        request = Request(environ)
        endpoint, payload = request.path.removeprefix(PREFIX), None
        try:
            payload = arguments(request, endpoint)
            response = self._respond(request, endpoint, payload)
        except HTTPException as error:
            response = _error(error)
        except Exception:
            logger.exception("the sandbox failed on %s %s", endpoint, reprlib.repr(payload))
            response = _error(InternalServerError())
        self._log(endpoint, payload, response.status_code)
        return response(environ, start_response)

    def _respond(self, request: Request, endpoint: str, payload: Any) -> Response:
        service = self._service
        if request.path == DESCRIPTION and request.method in READ:
            return as_json(swagger(service.title, service.version, service.endpoints, service.without_post))
        if self._is_too_long(request):
            raise RequestURITooLarge
        if not request.path.startswith(PREFIX) or endpoint not in service.endpoints:
            raise NotFound
        if endpoint in service.files:
            return self._file(request, endpoint)
        if request.method not in METHODS:
            raise MethodNotAllowed
        response = self._table(request, endpoint, payload)
        return _in_ranges(response, request) if "ETag" in response.headers else response

    def _is_too_long(self, request: Request) -> bool:
        line = f"{request.method} {request.environ.get('RAW_URI', request.full_path)} HTTP/1.1"
        return self._service.longest_line is not None and len(line) > self._service.longest_line

    def _file(self, request: Request, endpoint: str) -> Response:
        if request.method not in READ:
            raise MethodNotAllowed
        return _in_ranges(self._service.files[endpoint](self._service.survey), request)

    def _table(self, request: Request, endpoint: str, payload: Any) -> Response:
        service = self._service
        if not isinstance(payload, dict):
            raise BadRequest if request.is_json else UnsupportedMediaType
        if request.method in READ and not payload:
            return service.about(endpoint)
        for name in service.endpoints[endpoint]["required"]:
            if name not in payload:
                return refusal(service.missing(name))
        if endpoint in service.without_post and request.method == "POST":
            return refusal(f"`{endpoint}` can only be read, with GET")
        time.sleep(self._delay)
        return service.handlers[endpoint](service.survey, payload)


def _in_ranges(response: Response, request: Request) -> Response:
    """The whole response, or the range of it that the header ``Range`` of a GET names."""
    length = response.content_length or len(response.get_data())
    response.make_conditional(request, accept_ranges=True, complete_length=length)
    response.headers["Accept-Ranges"] = "bytes"
    del response.headers["Date"]  # the server sets one of its own
    return response


def _error(error: HTTPException) -> Response:
    """The page of a missing address; JSON for all other errors."""
    if isinstance(error, PAGES):
        return Response.force_type(error.get_response())
    return message("Internal Server Error" if error.code == 500 else error.description, error.code)
