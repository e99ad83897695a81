# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Legal but rare HTTP is read; illegal HTTP, settings and addresses are errors that say what is wrong."""

import socket
import threading
from contextlib import suppress

import pytest
from clock import FakeClock
from faults import OBJECT, Faults
from hypothesis import example, given, settings
from hypothesis import strategies as st
from replay import client_of

from astroquery_fink import FinkClass, conf
from astroquery_fink.exceptions import FinkError, FinkQueryError, FinkServiceError

pytestmark = pytest.mark.usefixtures("plain_environment", "in_json")


def ask(client):
    return client.query_object(OBJECT, columns="jd,magpsf", cache=False)


# What HTTP allows


@pytest.mark.parametrize(
    "way",
    [
        "early hints",
        "gzip of many members",
        "gzip of many members, byte by byte",
        "deflate",
        "raw deflate",
        "raw deflate, byte by byte",
    ],
)
def test_what_http_allows_is_read_at_the_first_try(way, tmp_path):
    with Faults(way) as server, Faults() as plain:
        table = ask(client_of(server, tmp_path))
        assert table["i:jd"].tolist() == ask(FinkClass(server=plain.url))["i:jd"].tolist()
        assert server.hits == [way]


@pytest.mark.parametrize(
    "way", ["raw deflate cut short", "gzip with half a member more", "gzip with a byte more"]
)
def test_packed_bodies_that_are_not_whole_are_fetched_again(way, tmp_path):
    with Faults(way, "good") as server:
        assert len(ask(client_of(server, tmp_path)))
        assert server.hits == [way, "good"]


def test_a_bomb_of_many_members_is_refused(tmp_path):
    with Faults("gzip of many members") as server, conf.set_temp("max_body_size", 20):
        with pytest.raises(FinkServiceError, match="20 bytes"):
            ask(client_of(server, tmp_path))
        assert server.hits == ["gzip of many members"]


# Headers


GOOD = b'[{"i:objectId": "ZTF21aaxtctv", "i:jd": 2461122.5, "i:magpsf": 18.5, "i:candid": 1}]'
LONG = b"9" * 5000


class Raw:
    """Sends the same bytes to every client, and closes the connection."""

    def __enter__(self):
        self.sent = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.sent = None
        socket.create_connection(self._listener.getsockname()).close()
        self._thread.join()
        self._listener.close()

    def _serve(self):
        while True:
            connection, _ = self._listener.accept()
            with connection, suppress(OSError):
                if self.sent is None:
                    return
                connection.settimeout(20)
                request = connection.recv(65536)
                end = b"}" if request.startswith(b"POST") else b"\r\n\r\n"
                while not request.endswith(end):
                    request += connection.recv(65536)
                connection.sendall(self.sent)


@pytest.fixture(scope="module")
def raw():
    with Raw() as server:
        yield server


def asked(raw, sent):
    """The Table, or the `FinkError`; any other error fails the test."""
    raw.sent = sent
    client = FinkClass(server=raw.url, clock=FakeClock())
    with conf.set_temp("response_format", "json"):
        try:
            return ask(client)
        except FinkError as error:
            return error


