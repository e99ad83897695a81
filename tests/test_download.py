# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Files that are too large for memory, over real HTTP that breaks."""

import io
import os
import re
import socket
import subprocess
import sys
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
import requests
from astroquery.exceptions import NoResultsWarning
from bodies import arrow_of

from astroquery_fink import FinkClass, conf
from astroquery_fink.exceptions import FinkQueryError, FinkServiceError, FinkTimeoutError
from astroquery_fink.http.clock import Clock
from astroquery_fink.tables import decode
from astroquery_fink.tables.decode import has_parquet

NOVEMBER, JANUARY = (datetime(*day, tzinfo=UTC).timestamp() for day in ((2026, 11, 26), (2027, 1, 3)))
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
        clock = Clock(time=lambda: NOVEMBER, sleep=server.waits.append, random=lambda: 1.0)
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
    assert server.paths == {"/api/v1/ssobulk?version=2026.11&output-format=parquet"}


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


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<html>Maintenance</html>", "not Parquet or Arrow: Maintenance"),
        (b'{"message": "Oops"}', "not Parquet or Arrow: Oops"),
        (b'[{"cjd": []}]', "not Parquet or Arrow: .*cjd"),
        (b"", "not Parquet or Arrow: it is empty"),
        (b"PAR1", "not a complete Parquet file"),
        (b"PAR", "not Parquet or Arrow: PAR"),
        (b"\xff" * 4, "not a complete Arrow file"),
    ],
)
def test_any_other_body_is_an_error_in_the_servers_words_and_leaves_nothing(serve, path, body, told):
    pytest.importorskip("pyarrow")
    client, server = serve(Answer(body))
    with pytest.raises(FinkServiceError, match=told) as caught:
        client.download_sso_bulk(path, version="2026.10")
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
        client.download_sso_bulk(path, version="2026.10")
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


# Months

NO_FILE = b'{"RemoteException": {"message": "File does not exist"}}'


@pytest.mark.parametrize("status", [404, 500, 200])
@pytest.mark.parametrize(
    ("now", "newest", "before"), [(NOVEMBER, "2026.11", "2026.10"), (JANUARY, "2027.01", "2026.12")]
)
def test_before_the_newest_month_has_a_table_that_of_the_month_before_is_downloaded(
    serve, path, status, now, newest, before
):
    tries = 1 if status == 404 else 2
    client, server = serve(*[Answer(NO_FILE, status=status)] * tries, Answer(), clock=at(now))
    with pytest.warns(NoResultsWarning, match=f"no table of {newest} yet .*{before} is used"):
        assert client.download_sso_bulk(path) == path
    assert path.read_bytes() == FILE
    assert only(path) == ["sso.parquet"]
    assert {month_of(one) for one in server.paths} == {newest, before}
    assert len(server.asked) == tries + 1


def at(seconds):
    return Clock(time=lambda: seconds, sleep=lambda wait: None)


def month_of(path):
    return re.search(r"version=([0-9.]+)", path)[1]


def test_a_month_that_was_named_is_never_replaced(serve, path):
    client, server = serve(Answer(NO_FILE, status=404), Answer())
    with pytest.raises(FinkServiceError, match="File does not exist"):
        client.download_sso_bulk(path, version="2026.11")
    assert len(server.asked) == 1
    assert only(path) == []


def test_if_the_month_before_fails_too_the_first_error_is_raised(serve, path):
    client, _ = serve(Answer(NO_FILE, status=404), Answer(b"out of order", status=503))
    with pytest.raises(FinkServiceError, match=r"File does not exist.*2026\.11") as caught:
        client.download_sso_bulk(path)
    assert caught.value.status == 404
    assert only(path) == []


def test_a_table_that_is_broken_is_not_taken_for_a_missing_one(serve, path):
    client, server = serve(Answer(FILE[:-1], length=False))
    with pytest.raises(FinkServiceError, match="not a complete Parquet file"):
        client.download_sso_bulk(path)
    assert {month_of(one) for one in server.paths} == {"2026.11"}


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_there_is_no_table_before_the_first(serve, path, survey):
    first = {"ztf": "2026.09", "lsst": "2026.08"}[survey]
    now = datetime(*map(int, first.split(".")), 2, tzinfo=UTC).timestamp()
    client, server = serve(Answer(NO_FILE, status=404), clock=at(now), survey=survey)
    with pytest.raises(FinkServiceError, match="File does not exist"):
        client.download_sso_bulk(path)
    assert len(server.asked) == 1
    with pytest.raises(FinkQueryError, match=rf"version='2026\.07' .* from {first} to {first}"):
        client.download_sso_bulk(path, version="2026.07")


# Arrow

