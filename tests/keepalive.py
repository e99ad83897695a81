# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A loopback server that keeps its connections open and can send more bytes than a response has."""

import json
import socket
import threading
from contextlib import suppress
from http.client import parse_headers

__all__ = ["KeepAlive", "as_response", "rows_of"]


class KeepAlive:
    """Responds to each request with the bytes that a test wants, and keeps the connection open.

    Parameters
    ----------
    answer : callable
        Takes the number of the connection, the number of the request on it and the payload; returns bytes.

    Attributes
    ----------
    url : str
    requests : list of tuple
        The number of the connection and the payload of each request so far.
    """

    def __init__(self, answer):
        self._answer = answer
        self.requests = []

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._connections, self._threads = [], []
        self._threads.append(threading.Thread(target=self._accept))
        self._threads[0].start()
        return self

    def __exit__(self, *_):
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            number = len(self._connections)
            self._connections.append(connection)
            self._threads.append(threading.Thread(target=self._serve, args=[connection, number]))
            self._threads[-1].start()

    def _serve(self, connection, number):
        with connection, connection.makefile("rb") as stream, suppress(OSError, ValueError):
            count = 0
            while stream.readline():
                payload = json.loads(stream.read(int(parse_headers(stream)["Content-Length"])))
                self.requests.append((number, payload))
                connection.sendall(self._answer(number, count, payload))
                count += 1


def rows_of(objectids):
    """One alert per object, as JSON; the ids stand in one text, separated by commas."""
    rows = [
        {"i:objectId": one, "i:candid": number, "i:jd": 2460000.5 + number}
        for number, one in enumerate(objectids.split(","), 1)
    ]
    return json.dumps(rows).encode()


def as_response(body):
    """A whole response with this body that leaves the connection open."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
