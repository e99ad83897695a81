# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The fault server does what the names of its faults say, byte for byte."""

import gzip
import http.client
import io
import json
import socket
import threading
import zlib
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import pytest
from faults import FAULTS, GOOD, OBJECT, RETRY_DATE, Faults

QUESTION = {"objectId": OBJECT}


@contextmanager
def asked(server, path="/api/v1/objects", **headers):
    """Open a socket and send a request on it."""
    body = json.dumps(QUESTION).encode()
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
    head = f"POST {path} HTTP/1.1\r\nContent-Length: {len(body)}\r\n{''.join(lines)}\r\n"
    with socket.create_connection(server._listener.getsockname(), timeout=10) as connection:
        connection.sendall(head.encode() + body)
        yield connection


def received(server, *args, **headers):
    """Head and body of the raw response, up to the end of the connection."""
    with asked(server, *args, **headers) as connection, connection.makefile("rb") as stream:
        head, _, body = stream.read().partition(b"\r\n\r\n")
    return head.decode("latin-1"), body


def played(name, *args, **headers):
    with Faults(name) as server:
        answer = received(server, *args, **headers)
        assert server.hits == [name]
    return answer


def rest(connection):
    """All bytes until the connection ends, and the error if it ends in one."""
    while piece := connection.recv(1000):
        yield piece


def read_by_http_client(server):
    with closing(http.client.HTTPConnection(urlsplit(server.url).netloc)) as client:
        client.request("GET", "/api/v1/objects")
        return client.getresponse().read()


def length(head):
    (found,) = [line for line in head.splitlines() if line.startswith("Content-Length")]
    return int(found.partition(": ")[2])


def test_the_last_of_a_plan_is_played_for_ever():
    with Faults("503", "closed before the reply", "good") as server:
        heads = [received(server)[0][:12] for _ in range(4)]
        assert server.hits == ["503", "closed before the reply", "good", "good"]
    assert heads == ["HTTP/1.1 503", "", "HTTP/1.1 200", "HTTP/1.1 200"]


def test_a_fault_that_is_not_there_is_refused_before_the_test_starts():
    with pytest.raises(KeyError):
        Faults("no such fault")


def test_a_request_is_kept_as_it_came():
    with Faults() as server:
        received(server, "http://fink.example/api/v1/objects?a=1", Authorization="none")
        (request,) = server.requests
    assert (request.method, request.path) == ("POST", "http://fink.example/api/v1/objects?a=1")
    assert (request.payload, request.headers["authorization"]) == (QUESTION, "none")


@pytest.mark.parametrize("endpoint", GOOD)
def test_a_good_answer_is_understood_by_any_client(endpoint):
    with Faults() as server, closing(http.client.HTTPConnection(urlsplit(server.url).netloc)) as client:
        client.request("GET", f"/api/v1/{endpoint}")
        assert json.loads(client.getresponse().read()) == GOOD[endpoint]


def test_a_good_answer_is_packed_if_asked():
    head, body = played("good", Accept_Encoding="gzip")
    assert "Content-Encoding: gzip" in head
    assert json.loads(gzip.decompress(body)) == GOOD["objects"]


