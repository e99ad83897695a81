"""Which question goes where: addresses, arguments, errors."""

import json
import logging
import time

from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    NotFound,
    UnsupportedMediaType,
)
from werkzeug.wrappers import Request, Response

from .cutouts import cutouts
from .data import load
from .objects import objects
from .wire import HTML, message, refusal

__all__ = ["App"]

PREFIX = "/api/v1/"
logger = logging.getLogger(__name__)


def _file(name):
    content = json.dumps(load(name))
    return lambda: Response(content, content_type="application/json")


# endpoint: what it answers with, what it needs, what it says of itself
DATA = {
    "objects": (objects, ["objectId"], "Alerts of one or several objects, by id"),
    "cutouts": (cutouts, ["objectId", "kind"], "Stamps of one alert"),
}
LISTS = {"schema": _file("schema.json"), "classes": _file("classes.json")}


class App:
    """
    The service as a WSGI application.

    Parameters
    ----------
    sky : `~astroquery_fink.sandbox.Sky`
    log : callable
        Called with endpoint, payload and status of every request.
    delay : float
        Seconds that every answer with data takes.
    """

    def __init__(self, sky, log, delay):
        self._sky = sky
        self._log = log
        self._delay = delay

    def __call__(self, environ, start_response):
        request = Request(environ)
        endpoint, payload = request.path.removeprefix(PREFIX), _arguments(request)
        try:
            response = self._answer(request, endpoint, payload)
        except HTTPException as error:
            response = _error(error)
        except Exception:
            logger.exception("the sandbox failed on %s %s", endpoint, payload)
            response = _error(InternalServerError())
        self._log(endpoint, payload, response.status_code)
        return response(environ, start_response)

    def _answer(self, request, endpoint, payload):
        if not request.path.startswith(PREFIX) or endpoint not in DATA | LISTS:
            raise NotFound
        if request.method not in (["GET"] if endpoint in LISTS else ["GET", "POST"]):
            raise MethodNotAllowed
        if not isinstance(payload, dict):
            raise BadRequest if request.is_json else UnsupportedMediaType
        if endpoint in LISTS:
            return LISTS[endpoint]()
        answer, required, description = DATA[endpoint]
        if request.method == "GET" and not payload:
            return Response(description, content_type=HTML)
        for name in required:
            if name not in payload:
                return refusal(f"`{name}` must be given")
        time.sleep(self._delay)
        return answer(self._sky, payload)


def _arguments(request):
    """URL arguments of a GET, else what the JSON of the body holds, None if it is not JSON."""
    request.get_data()
    return request.args.to_dict() if request.method == "GET" else request.get_json(silent=True)


def _error(error):
    """The page of a missing address; JSON for all else."""
    if isinstance(error, NotFound):
        return error.get_response()
    text = "Internal Server Error" if error.code == 500 else error.description
    return message(text, error.code)
