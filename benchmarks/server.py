"""A server that responds from memory, with the responses of the simulated Fink.

``python benchmarks/server.py`` prints one line of JSON, its address and the ids of its objects, and serves
until its input ends. Addresses below ``/after/300`` respond after 300 ms. ``/peak`` is the largest number of
requests that were open at once since the last request for it.
"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

from fink_sandbox import Sandbox, Sky

ALERTS, FEW_ALERTS, ALERTS_WITH_CUTOUTS, OBJECTS = 1575, 40, 50, 500


class Counter:
    """Counts the open requests, and notes the largest number of them."""

    def __init__(self):
        self._lock = threading.Lock()
        self._open = self._peak = 0

    def __enter__(self):
        with self._lock:
            self._open += 1
            self._peak = max(self._peak, self._open)

    def __exit__(self, *exception):
        with self._lock:
            self._open -= 1

    def take_peak(self):
        """The largest number since the last call."""
        with self._lock:
            peak, self._peak = self._peak, self._open
            return peak


class Handler(BaseHTTPRequestHandler):
    """Sends each request to the simulated Fink once, and keeps the response."""

    disable_nagle_algorithm = True
    known, counter, fink = {}, Counter(), ""

    def do_GET(self):
        """Respond with the peak, or as `do_POST` does."""
        if self.path == "/peak":
            peak = json.dumps(self.counter.take_peak()).encode()
            self._send_head(200, "application/json", len(peak))
            self.wfile.write(peak)
        else:
            self.do_POST()

    def do_POST(self):
        """Respond, after a while if the address says so."""
        with self.counter:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path = self.path
            if path.startswith("/after/"):
                _, _, milliseconds, path = path.split("/", 3)
                time.sleep(float(milliseconds) / 1e3)
            *head, content = self._response(self.command, path.lstrip("/"), body)
            self._send_head(*head, len(content))
            self.wfile.write(content[:-1])
        self.wfile.write(content[-1:])  # the last byte ends the request: the client may send its next one

    def _response(self, method, path, body):
        key = method, path, body
        if key not in self.known:
            headers = {"Content-Type": "application/json"}
            response = requests.request(
                method, f"{self.fink}/{path}", data=body, headers=headers, timeout=300
            )
            self.known[key] = response.status_code, response.headers["Content-Type"], response.content
        return self.known[key]

    def _send_head(self, status, content_type, length):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *words):
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Lets many connections wait to be accepted."""

    request_queue_size = 128
    daemon_threads = True


def main():
    """Serve until the input ends, as it does when the process that started this one ends."""
    sky = Sky(seed=1)
    ids = {
        "large": sky.add("agn", alerts=ALERTS),
        "small": sky.add("agn", alerts=FEW_ALERTS),
        "cutouts": sky.add("agn", alerts=ALERTS_WITH_CUTOUTS),
        "many": sky.populate(OBJECTS, alerts=FEW_ALERTS),
    }
    with Sandbox(sky=sky) as box, Server(("127.0.0.1", 0), Handler) as server:
        Handler.fink = box.url
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}", "ids": ids}), flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
