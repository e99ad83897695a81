"""A sandbox that listens on this machine."""

import contextlib
import signal
import socket
import threading

from werkzeug.serving import WSGIRequestHandler, make_server

from .lsst import lsst_face
from .server.app import App
from .sky.sky import Sky
from .ztf.service import ztf_face

__all__ = ["Sandbox"]

HOST = "127.0.0.1"
BACKLOG = 128
SURVEYS = {"ztf": ztf_face, "lsst": lsst_face}


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 30

    def log_request(self, code="-", size="-"):
        """Say nothing."""


class Sandbox:
    """
    A small Fink on this machine, with a simulated sky.

    Parameters
    ----------
    seed : int, optional
        The same seed makes the same sky.
    port : int, optional
        0 takes any free port.
    sky : Sky, optional
        By default a sky of the seed, with its named objects.
    delay : float, optional
        Seconds that every answer with data takes.
    limit : int, optional
        The most rows that one answer of ``latests`` has, whatever number is asked for.
    survey : str, optional
        ``"ztf"`` or ``"lsst"``: which survey looks at the sky.

    Raises
    ------
    ValueError
        If there is no such survey.

    Examples
    --------
    >>> import requests
    >>> from fink_sandbox import Sandbox
    >>> with Sandbox() as box:
    ...     reply = requests.post(f"{box.url}/api/v1/objects", json={"objectId": "ZTF99simastr"})
    >>> reply.json()[0]["v:classification"]
    'Solar System MPC'
    >>> box.requests
    [('objects', {'objectId': 'ZTF99simastr'}, 200)]
    >>> with Sandbox(survey="lsst") as box:
    ...     reply = requests.post(f"{box.url}/api/v1/objects", json={"diaObjectId": "170000000000000001"})
    >>> reply.json()[0]["r:nDiaSources"]
    58
    """

    def __init__(self, seed=1, port=0, sky=None, delay=0.0, limit=1000, survey="ztf"):
        if survey not in SURVEYS:
            raise ValueError(f"survey={survey!r} is not one of {', '.join(SURVEYS)}")
        self.sky = Sky(seed) if sky is None else sky
        self._app = App(SURVEYS[survey](self.sky, limit), self._note, delay)
        self._port = port
        self._lock = threading.Lock()
        self._requests = []
        self._in_work = 0
        self._peak = 0
        self._server = None
        self._thread = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *exception):
        self.stop()

    @property
    def url(self):
        """Address of the running sandbox, for example ``"http://127.0.0.1:43211"``."""
        return f"http://{HOST}:{self._port}"

    @property
    def requests(self):
        """What was asked: (endpoint, payload, status), in the order of the answers."""
        with self._lock:
            return list(self._requests)

    @property
    def peak_connections(self):
        """The most requests that were in work at once."""
        return self._peak

    def start(self):
        """
        Begin to listen.

        Returns
        -------
        Sandbox
            Itself.

        Raises
        ------
        OSError
            If the port is taken.
        """
        with socket.create_server((HOST, self._port), backlog=BACKLOG) as listener:
            self._port = listener.getsockname()[1]
            self._server = make_server(
                HOST, self._port, self._counted, threaded=True, request_handler=_Handler, fd=listener.fileno()
            )
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def stop(self):
        """Finish the requests in work and stop listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = None

    def serve_forever(self, ready=None):
        """
        Listen until Ctrl-C or SIGTERM, which end it in order; for the main thread only.

        Parameters
        ----------
        ready : callable, optional
            Called with the address once the server listens and both signals are heeded.
        """
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, signal.default_int_handler)
        with contextlib.suppress(KeyboardInterrupt):
            if self._server is None:
                self.start()
            if ready:
                ready(self.url)
            self._thread.join()
        if self._server:
            self.stop()

    def _counted(self, environ, start_response):
        with self._lock:
            self._in_work += 1
            self._peak = max(self._peak, self._in_work)
        try:
            return self._app(environ, start_response)
        finally:
            with self._lock:
                self._in_work -= 1

    def _note(self, endpoint, payload, status):
        with self._lock:
            self._requests.append((endpoint, payload, status))