needs_pyarrow = pytest.mark.skipif(not has_parquet(), reason="needs pyarrow")
CURVES = [
    {"ssnamenr": ["8467", "10P", "Ceres"], "cjd": [[1.5, 2.5], [], [3.5]], "RA": [[1.0, 2.0], None, [3.0]]},
    {"ssnamenr": ["2010JO69"], "cjd": [[4.5]], "RA": [[4.0]]},
    {"ssnamenr": [], "cjd": [], "RA": []},
]


def typed(columns):
    """Columns as an Arrow table whose types do not depend on the values."""
    import pyarrow as pa

    lists = pa.list_(pa.float64())
    return pa.table(columns, pa.schema({"ssnamenr": pa.string(), "cjd": lists, "RA": lists}))


def three_streams(**options):
    pytest.importorskip("pyarrow")
    return arrow_of(*map(typed, CURVES), **options)


def parquet_at(path):
    from pyarrow.parquet import read_table

    return read_table(path).to_pydict()


def all_curves():
    return {name: sum((one[name] for one in CURVES), []) for name in CURVES[0]}


@pytest.mark.parametrize("compression", [None, "zstd", "lz4"])
@pytest.mark.parametrize("kind", ["application/octet-stream", "application/parquet", "text/html"])
def test_arrow_streams_one_after_the_other_become_one_parquet_file(serve, path, compression, kind):
    client, _ = serve(Answer(three_streams(compression=compression), headers={"Content-Type": kind}))
    assert client.download_sso_bulk(path) == path
    assert path.read_bytes()[:4] == b"PAR1"
    assert parquet_at(path) == all_curves()
    assert only(path) == ["sso.parquet"]


def test_a_download_goes_on_in_the_middle_of_a_stream(serve, path):
    body = three_streams() + three_streams() * 40
    client, server = serve(Answer(body, breaks_after=20_000), Answer(body, breaks_after=7_001), Answer(body))
    client.download_sso_bulk(path)
    assert len(parquet_at(path)["ssnamenr"]) == 41 * 4
    assert starts(server) == [None, "bytes=20000-", "bytes=27001-"]


def test_a_stream_cut_inside_or_between_messages_is_an_error_and_leaves_nothing(serve, path):
    body = three_streams()
    for end in (len(body) - 1, len(body) - 8, len(body) // 2):
        client, server = serve(Answer(body[:end], length=False))
        with pytest.raises(FinkServiceError, match="not a complete Arrow file"):
            client.download_sso_bulk(path, version="2026.10")
        assert len(server.asked) == 2
        assert only(path) == []


def test_a_cut_between_streams_is_seen_by_the_length(serve, path):
    first = len(arrow_of(typed(CURVES[0]))) if has_parquet() else 0
    client, server = serve(Answer(three_streams(), breaks_after=first), Answer(three_streams()))
    client.download_sso_bulk(path)
    assert parquet_at(path) == all_curves()
    assert starts(server) == [None, f"bytes={first}-"]


@needs_pyarrow
@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"cjd": [1.5]}, r"stream 2 has other columns than the first one: .*cjd \(double\)"),
        ({"more": [1]}, r"stream 2 has other columns than the first one: more \(int64\)"),
    ],
)
def test_streams_of_different_columns_are_an_error_that_names_them(serve, path, other, told):
    body = arrow_of(typed(CURVES[0]), typed(CURVES[1]).to_pydict() | other)
    client, server = serve(Answer(body))
    with pytest.raises(FinkServiceError, match=told) as caught:
        client.download_sso_bulk(path)
    assert (caught.value.endpoint, caught.value.status) == ("ssobulk", 200)
    assert len(server.asked) == 1
    assert only(path) == []


@needs_pyarrow
@pytest.mark.parametrize(
    ("column", "told"),
    [([None], "'x' has the unexpected type null"), ([{"a": 1}], "'x' has the unexpected type struct")],
)
def test_columns_that_are_neither_numbers_nor_text_are_an_error(serve, path, column, told):
    client, _ = serve(Answer(arrow_of({"ssnamenr": ["8467"], "x": column})))
    with pytest.raises(FinkServiceError, match=told):
        client.download_sso_bulk(path)
    assert only(path) == []


def test_bytes_between_streams_are_an_error_and_leave_nothing(serve, path):
    body = three_streams()
    client, server = serve(Answer(body + b"Traceback" + body))
    with pytest.raises(FinkServiceError, match="broken Arrow"):
        client.download_sso_bulk(path)
    assert len(server.asked) == 1
    assert only(path) == []


def test_a_message_that_would_fill_the_memory_is_refused(serve, path):
    pa = pytest.importorskip("pyarrow")
    body = arrow_of({"ssnamenr": ["8467"], "cjd": pa.array([[0.0] * 4_000_000])}, compression="zstd")
    assert len(body) < 100_000
    client, _ = serve(Answer(body))
    with conf.set_temp("max_body_size", 20_000_000), pytest.raises(FinkServiceError, match="too large"):
        client.download_sso_bulk(path)
    assert only(path) == []


