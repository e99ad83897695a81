# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Files that are too large for memory, over real HTTP that breaks."""

import io
import os
import re
import socket
import sys
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import requests

from astroquery_fink import FinkClass, conf
from astroquery_fink.exceptions import FinkQueryError, FinkServiceError, FinkTimeoutError
from astroquery_fink.http.clock import Clock

FILE = b"PAR1" + bytes(range(256)) * 1200 + b"PAR1"
NEWER = b"PAR1" + b"newer" * 50_000 + b"PAR1"


@dataclass
class Answer:
    """How the server answers one request.

    Parameters
    ----------
    body : bytes
        The whole file.
    status : int
    breaks_after : int, optional
        Bytes after which the connection ends.
    ranges : bool
        Whether the server sends the rest of the file on request.
    length : bool
        Whether it sends ``Content-Length``.
    tag : str
        The ``ETag`` of this state of the file.
    if_range : bool
        Whether it heeds ``If-Range``: the rest is wanted only of the same state.
    headers : dict
    """

    body: bytes = FILE
    status: int = 200
    breaks_after: int | None = None
    ranges: bool = True
    length: bool = True
    tag: str = '"1"'
    if_range: bool = True
    headers: dict = field(default_factory=dict)


class Files(ThreadingHTTPServer):
    """Answers in turn, the last answer again and again; notes the requests, and the waits of a client."""

    daemon_threads = False

    def __init__(self, *answers):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = deque(answers)
        self.asked, self.waits = [], []
        self.paths = set()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self):
        self.thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.shutdown()
        self.thread.join()
        self.server_close()

    def handle_error(self, request, client_address):
        """Say nothing of a client that has gone."""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        server.paths.add(self.path)
        server.asked.append({name: self.headers[name] for name in ("Range", "If-Range", "Accept-Encoding")})
        answer = server.answers.popleft() if len(server.answers) > 1 else server.answers[0]
        start = self._start(answer)
        if start is not None and start >= len(answer.body):
            self.send_error(416)
            return
        self.send_response(206 if start is not None else answer.status)
        if start is not None:
            last = len(answer.body) - 1
            self.send_header("Content-Range", f"bytes {start}-{last}/{len(answer.body)}")
        rest = answer.body[start or 0 :]
        if answer.length:
            self.send_header("Content-Length", str(len(rest)))
        for name, value in ({"ETag": answer.tag} | answer.headers).items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(rest[: answer.breaks_after])

    def _start(self, answer):
        """The first byte of the rest, if the client wants the rest and may have it."""
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
        same = not answer.if_range or self.headers["If-Range"] in (None, answer.tag)
        return int(wanted[1]) if wanted and same and answer.ranges and answer.status == 200 else None

    def log_message(self, *_):
        """Tests need no log."""


@pytest.fixture
def serve(serve):
    """Start a server of files, which notes the waits of its client."""

    def start(*answers, **settings):
        server = Files(*answers)
        clock = Clock(sleep=server.waits.append, random=lambda: 1.0)
        return serve(server, **{"clock": clock} | settings)

    return start


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sso.parquet"


def only(path):
    """The names of all files in the folder of a path."""
    return sorted(one.name for one in path.parent.iterdir())


def starts(server):
    return [asked["Range"] for asked in server.asked]


def test_a_file_comes_whole_and_as_itself(serve, path):
    client, server = serve(Answer())
    assert client.download_sso_bulk(str(path)) == path
    assert path.read_bytes() == FILE
    assert only(path) == ["sso.parquet"]
    assert server.asked == [{"Range": None, "If-Range": None, "Accept-Encoding": "identity"}]
    assert server.paths == {"/api/v1/ssobulk?output-format=parquet"}


def test_the_async_twin_gives_the_reply_without_a_body_in_memory(serve, path):
    client, _ = serve(Answer())
    response = client.download_sso_bulk_async(path)
    assert isinstance(response, requests.Response)
    assert (response.status_code, response.headers["ETag"]) == (200, '"1"')
    with pytest.raises(RuntimeError):
        _ = response.content
    assert path.read_bytes() == FILE