NAMES = [
    b"Content-Length",
    b"Retry-After",
    b"Location",
    b"Content-Encoding",
    b"Transfer-Encoding",
    b"Content-Type",
]
NAMES += [b"Set-Cookie", b"Connection", b"ETag", b"X"]
VALUES = [
    LONG, b"-1", b"0", b"+5", b"1_0", b"0x10", b"10, 20", b"20, 20", b"1e9", b"nan", b"inf", b"\xd9\xa1", b"",
    b"chunked", b"gzip, chunked", b"identity", b"gzip, gzip", b"x", b"http://[", b"http://127.0.0.1:99999/",
    b"http://127.0.0.1:0/", b"//", b"\x1b[31mred", b"http://u:p@127.0.0.1/", b"file:///", b"http://\xff.example/",
    b"a=b; expires=" + LONG, b"text/html; charset=\xff", b"Fri, 31 Dec 0000 00:00:00 GMT",
    b"Fri, 31 Dec 9999 23:59:59 -9999", b"close", b"keep-alive, close",
]  # fmt: skip
STATUS_LINES = [
    b"HTTP/1.1 200 OK", b"HTTP/1.1 200", b"HTTP/1.1  ", b"HTTP/1.1 99 x", b"HTTP/1.1 1000 x",
    b"HTTP/1.1 abc x",
    b"HTTP/1.0 200 OK", b"HTTP/2 200", b"HTTP/9.9 200 OK", b"ICY 200 OK", b"\x1b]0;x\x07", b"HTTP/1.1 204 x",
    b"HTTP/1.1 304 x", b"HTTP/1.1 101 x", b"HTTP/1.1 206 x", b"HTTP/1.1 301 x", b"HTTP/1.1 429 x",
    b"HTTP/1.1 503 \x1b[31m", b"HTTP/1.1 407 x", b"HTTP/1.1 " + LONG, b"", LONG * 20,
]  # fmt: skip
BODIES = [
    GOOD,
    b"5\r\nhello\r\n0\r\n\r\n",
    b"-5\r\nx",
    LONG + b"\r\n",
    b"f" * 20 + b"\r\nx\r\n",
    b"zz\r\n",
    b"",
]


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(STATUS_LINES),
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES) | st.binary(max_size=20)), max_size=4),
    st.sampled_from(BODIES),
)
@example(b"HTTP/1.1 200 OK", [(b"Content-Length", LONG)], GOOD)
@example(b"HTTP/1.1 429 x", [(b"Retry-After", LONG)], GOOD)
@example(b"HTTP/1.1 307 x", [(b"Location", b"http://127.0.0.1:99999/")], GOOD)
@example(b"HTTP/1.1 307 x", [(b"Location", b"http://127.0.0.1:0/")], GOOD)
@example(b"HTTP/1.1 307 x", [(b"Location", b"http://\xff.example/")], GOOD)
@example(b"HTTP/1.1 200 OK", [(b"X", b"x")] * 200, GOOD)
def test_any_response_is_a_table_or_an_error_of_ours(raw, status, headers, body):
    lines = [status, *(name + b": " + value for name, value in headers)]
    assert str(asked(raw, b"\r\n".join(lines) + b"\r\n\r\n" + body)).replace("\n", "").isprintable()


def test_a_length_that_is_no_number_is_ignored(raw):
    assert len(asked(raw, b"HTTP/1.1 200 OK\r\nContent-Length: " + LONG + b"\r\n\r\n" + GOOD)) == 1


@pytest.mark.parametrize("when", [LONG, b"1000000", b"Fri, 31 Dec 9999 23:59:59 GMT"])
def test_an_absurd_wait_is_an_error_at_once(raw, when):
    error = asked(raw, b"HTTP/1.1 503 x\r\nRetry-After: " + when + b"\r\nContent-Length: 0\r\n\r\n")
    assert "the server demands a wait of" in str(error)
    assert "60 s (conf.longest_wait)" in str(error)
    assert len(str(error)) < 500


@pytest.mark.parametrize("when", [b"\xd9\xa1", b"1_0", b"-1", b"Fri, 99 Foo 2026", b"nan"])
def test_a_wait_that_is_no_time_is_ignored(raw, when):
    error = asked(raw, b"HTTP/1.1 503 x\r\nRetry-After: " + when + b"\r\nContent-Length: 0\r\n\r\n")
    assert "tried 3 times" in str(error)


def test_a_download_of_an_absurd_length_is_an_error_of_ours(tmp_path):
    with Raw() as server, conf.set_temp("attempts", 1):
        server.sent = b"HTTP/1.1 200 OK\r\nContent-Length: " + LONG + b"\r\n\r\nPAR1"
        client = FinkClass(server=server.url)
        with pytest.raises(FinkServiceError, match="not a complete Parquet file"):
            client.download_sso_bulk(tmp_path / "x.parquet")


# Settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("connect_timeout", 0.0),
        ("connect_timeout", -1.0),
        ("connect_timeout", float("nan")),
        ("connect_timeout", 1e12),
        ("timeout", 0.0),
        ("timeout", float("inf")),
        ("deadline", -5.0),
        ("deadline", float("nan")),
        ("attempts", 0),
        ("longest_wait", -1.0),
        ("longest_wait", float("nan")),
        ("max_body_size", -1),
        ("batch_size", 0),
        ("max_connections", -3),
        ("batch_retries", -1),
        ("cache_size", -1),
    ],
)
def test_a_setting_out_of_range_is_named_with_its_value(name, value, tmp_path):
    default = getattr(conf, name)
    try:
        setattr(conf, name, value)
        with Faults() as server, pytest.raises(FinkQueryError) as caught:
            client_of(server, tmp_path).query_objects([OBJECT, "ZTF99simsnia"], columns="jd")
        assert server.hits == []
    finally:
        setattr(conf, name, default)
    assert f"conf.{name}={value!r} is out of range" in str(caught.value)
    assert f"default is {default:,}" in str(caught.value)


def test_a_setting_at_its_edge_is_good(tmp_path):
    edges = {
        "connect_timeout": 1e6,
        "timeout": 1e6,
        "deadline": float("inf"),
        "attempts": 1,
        "longest_wait": 0.0,
    }
    with Faults() as server:
        before = {name: getattr(conf, name) for name in edges}
        try:
            for name, value in edges.items():
                setattr(conf, name, value)
            assert len(ask(client_of(server, tmp_path)))
        finally:
            for name, value in before.items():
                setattr(conf, name, value)


@pytest.mark.parametrize("timeout", [float("inf"), float("nan"), 1e9])
def test_a_timeout_without_end_is_refused(timeout):
    with pytest.raises(FinkQueryError, match=r"timeout=.*1,000,000"):
        FinkClass(timeout=timeout)


# Addresses


@pytest.mark.parametrize(
    "server",
    [
        "http://127.0.0.1:http",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:0",
        "http://[::1",
        "http://a b",
        "http://a\n",
    ],
)
def test_an_address_that_cannot_be_is_refused(server):
    with pytest.raises(FinkQueryError, match="server='http"):
        FinkClass(server=server)


@pytest.mark.parametrize("user", ["user:secret", "secret", ":secret", "us@er:secret"])
def test_a_password_in_an_address_is_refused_and_never_repeated(user, monkeypatch):
    with pytest.raises(FinkQueryError, match="give 'https://fink.example:8000/x'") as caught:
        FinkClass(server=f"https://{user}@fink.example:8000/x")
    assert "secret" not in str(caught.value)
    with conf.set_temp("server", f"https://{user}@fink.example"):
        with pytest.raises(FinkQueryError, match="conf.server holds a user name") as caught:
            repr(FinkClass())
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "server", ["ftp://user:secret@fink.example", "https://user:secret@fink.example:port"]
)
def test_a_password_in_an_address_that_is_none_is_not_repeated(server):
    with pytest.raises(FinkQueryError, match="is not a valid address") as caught:
        FinkClass(server=server)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "proxy", ["http://user:secret@127.0.0.1:9", "http://user:secret@[", "user:secret@:x"]
)
def test_the_password_of_a_proxy_is_not_repeated(proxy, monkeypatch, caplog):
    monkeypatch.setenv("HTTP_PROXY", proxy)
    client = FinkClass(server="http://fink.example", clock=FakeClock())
    with pytest.raises(FinkError) as caught:
        ask(client)
    assert "secret" not in f"{caught.value} {caught.value.reason} {caplog.text}"
