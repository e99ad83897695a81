"""A Fink that answers from memory: the simulated one, behind a memo of its replies.

``python benchmarks/server.py`` prints one line of JSON, its address and the ids of its objects, and serves
until its input ends. Addresses below ``/after/300`` answer 300 ms later. ``/peak`` tells the most requests
that were open at once since it was asked last.
"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

from fink_sandbox import Sandbox, Sky

ALERTS, FEW_ALERTS, ALERTS_WITH_STAMPS, OBJECTS = 1575, 40, 50, 500


class Counter:
    """How many requests are open, and the most there were."""

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
        """The most since the last time."""
        with self._lock:
            peak, self._peak = self._peak, self._open
            return peak


class Handler(BaseHTTPRequestHandler):
    """Each question is put to the simulated Fink once; then its reply is known."""

    disable_nagle_algorithm = True
    replies, counter, fink = {}, Counter(), ""

    def do_GET(self):
        """Tell the peak, or answer."""
        if self.path == "/peak":
            peak = json.dumps(self.counter.take_peak()).encode()
            self._send_head(200, "application/json", len(peak))
            self.wfile.write(peak)
        else:
            self.do_POST()

    def do_POST(self):
        """Answer, later where that is asked for."""
        with self.counter:
            question = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path = self.path
            if path.startswith("/after/"):
                _, _, milliseconds, path = path.split("/", 3)
                time.sleep(float(milliseconds) / 1e3)
            *head, body = self._reply(self.command, path.lstrip("/"), question)
            self._send_head(*head, len(body))
            self.wfile.write(body[:-1])
        self.wfile.write(body[-1:])  # with it the request is over: the client may send its next one

    def _reply(self, method, path, question):
        key = method, path, question
        if key not in self.replies:
            headers = {"Content-Type": "application/json"}
            came = requests.request(
                method, f"{self.fink}/{path}", data=question, headers=headers, timeout=300
            )
            self.replies[key] = came.status_code, came.headers["Content-Type"], came.content
        return self.replies[key]

    def _send_head(self, status, content_type, length):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *words):
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """With room for many who wait to be let in."""

    request_queue_size = 128
    daemon_threads = True


def main():
    """Serve until the input ends, as it does when the process that started this one is gone."""
    sky = Sky(seed=1)
    ids = {
        "large": sky.add("agn", alerts=ALERTS),
        "small": sky.add("agn", alerts=FEW_ALERTS),
        "stamps": sky.add("agn", alerts=ALERTS_WITH_STAMPS),
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