def test_after_a_break_the_download_goes_on_where_it_was(serve, path):
    client, server = serve(Answer(breaks_after=100_000), Answer(breaks_after=50_000), Answer())
    client.download_sso_bulk(path)
    assert path.read_bytes() == FILE
    assert starts(server) == [None, "bytes=100000-", "bytes=150000-"]
    assert server.asked[1]["If-Range"] == '"1"'
    assert server.waits == [0.5, 1.0]


def test_a_server_without_ranges_is_asked_from_the_beginning(serve, path):
    client, server = serve(Answer(breaks_after=100_000), Answer(ranges=False))
    client.download_sso_bulk(path)
    assert path.read_bytes() == FILE
    assert len(server.asked) == 2


def test_a_file_that_changed_meanwhile_is_not_mixed_with_what_it_was(serve, path):
    client, _ = serve(Answer(breaks_after=100_000), Answer(NEWER, tag='"2"'))
    client.download_sso_bulk(path)
    assert path.read_bytes() == NEWER


def test_a_server_that_goes_on_in_another_file_is_asked_from_the_beginning(serve, path):
    client, server = serve(
        Answer(breaks_after=100_000), Answer(FILE[::-1], tag='"2"', if_range=False), Answer()
    )
    client.download_sso_bulk(path)
    assert path.read_bytes() == FILE
    assert starts(server) == [None, "bytes=100000-", None]


def test_a_file_of_another_length_without_a_tag_begins_again(serve, path):
    client, server = serve(Answer(breaks_after=100_000, tag=""), Answer(NEWER, tag=""))
    client.download_sso_bulk(path)
    assert path.read_bytes() == NEWER
    assert starts(server) == [None, "bytes=100000-", None]


def test_a_file_that_shrank_below_what_came_begins_again(serve, path):
    short = b"PAR1 PAR1"
    client, server = serve(Answer(breaks_after=100_000, tag=""), Answer(short, tag=""))
    client.download_sso_bulk(path)
    assert path.read_bytes() == short
    assert len(server.asked) == 3


def test_a_cut_without_a_length_is_seen_at_the_end_and_nothing_is_left(serve, path):
    client, server = serve(Answer(breaks_after=100_000, length=False), Answer(length=False))
    client.download_sso_bulk(path)
    assert path.read_bytes() == FILE
    assert len(server.asked) == 2
    client, server = serve(Answer(breaks_after=100_000, length=False))
    with pytest.raises(FinkServiceError, match="not a complete Parquet file; it ends after 100,000 bytes"):
        client.download_sso_bulk(path, overwrite=True)
    assert path.read_bytes() == FILE
    assert only(path) == ["sso.parquet"]


@pytest.mark.parametrize("body", [b"<html>Maintenance</html>", b'{"message": "Oops"}', b"", b"PAR1", b"PAR"])
def test_what_is_no_parquet_is_an_error_and_leaves_nothing(serve, path, body):
    client, server = serve(Answer(body))
    with pytest.raises(FinkServiceError, match="Parquet") as caught:
        client.download_sso_bulk(path)
    assert (caught.value.endpoint, caught.value.status) == ("ssobulk", 200)
    assert only(path) == []
    assert len(server.asked) == 2


def test_a_break_for_ever_is_an_error_after_the_configured_tries(serve, path):
    client, server = serve(Answer(breaks_after=10))
    with conf.set_temp("attempts", 2), pytest.raises(FinkServiceError, match="tried 2 times"):
        client.download_sso_bulk(path)
    assert len(server.asked) == 2
    assert only(path) == []


def test_a_server_that_asks_to_wait_is_waited_for(serve, path):
    client, server = serve(Answer(b"later", status=503, headers={"Retry-After": "7"}), Answer())
    client.download_sso_bulk(path)
    assert server.waits == [7.0]
    assert path.read_bytes() == FILE


