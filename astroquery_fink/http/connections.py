# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A `requests.Session` whose connections end at a deadline, whatever the server or a proxy sends."""

import io
import ipaddress
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from http.client import SWITCHING_PROTOCOLS, HTTPResponse

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError

from .certificates import trusted_certificates

__all__ = ["PIECE", "is_loopback", "new_adapter", "new_session", "time_limit"]

PIECE = 65536  # bytes sent or received at once

_seconds_left: ContextVar[Callable[[], float] | None] = ContextVar("seconds_left", default=None)


@contextmanager
def time_limit(ends: float, now: Callable[[], float]) -> Iterator[None]:
    """Inside, any wait for the network raises `TimeoutError` when the clock ``now`` reaches ``ends``."""
    token = _seconds_left.set(lambda: ends - now())
    try:
        yield
    finally:
        _seconds_left.reset(token)


def new_session(headers) -> requests.Session:
    """A session without cookies or connections of another one."""
    session = requests.Session()
    session.headers.update(headers)
    for scheme in ("https://", "http://"):
        session.mount(scheme, new_adapter())
    return session


def new_adapter() -> HTTPAdapter:
    """What sends over connections that it shares with nothing else."""
    return _Adapter()


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _allow(sock, timeout: float) -> None:
    """Let the next operation of a socket wait as long as it may, but not beyond the time limit."""
    left = _seconds_left.get()
    if left is not None:
        timeout = min(timeout, left())
        if timeout <= 0:
            raise TimeoutError("the time limit is reached")
    sock.settimeout(timeout)


class _TimedReader(io.RawIOBase):
    """What a server sends, each read within the time limit."""

    def __init__(self, raw: io.RawIOBase, sock) -> None:
        self._raw = raw
        self._sock = sock
        self._timeout = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int | None:
        _allow(self._sock, self._timeout)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _Response(HTTPResponse):
    """The final response of a server; interim ones, such as 103 Early Hints, are skipped."""

    def __init__(self, sock, *args, **kwargs) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock))

    def begin(self, *args, **kwargs) -> None:
        super().begin(*args, **kwargs)
        while self.status < 200 and self.status != SWITCHING_PROTOCOLS:
            self.headers = self.msg = None
            super().begin(*args, **kwargs)


class _TimedTLS(ssl.SSLSocket):
    """A connection to a proxy through which another TLS handshake goes, a few bytes at a time if need be."""

    def recv(self, *args, **kwargs):
        _allow(self, self.gettimeout())
        return super().recv(*args, **kwargs)


class _TimedConnection:
    """Mixin for a connection class of urllib3."""

    response_class = _Response

    def connect(self):
        """Handshakes and proxies count as connecting."""
        try:
            super().connect()
        except TimeoutError as error:
            raise ConnectTimeoutError(self, f"Connection to {self.host} timed out.") from error

    def send(self, data):
        if self.sock is None:
            self.connect()
        for start in range(0, len(data), PIECE):
            _allow(self.sock, self.timeout)
            super().send(data[start : start + PIECE])

    def _connect_tls_proxy(self, *args, **kwargs):
        sock = super()._connect_tls_proxy(*args, **kwargs)
        sock.__class__ = _TimedTLS
        return sock


@cache
def _timed(pool: type) -> type:
    """The same kind of pool, with connections that heed the time limit."""
    connection = pool.ConnectionCls
    timed = type(connection.__name__, (_TimedConnection, connection), {})
    return type(pool.__name__, (pool,), {"ConnectionCls": timed})


class _Adapter(HTTPAdapter):
    """Sends over timed connections, to proxies too, and trusts the certificates of the environment."""

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, **kwargs)
        _time_pools_of(self.poolmanager)

    def proxy_manager_for(self, proxy, **kwargs):
        known = proxy in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not known:
            _time_pools_of(manager)
        return manager

    def build_connection_pool_key_attributes(self, request, verify, cert=None):
        host, tls = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, tls | trusted_certificates() if host["scheme"] == "https" else tls

    def cert_verify(self, conn, url, verify, cert):
        """The pool knows its certificates; a file that is not there is told when it is read."""


def _time_pools_of(manager) -> None:
    pools = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {scheme: _timed(pool) for scheme, pool in pools.items()}
