"""Which question goes where: addresses, arguments, errors."""

import logging
import reprlib
import time

from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    NotFound,
    RequestURITooLarge,
    UnsupportedMediaType,
)
from werkzeug.wrappers import Request

from .openapi import swagger
from .request import arguments
from .response import message, refusal
from .service import as_json

__all__ = ["App"]

PREFIX = "/api/v1/"
DESCRIPTION = "/swagger.json"
READ = ["GET", "HEAD"]
PAGES = (NotFound, RequestURITooLarge)
logger = logging.getLogger(__name__)


class App:
    """
    The service as a WSGI application.

    Parameters
    ----------
    face : `~fink_sandbox.server.service.Face`
    log : callable
        Called with endpoint, payload and status of every request.
    delay : float
        Seconds that every answer with data takes.
    """

    def __init__(self, face, log, delay):
        self._face = face
        self._log = log
        self._delay = delay

    def __call__(self, environ, start_response):
        request = Request(environ)
        endpoint, payload = request.path.removeprefix(PREFIX), None
        try:
            payload = arguments(request, endpoint)
            response = self._answer(request, endpoint, payload)
        except HTTPException as error:
            response = _error(error)
        except Exception:
            logger.exception("the sandbox failed on %s %s", endpoint, reprlib.repr(payload))
            response = _error(InternalServerError())
        self._log(endpoint, payload, response.status_code)
        return response(environ, start_response)

    def _answer(self, request, endpoint, payload):
        if request.path == DESCRIPTION and request.method in READ:
            return as_json(swagger(self._face.title, self._face.endpoints, self._face.without_post))
        if self._is_too_long(request):
            raise RequestURITooLarge
        if not request.path.startswith(PREFIX) or endpoint not in self._face.endpoints:
            raise NotFound
        if endpoint in self._face.files:
            return self._file(request, endpoint)
        if request.method not in ("GET", "POST"):
            raise MethodNotAllowed
        return self._table(request, endpoint, payload)

    def _is_too_long(self, request):
        line = f"{request.method} {request.environ.get('RAW_URI', request.full_path)} HTTP/1.1"
        return self._face.longest_line is not None and len(line) > self._face.longest_line

    def _file(self, request, endpoint):
        """The whole, or the part that a header ``Range`` names."""
        if request.method not in READ:
            raise MethodNotAllowed
        response = self._face.files[endpoint](self._face.sky)
        length = response.content_length or len(response.get_data())
        response.make_conditional(request, accept_ranges=True, complete_length=length)
        response.headers["Accept-Ranges"] = "bytes"
        del response.headers["Date"]  # the server sets one of its own
        return response

    def _table(self, request, endpoint, payload):
        if not isinstance(payload, dict):
            raise BadRequest if request.is_json else UnsupportedMediaType
        if request.method == "GET" and not payload:
            return self._face.about(endpoint)
        for name in self._face.endpoints[endpoint]["required"]:
            if name not in payload:
                return refusal(self._face.needed(name))
        if endpoint in self._face.without_post and request.method == "POST":
            return refusal(f"`{endpoint}` can only be read, with GET")
        time.sleep(self._delay)
        return self._face.answers[endpoint](self._face.sky, payload)


def _error(error):
    """The page of a missing address; JSON for all else."""
    if isinstance(error, PAGES):
        return error.get_response()
    text = "Internal Server Error" if error.code == 500 else error.description
    return message(text, error.code)