@pytest.mark.parametrize("compression", [None, "zstd"])
def test_text_as_views_as_polars_writes_it_becomes_plain_text(serve, path, compression):
    pa = pytest.importorskip("pyarrow")
    from pyarrow.parquet import read_schema

    names = ["8467", None, "an asteroid with a long name", ""]
    bands = [["g", "r"], None, ["a band with a long name", None], []]
    views = pa.string_view()
    columns = {
        "ssnamenr": pa.array(names, views),
        "cband": pa.array(bands, pa.list_(views)),
        "more": pa.array(bands, pa.large_list(views)),
        "cjd": pa.array([[1.5], [], None, [2.5]], pa.large_list(pa.float64())),
    }
    client, _ = serve(Answer(arrow_of(columns, pa.table(columns)[1:], rows=3, compression=compression)))
    client.download_sso_bulk(path)
    expected = {name: values.to_pylist() for name, values in columns.items()}
    assert parquet_at(path) == {name: cells + cells[1:] for name, cells in expected.items()}
    assert pa.types.is_string(read_schema(path).field("ssnamenr").type)


@pytest.mark.parametrize("inside", [False, True])
def test_views_of_one_long_text_are_refused_before_they_fill_the_memory(serve, path, inside):
    pa = pytest.importorskip("pyarrow", minversion="20")  # older ones cannot make such an array
    text = b"x" * 1_000_000
    view = np.array([len(text), int.from_bytes(text[:4], "little"), 0, 0], "<i4")
    buffers = [None, pa.py_buffer(np.tile(view, 10_000).tobytes()), pa.py_buffer(text)]
    views = pa.Array.from_buffers(pa.string_view(), 10_000, buffers)
    if inside:
        offsets = pa.py_buffer(np.arange(10_001, dtype="<i4").tobytes())
        views = pa.Array.from_buffers(pa.list_(views.type), 10_000, [None, offsets], children=[views])
    body = arrow_of({"ssnamenr": views}, rows=10_000)
    assert len(body) < 2_000_000
    client, _ = serve(Answer(body))
    with pytest.raises(FinkServiceError, match="too large"):
        client.download_sso_bulk(path)
    assert only(path) == []


@needs_pyarrow
def test_a_batch_for_each_row_makes_no_row_group_for_each(serve, path):
    from pyarrow.parquet import ParquetFile

    rows = {"ssnamenr": list(map(str, range(6000))), "cjd": [[float(row)] for row in range(6000)]}
    client, _ = serve(Answer(arrow_of(rows, rows=1)))
    with ParquetFile(client.download_sso_bulk(path)) as file:
        assert (file.num_row_groups, file.metadata.num_rows) == (2, 6000)


def test_without_pyarrow_arrow_is_refused_at_its_first_bytes(serve, path, monkeypatch):
    monkeypatch.setattr(decode, "has_parquet", lambda: False)
    client, server = serve(Answer(b"\xff" * 4 + bytes(5000)))
    with pytest.raises(FinkQueryError, match=r"the server sends Arrow, .* needs pyarrow: pip install"):
        client.download_sso_bulk(path)
    assert len(server.asked) == 1
    assert only(path) == []


def test_a_disk_that_is_full_during_the_conversion_is_an_error_of_the_disk(path):
    from astroquery_fink.disk import disk_errors
    from astroquery_fink.tables.arrow_stream import convert_streams

    if not os.path.exists("/dev/full"):
        pytest.skip("needs /dev/full")
    path.write_bytes(three_streams())
    with pytest.raises(FinkQueryError, match="No space left"), disk_errors("sso.parquet"):
        convert_streams(path, Path("/dev/full"))


FLIP = """
import random, sys
from pathlib import Path
from astroquery_fink.tables.arrow_stream import convert_streams

source, target = Path(sys.argv[1]), Path(sys.argv[1] + ".parquet")
body, odd = source.read_bytes(), bytes([0, 1, 127, 128, 255])
chance = random.Random(1)
good = 0
for _ in range(1500):
    broken = bytearray(body)
    for _ in range(chance.choice([1, 2, 8])):
        begin, size = chance.randrange(len(body) - 8), chance.choice([1, 1, 4, 8])
        broken[begin : begin + size] = bytes([chance.choice(odd)]) * size
    source.write_bytes(broken)
    try:
        convert_streams(source, target)
        good += 1
    except ValueError:
        pass
print(good)
"""


@pytest.mark.parametrize("compression", [None, "zstd"])
def test_no_bytes_make_pyarrow_end_python(tmp_path, compression):
    """A flipped byte is an error, or changes a value; a process of its own shows that Python lives on."""
    (tmp_path / "streams").write_bytes(three_streams(compression=compression))
    command = [sys.executable, "-c", FLIP, str(tmp_path / "streams")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    assert 0 < int(done.stdout) < 1500
