"""Which question goes where: addresses, arguments, errors."""

import json
import logging
import time
from functools import partial

from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    NotFound,
    UnsupportedMediaType,
)
from werkzeug.wrappers import Request, Response

from .conesearch import conesearch
from .cutouts import cutouts
from .data import load
from .latests import anomaly, latests, tracklet
from .manual import ENDPOINTS, WITHOUT_POST, swagger
from .metadata import metadata
from .objects import objects
from .resolver import resolver
from .skymap import skymap
from .sso import sso
from .ssobulk import ssobulk
from .ssocand import ssocand
from .ssoft import ssoft
from .statistics import statistics
from .wire import HTML, message, refusal

__all__ = ["App"]

PREFIX = "/api/v1/"
logger = logging.getLogger(__name__)


def _json(content):
    return Response(json.dumps(content), content_type="application/json")


ANSWERS = {
    "objects": objects,
    "cutouts": cutouts,
    "conesearch": conesearch,
    "latests": latests,
    "anomaly": anomaly,
    "tracklet": tracklet,
    "sso": sso,
    "ssocand": ssocand,
    "ssoft": ssoft,
    "resolver": resolver,
    "statistics": statistics,
    "skymap": skymap,
    "metadata": metadata,
}
FILES = {
    "schema": lambda sky: _json(load("schema.json")),
    "classes": lambda sky: _json(load("classes.json")),
    "ssobulk": ssobulk,
}
DESCRIPTION = "/swagger.json"
READ = ["GET", "HEAD"]


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
    limit : int
        The most rows that one answer of ``latests`` has.
    """

    def __init__(self, sky, log, delay, limit):
        self._sky = sky
        self._log = log
        self._delay = delay
        self._answers = ANSWERS | {"latests": partial(latests, limit=limit)}

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
        if request.path == DESCRIPTION and request.method in READ:
            return _json(swagger())
        if not request.path.startswith(PREFIX) or endpoint not in ENDPOINTS:
            raise NotFound
        if endpoint in FILES:
            return self._file(request, endpoint)
        if request.method not in ("GET", "POST"):
            raise MethodNotAllowed
        return self._table(request, endpoint, payload)

    def _file(self, request, endpoint):
        """The whole, or the part that a header ``Range`` names."""
        if request.method not in READ:
            raise MethodNotAllowed
        response = FILES[endpoint](self._sky)
        length = response.content_length or len(response.get_data())
        response.make_conditional(request, accept_ranges=True, complete_length=length)
        del response.headers["Date"]  # the server sets one of its own
        return response

    def _table(self, request, endpoint, payload):
        if not isinstance(payload, dict):
            raise BadRequest if request.is_json else UnsupportedMediaType
        if request.method == "GET" and not payload:
            return Response(ENDPOINTS[endpoint]["about"], content_type=HTML)
        for name in ENDPOINTS[endpoint]["required"]:
            if name not in payload:
                return refusal(f"`{name}` must be given")
        if endpoint in WITHOUT_POST and request.method == "POST":
            return refusal(f"`{endpoint}` can only be read, with GET")
        time.sleep(self._delay)
        return self._answers[endpoint](self._sky, payload)


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
