# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A `requests.Session` whose connections end at a deadline, whatever the server or a proxy sends."""

import io
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from http.client import SWITCHING_PROTOCOLS, HTTPResponse
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError

from .certificates import trusted_certificates

if TYPE_CHECKING:
    from urllib3.connection import HTTPSConnection as _Connection
else:
    _Connection = object

__all__ = ["PIECE", "is_loopback", "new_adapter", "new_session", "time_limit"]

PIECE = 65536  # bytes sent or received at once

_seconds_left: ContextVar[Callable[[], float] | None] = ContextVar("seconds_left", default=None)


@contextmanager
def time_limit(ends: float, now: Callable[[], float]) -> Iterator[None]:
    """Let network waits raise `TimeoutError` when the clock ``now`` reaches ``ends``."""
    token = _seconds_left.set(lambda: ends - now())
    try:
        yield
    finally:
        _seconds_left.reset(token)


def new_session(headers: Mapping[str, Any]) -> requests.Session:
    """A session with these headers, and with connections and cookies of its own."""
    session = requests.Session()
    session.headers.update(headers)
    for scheme in ("https://", "http://"):
        session.mount(scheme, new_adapter())
    return session


def new_adapter() -> HTTPAdapter:
    """An adapter with connections of its own."""
    return _Adapter()


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"


def _set_timeout(sock: socket.socket, timeout: float | None) -> None:
    """Limit the next operation of a socket to its timeout and to the time limit."""
    left = _seconds_left.get()
    if left is not None:
        timeout = left() if timeout is None else min(timeout, left())
        if timeout <= 0:
            raise TimeoutError("the time limit is reached")
    sock.settimeout(timeout)


class _TimedReader(io.RawIOBase):
    """A response stream, each read of which ends at the time limit."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock
        self._timeout = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        _set_timeout(self._sock, self._timeout)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _Response(HTTPResponse):
    """The final response; interim ones, such as 103 Early Hints, are skipped."""

    def __init__(self, sock: socket.socket, *args: Any, **keywords: Any) -> None:
        super().__init__(sock, *args, **keywords)
        self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock))

    def begin(self, *args: Any, **keywords: Any) -> None:
        super().begin(*args, **keywords)
        while self.status < 200 and self.status != SWITCHING_PROTOCOLS:
            vars(self).update(headers=None, msg=None)  # else begin() would not read the next headers
            super().begin(*args, **keywords)


class _TimedTLS(ssl.SSLSocket):
    """A TLS connection to a proxy, each read of which ends at the time limit."""

    def recv(self, *args: Any, **keywords: Any) -> bytes:
        _set_timeout(self, self.gettimeout())
        return super().recv(*args, **keywords)


class _TimedConnection(_Connection):
    """Mixin for the connection classes of urllib3."""

    response_class = _Response

    def connect(self) -> None:
        """Connect, where timeouts of handshakes and proxies count as timeouts of the connection."""
        try:
            super().connect()
        except TimeoutError as error:
            raise ConnectTimeoutError(self, f"Connection to {self.host} timed out.") from error

    def send(self, data: bytes) -> None:
        if self.sock is None:
            self.connect()
        sock: Any = self.sock
        for start in range(0, len(data), PIECE):
            _set_timeout(sock, self.timeout)
            super().send(data[start : start + PIECE])

    def _connect_tls_proxy(self, *args: Any, **keywords: Any) -> ssl.SSLSocket:
        sock = super()._connect_tls_proxy(*args, **keywords)
        sock.__class__ = _TimedTLS
        return sock


@cache
def _timed(pool: Any) -> type[Any]:
    """The same class of connection pool, with timed connections."""
    connection = pool.ConnectionCls
    timed = type(connection.__name__, (_TimedConnection, connection), {})
    return type(pool.__name__, (pool,), {"ConnectionCls": timed})


class _Adapter(HTTPAdapter):
    """Sends over timed connections, and trusts certificates of the environment."""

    def init_poolmanager(self, *args: Any, **keywords: Any) -> None:
        super().init_poolmanager(*args, **keywords)
        _use_timed_pools(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **keywords: Any) -> Any:
        known = proxy in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **keywords)
        if not known:
            _use_timed_pools(manager)
        return manager

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, tls = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, tls | trusted_certificates() if host["scheme"] == "https" else tls

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Do nothing: the pool has its certificates, and reports a missing file."""


def _use_timed_pools(manager: Any) -> None:
    pools = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {scheme: _timed(pool) for scheme, pool in pools.items()}