@pytest.mark.parametrize(
    ("status", "tries", "kind"),
    [(400, 1, FinkQueryError), (404, 1, FinkServiceError), (500, 2, FinkServiceError)],
)
def test_a_refusal_is_told_in_the_servers_words(serve, path, status, tries, kind):
    client, server = serve(Answer(b"Not today", status=status))
    with pytest.raises(kind, match="Not today"):
        client.download_sso_bulk(path)
    assert len(server.asked) == tries
    assert only(path) == []


def test_a_server_that_sends_no_byte_is_a_timeout(path):
    with socket.create_server(("127.0.0.1", 0)) as mute, conf.set_temp("attempts", 1):
        client = FinkClass(server=f"http://127.0.0.1:{mute.getsockname()[1]}", timeout=0.2)
        with pytest.raises(FinkTimeoutError, match=r"0\.2 s"):
            client.download_sso_bulk(path)
    assert only(path) == []


def test_the_limit_of_a_body_in_memory_does_not_count(serve, path):
    client, _ = serve(Answer())
    with conf.set_temp("max_body_size", 1000):
        client.download_sso_bulk(path)
    assert path.read_bytes() == FILE


def test_a_packed_reply_is_refused(serve, path):
    client, _ = serve(Answer(headers={"Content-Encoding": "gzip"}))
    with pytest.raises(FinkServiceError, match="'gzip'"):
        client.download_sso_bulk(path)


def test_a_file_that_is_there_is_replaced_only_where_asked(serve, path):
    path.write_bytes(b"mine")
    client, server = serve(Answer())
    for ask in (client.download_sso_bulk, client.download_sso_bulk_async):
        with pytest.raises(FinkQueryError, match="overwrite=True"):
            ask(path)
    assert path.read_bytes() == b"mine"
    assert not server.asked
    client.download_sso_bulk(path, overwrite=True)
    assert path.read_bytes() == FILE


def test_a_place_where_no_file_can_be_is_refused_before_anything_is_sent(serve, tmp_path):
    client, server = serve(Answer())
    for path in (tmp_path, tmp_path / "no" / "such"):
        with pytest.raises(FinkQueryError, match="is not a file name in an existing folder"):
            client.download_sso_bulk(path, overwrite=True)
    (tmp_path / "x.part").mkdir()
    with pytest.raises(FinkQueryError, match="cannot be written"):
        client.download_sso_bulk(tmp_path / "x")
    assert not server.asked


def test_a_full_disk_is_no_reason_to_ask_again(serve, tmp_path):
    if not os.path.exists("/dev/full"):
        pytest.skip("needs /dev/full")
    (tmp_path / "x.part").symlink_to("/dev/full")
    client, server = serve(Answer())
    with pytest.raises(FinkQueryError, match="No space left"):
        client.download_sso_bulk(tmp_path / "x")
    assert len(server.asked) <= 1
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_is_interrupted_leaves_nothing(serve, path):
    def interrupt(seconds):
        raise KeyboardInterrupt

    client, _ = serve(Answer(breaks_after=100_000), clock=Clock(sleep=interrupt))
    with pytest.raises(KeyboardInterrupt):
        client.download_sso_bulk(path)
    assert only(path) == []


class Terminal(io.StringIO):
    """A text file that claims to be a terminal."""

    def isatty(self):
        return True


def test_progress_is_shown_on_a_terminal_or_where_asked_for(serve, path, capsys, monkeypatch):
    client, _ = serve(Answer())
    client.download_sso_bulk(path)
    assert capsys.readouterr() == ("", "")
    for shown, answer in {None: True, True: True, False: False}.items():
        monkeypatch.setattr("sys.stderr", Terminal())
        client.download_sso_bulk(path, overwrite=True, show_progress=shown)
        assert ("100%" in sys.stderr.getvalue()) is answer
