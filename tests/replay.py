# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A loopback HTTP server that responds as a test wants, and a client of it."""

import json
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain, repeat
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

from astroquery_fink import FinkClass
from astroquery_fink.http.clock import Clock

__all__ = ["Replay", "always", "as_json", "client_of", "in_turn"]


class Replay:
    """Answers each request by calling a function.

    Parameters
    ----------
    answer : callable
        Takes method, path and payload; returns status, content type and body. The payload is the JSON body
        of a POST or the URL arguments of a GET. A body may be an iterable of bytes, which is sent in pieces;
        if it raises, the connection breaks. If the function raises, the status is 501.

    Attributes
    ----------
    url : str
        Without a slash at the end.
    requests : list of tuple
        Method, path and payload of each request so far.
    """

    def __init__(self, answer):
        self.answer = answer
        self.requests = []

    def __enter__(self):
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    """Ends the connections that are kept alive and joins its threads when it is closed."""

    daemon_threads = False

    def __init__(self, replay):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replay = replay
        self.connections = set()

    def process_request(self, request, client_address):
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self.connections.discard(request)
        super().shutdown_request(request)

    def hang_up(self):
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request, client_address):
        """Say nothing of a client that closed its connection."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self):
        self._reply(dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True)))

    def do_POST(self):
        self._reply(json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0)))))

    def _reply(self, payload):
        request = self.command, urlsplit(self.path).path, payload
        replay = self.server.replay
        replay.requests.append(request)
        try:
            status, content_type, body = replay.answer(*request)
        except Exception as error:
            status, content_type, body = 501, "text/plain", repr(error).encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        if isinstance(body, bytes):
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        else:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self._send_pieces(body)

    def _send_pieces(self, pieces):
        for piece in pieces:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        """Say nothing."""


def client_of(server, folder, clock=None, **settings):
    """A client of a server, with a cache of its own in a folder; it retries without waiting."""
    clock = clock or Clock(sleep=lambda seconds: None)
    client = FinkClass(server=server.url, clock=clock, **settings)
    client.cache_location = folder / "cache"
    return client


def as_json(content, status=200):
    """A response with this content as JSON."""
    return status, "application/json", json.dumps(content).encode()


def always(*response):
    """Answer every request with this status, content type and body."""
    return lambda *_: response


def in_turn(*responses, repeat_last=False):
    """Answer each request with the next response."""
    left = chain(responses, repeat(responses[-1]) if repeat_last else [])
    return lambda *_: next(left)
