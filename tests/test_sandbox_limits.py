"""Requests that are too large are refused with a message, in little memory."""

import gzip
import json
import socket
import tracemalloc
import zlib
from importlib.util import find_spec

import pytest
import requests

from fink_sandbox import Sandbox
from fink_sandbox.sky.events import event_map

MB = 10**6
AS_JSON = {"Content-Type": "application/json"}
needs_pixels = pytest.mark.skipif(not find_spec("astropy_healpix"), reason="astropy-healpix is missing")


@pytest.fixture(scope="module", params=["ztf", "lsst"])
def box(request):
    with Sandbox(seed=1, survey=request.param) as running:
        yield running


@pytest.fixture
def send(box):
    """Post a body, and check that the sandbox still serves."""

    def send(endpoint, body, **headers):
        address = f"{box.url}/api/v1/{endpoint}"
        response = requests.post(address, data=body, headers=AS_JSON | headers, timeout=60)
        assert requests.get(f"{box.url}/swagger.json", timeout=20).status_code == 200
        return response

    return send


@pytest.fixture
def memory():
    """The most memory in bytes since the test began."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


def sky_map(packed):
    return json.dumps({"bayestar": str(packed), "credible_level": 0.5})


def test_a_body_of_two_gigabytes_is_refused_before_it_is_read(box, memory):
    host, port = box.url.removeprefix("http://").split(":")
    head = "POST /api/v1/objects HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with socket.create_connection((host, int(port)), timeout=20) as client:
        client.sendall(f"{head}Content-Length: {2**31}\r\n\r\n".encode())
        received = client.recv(65536)
    assert received.startswith(b"HTTP/1.1 413 ")
    assert memory() < 20 * MB
    assert requests.get(f"{box.url}/swagger.json", timeout=20).status_code == 200


@pytest.mark.parametrize("endpoint", ["objects", "nowhere"])
def test_a_client_that_sends_too_much_gets_a_message(send, memory, endpoint):
    response = send(endpoint, b" " * 40 * MB)
    assert response.status_code == 413
    assert response.json() == {"message": "The body is longer than 4,000,000 bytes."}
    assert memory() < 100 * MB


@pytest.mark.parametrize("times", [5, 30])
def test_a_body_without_a_length_is_refused_when_it_has_become_too_long(send, times):
    response = send("objects", (b" " * MB for _ in range(times)))
    assert (response.status_code, "4,000,000" in response.json()["message"]) == (413, True)


@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 500 + b"]" * 500],
    ids=["lists", "objects", "whole"],
)
def test_brackets_without_end_are_a_bad_request(send, body):
    response = send("objects", body)
    assert response.status_code == 400
    assert "nested" in response.json()["message"]


def test_arguments_nested_a_little_are_read(box, send):
    send("objects", json.dumps({"objectId": [[["a"]]]}))
    assert box.requests[-2][1] == {"objectId": [[["a"]]]}


@pytest.mark.parametrize("value", ["[]", "{}", "1", '{"":0}'])
def test_millions_of_values_are_refused(send, memory, value):
    response = send("skymap", f'{{"a":[{",".join([value] * 2_000_001)}]}}')
    assert (response.status_code, "values" in response.json()["message"]) == (413, True)
    assert memory() < 200 * MB


def test_numbers_of_thousands_of_digits_are_not_json(send):
    response = send("objects", b'{"objectId": ' + b"1" * 5000 + b"}")
    assert (response.status_code, response.json().keys()) == (400, {"message"})


def one_member(size):
    packer = zlib.compressobj(1, wbits=31)
    return b"".join(packer.compress(bytes(MB)) for _ in range(size // MB)) + packer.flush()


@pytest.mark.parametrize(
    "packed", [gzip.compress(bytes(10 * MB)) * 100, one_member(200 * MB)], ids=["members", "member"]
)
def test_a_sky_map_that_unzips_to_a_gigabyte_is_refused(send, memory, packed):
    response = send("skymap", sky_map(packed))
    assert response.status_code == 413
    assert response.json() == {"message": "The sky map has more than 64,000,000 bytes."}
    assert memory() < 250 * MB


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "-" * 100_000,
        "b'" + "(" * 100_000,
        f"b''+{'(' * 9_000}b''{')' * 9_000}+b''",
        "b'\\",
        "b'",
        "",
        1,
    ],
    ids=["brackets", "signs", "open", "a sum", "a backslash", "a quote", "nothing", "a number"],
)
def test_text_other_than_printed_bytes_is_never_run_as_python(send, text):
    response = send("skymap", json.dumps({"bayestar": text, "credible_level": 0.5}))
    assert (response.status_code, response.json()) == (500, {"message": "Internal Server Error"})


@pytest.mark.parametrize(
    "broken",
    [b"\x1f\x8b" + b"\xff" * 50, gzip.compress(b"x" * 999, mtime=0)[:-4], b""],
    ids=["no stream", "no end", "nothing"],
)
def test_a_broken_gzip_breaks_only_the_request(send, broken):
    assert send("skymap", sky_map(broken)).status_code == 500


@needs_pixels
def test_a_map_is_read_with_either_quote():
    packed = event_map("S990220sim")
    texts = [f"b{quote}{''.join(f'{chr(92)}x{byte:02x}' for byte in packed)}{quote}" for quote in "'\""]
    with Sandbox() as box:
        payloads = [{"bayestar": text, "credible_level": 0.9} for text in [*texts, str(packed)]]
        found = [requests.post(f"{box.url}/api/v1/skymap", json=one, timeout=20).json() for one in payloads]
    assert found[0] == found[1] == found[2] != []


def test_a_failure_is_logged_without_the_megabytes_that_were_sent(caplog):
    with Sandbox() as box:
        payload = {"objectId": ["a" * 100_000]}
        assert requests.post(f"{box.url}/api/v1/objects", json=payload, timeout=20).status_code == 500
    assert caplog.records
    assert max(len(record.getMessage()) for record in caplog.records) < 500
