# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A request ends at its deadline, however slowly a server or a proxy talks."""

import socket
import ssl

import pytest
from clock import FakeClock
from faults import Faults

from astroquery_fink import FinkClass, conf
from astroquery_fink.exceptions import FinkTimeoutError

SLOW = [
    "a byte at a time",
    "a status line a byte at a time",
    "headers a byte at a time",
    "chunk sizes a byte at a time",
    "trailers a byte at a time",
    "trailers without end",
    "100 Continue for ever",
    "103 Early Hints for ever",
]
pytestmark = pytest.mark.usefixtures("plain_environment", "in_json")


class TickingClock(FakeClock):
    """Lets a second pass and the server send its next byte whenever the client reads the clock."""

    def __init__(self, server):
        super().__init__()
        self._server = server

    def now(self):
        self.seconds += 1
        self._server.tick()
        return self.seconds


@pytest.fixture
def tls(authority, tmp_path, monkeypatch):
    """The server side of TLS, with a certificate that the client trusts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "fink.example").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return context


def assert_ends_at_the_deadline(server, url=None, ask=None, deadline=180):
    clock = TickingClock(server)
    client = FinkClass(server=url or server.url, clock=clock)
    with pytest.raises(FinkTimeoutError, match=r"180 s \(conf\.deadline\)"):
        ask(client) if ask else client.query_object("ZTF21aaxtctv", columns="jd", cache=False)
    assert deadline < clock.seconds < deadline + 15
    assert len(server.hits) == 1


@pytest.mark.parametrize("fault", SLOW)
def test_a_server_that_sends_a_byte_a_second_is_left_at_the_deadline(fault, tmp_path):
    with Faults(fault) as server:
        assert_ends_at_the_deadline(server)


@pytest.mark.parametrize("fault", ["headers a byte at a time", "trailers without end", "a byte at a time"])
def test_the_same_over_https(fault, tls, tmp_path):
    with Faults(fault, tls=tls) as server:
        assert_ends_at_the_deadline(server)


@pytest.mark.parametrize("fault", ["headers a byte at a time", "100 Continue for ever"])
def test_a_download_whose_beginning_never_comes_ends_too(fault, tmp_path):
    with Faults(fault) as server, conf.set_temp("attempts", 1):
        assert_ends_at_the_deadline(
            server, ask=lambda client: client.download_sso_bulk(tmp_path / "x.parquet")
        )


@pytest.mark.parametrize("fault", ["headers a byte at a time", "a status line a byte at a time"])
@pytest.mark.parametrize("url", ["http://fink.example", "https://fink.example"])
def test_a_proxy_that_answers_a_byte_a_second_is_left_at_the_deadline(fault, url, monkeypatch):
    with Faults(fault) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with conf.set_temp("connect_timeout", 1000.0):
            assert_ends_at_the_deadline(proxy, url)


@pytest.mark.parametrize("secured", [False, True], ids=["an http proxy", "an https proxy"])
def test_a_handshake_behind_a_proxy_ends_too(secured, tls, monkeypatch):
    with Faults("a tunnel that drips", tls=tls if secured else None) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        client = FinkClass(server="https://fink.example")
        if secured:
            assert_ends_at_the_deadline(proxy, client.server)
            return
        told = pytest.raises(FinkTimeoutError, match=r"no connection within 0\.2 s")
        with conf.set_temp("connect_timeout", 0.2), conf.set_temp("attempts", 1), told:
            client.query_object("ZTF21aaxtctv", columns="jd", cache=False)


def test_a_server_that_never_shakes_hands_is_no_connection(tls):
    with socket.create_server(("127.0.0.1", 0)) as mute, conf.set_temp("connect_timeout", 0.2):
        client = FinkClass(server=f"https://127.0.0.1:{mute.getsockname()[1]}")
        with conf.set_temp("attempts", 1), pytest.raises(FinkTimeoutError, match="conf.connect_timeout"):
            client.query_object("ZTF21aaxtctv", columns="jd", cache=False)


def test_a_server_that_reads_nothing_is_left_at_the_deadline(tmp_path):
    """The request is larger than what the network holds."""
    with socket.create_server(("127.0.0.1", 0)) as deaf, conf.set_temp("deadline", 0.5):
        client = FinkClass(server=f"http://127.0.0.1:{deaf.getsockname()[1]}")
        with pytest.raises(FinkTimeoutError, match=r"0\.5 s \(conf\.deadline\)"):
            client._request("POST", f"{client.server}/api/v1/skymap", json={"file": "x" * 30_000_000})