def test_four_at_once_are_four_hits():
    with Faults() as server:
        threads = [threading.Thread(target=received, args=[server]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.hits == ["good"] * 4


@pytest.mark.parametrize("name", ["no reply", "stuck in mid-body", "redirect stuck in mid-body"])
def test_silence_lasts_until_the_end(name):
    with Faults(name) as server, asked(server) as connection:
        connection.settimeout(0.05)
        with pytest.raises(TimeoutError):
            list(rest(connection))
        assert server.hits == [name]


def test_a_byte_comes_with_each_tick():
    with Faults("a byte at a time") as server, asked(server) as connection:
        with connection.makefile("rb") as stream:
            while stream.readline() != b"\r\n":
                continue
            for _ in range(3):
                server.tick()
                assert stream.read(1) == b" "
        connection.settimeout(0.05)
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_closed_is_an_end_and_reset_is_an_error():
    assert played("closed before the reply") == ("", b"")
    with pytest.raises(ConnectionResetError):
        played("reset before the reply")


def test_a_reset_in_mid_body_comes_after_some_of_it():
    with Faults("reset in mid-body") as server, asked(server) as connection:
        came = rest(connection)
        assert next(came).startswith(b"HTTP/1.1 200")
        with pytest.raises(ConnectionResetError):
            list(came)


def test_a_garbage_status_line_is_no_http():
    with Faults("garbage status line") as server, pytest.raises(http.client.BadStatusLine):
        read_by_http_client(server)


@pytest.mark.parametrize(
    ("name", "difference"), [("Content-Length too large", 10), ("Content-Length too small", -10)]
)
def test_a_wrong_length(name, difference):
    head, body = played(name)
    assert json.loads(body) == GOOD["objects"]
    assert length(head) - len(body) == difference


def test_a_cut_that_http_cannot_see():
    head, body = played("cut, the end told by closing")
    assert "Content-Length" not in head
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


@pytest.mark.parametrize("name", ["cut in a chunk", "no last chunk"])
def test_chunks_that_do_not_end(name):
    with Faults(name) as server, pytest.raises(http.client.IncompleteRead):
        read_by_http_client(server)


@pytest.mark.parametrize(("name", "whole"), [("gzip cut short", False), ("gzip without its checksum", True)])
def test_gzip_that_is_cut_where_the_length_does_not_tell(name, whole):
    head, body = played(name)
    unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    assert (unpack.decompress(body) == json.dumps(GOOD["objects"]).encode()) is whole
    assert not unpack.eof
    assert length(head) == len(body)


def test_gzip_whose_checksum_is_wrong():
    with pytest.raises(gzip.BadGzipFile, match="CRC"):
        gzip.decompress(played("gzip with a wrong checksum")[1])


@pytest.mark.parametrize("name", ["gzip bomb", "gzip bomb in a redirect"])
def test_a_bomb_is_small_until_it_is_unpacked(name):
    head, body = played(name)
    unpack, size = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16), 0
    while body:
        size += len(unpack.decompress(body, 2**22))
        body = unpack.unconsumed_tail
    assert length(head) < 300_000
    assert size == 200 * 2**20
    assert unpack.eof


def test_a_long_tail_comes_after_a_good_body():
    head, body = played("gzip with a long tail")
    unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    assert json.loads(unpack.decompress(body)) == GOOD["objects"]
    assert len(unpack.unused_data) == 20 * 2**20
    assert length(head) == len(body)


@pytest.mark.parametrize(
    ("name", "began"),
    [
        ("HTML with 200", b"<!doctype html>"),
        ("invalid JSON", b"[{"),
        ("100,000 brackets", b"[[[["),
        ("an empty body", b""),
    ],
)
def test_a_body_that_is_no_answer(name, began):
    head, body = played(name)
    assert head.startswith("HTTP/1.1 200 OK")
    assert length(head) == len(body)
    assert body.startswith(began)
    with pytest.raises((json.JSONDecodeError, RecursionError)):
        json.loads(body)


@pytest.mark.parametrize("kind", ["HTML", "Parquet"])
def test_a_good_body_under_a_wrong_name(kind):
    head, body = played(f"JSON called {kind}")
    assert kind.lower() in head
    assert json.loads(body) == GOOD["objects"]


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("numbers that JSON has not", ["nan", "inf", "-inf", "inf"]),
        ("numbers that are too long", ["12345678901234567890123", "9223372036854775808"]),
    ],
)
def test_numbers_arrive_as_they_are_called(name, numbers):
    rows = json.loads(played(name)[1])
    assert [str(row["i:candid"]) for row in rows] == numbers


def test_a_few_bytes_of_parquet_are_billions_of_cells():
    parquet = pytest.importorskip("pyarrow.parquet")
    _, body = played("Parquet of billions of cells")
    file = parquet.ParquetFile(io.BytesIO(body))
    assert len(body) < 10**6
    assert file.metadata.num_rows * file.metadata.num_columns == 3 * 10**9
    assert file.read_row_group(999).num_rows == 10**6


@pytest.mark.parametrize("status", [name for name in FAULTS if name.isdecimal()])
def test_a_status_is_a_status(status):
    head, body = played(status)
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert "Retry-After" not in head
    assert json.loads(body) == {"message": f"planned {status}"}


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("when", ["1", "soon", "86400", RETRY_DATE])
def test_a_status_may_say_when_to_come_back(status, when):
    head, _ = played(f"{status}, Retry-After {when}")
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert f"Retry-After: {when}\r\n" in head + "\r\n"


@pytest.mark.parametrize(
    ("name", "status", "location"),
    [
        *((f"{code} to another path", code, "/elsewhere/here") for code in (301, 302, 303, 307, 308)),
        ("redirect to another host", 302, "http://localhost:{port}/here"),
        ("redirect in a circle", 307, "/here"),
        ("redirect to a file", 307, "file:///etc/hostname"),
        ("redirect to FTP", 307, "ftp://127.0.0.1/api/v1/objects"),
        ("redirect to nonsense", 307, "http://[nonsense/"),
    ],
)
def test_a_redirect_says_where_to(name, status, location):
    with Faults(name) as server:
        head, _ = received(server, "/here")
        port = urlsplit(server.url).port
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert f"Location: {location.format(port=port)}" in head.splitlines()


def test_every_fault_ends_when_the_test_does():
    before = threading.active_count()
    for name in FAULTS.keys() - {"Parquet of billions of cells"}:
        with Faults(name) as server, asked(server):
            while not server.hits:
                continue
    assert threading.active_count() == before
