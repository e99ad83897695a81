# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A loopback server that fails as planned; it writes to the socket, so that it can break HTTP."""

import gzip
import io
import json
import socket
import struct
import threading
import zlib
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from http import HTTPStatus
from http.client import parse_headers
from itertools import chain, repeat
from urllib.parse import urlsplit

__all__ = ["FAULTS", "GOOD", "OBJECT", "RETRY_DATE", "Faults", "Request", "Talk"]

OBJECT = "ZTF21aaxtctv"
RETRY_DATE = "Wed, 21 Oct 2026 07:28:00 GMT"

_ALERT = {"i:objectId": OBJECT, "i:candid": 2**53 + 1, "i:fid": 1, "i:ra": 10.0, "i:dec": -5.0}
_ROWS = [_ALERT | {"i:jd": 2461122.5 - day, "i:magpsf": 18.5 + day / 8} for day in range(3)]
GOOD = {
    "objects": _ROWS,
    "classes": {"Fink classifiers": ["Early SN Ia candidate", "Kilonova candidate"]},
    "schema": {"ZTF original fields (i:)": {"magpsf": {"type": "float", "doc": "Magnitude [mag]"}}},
    "cutouts": {"b:cutoutScience_stampData": [[1.0, 2.0], [3.0, None]]},
}


class Faults:
    """Plays one fault per request, in the order of a plan; the last one is repeated.

    Parameters
    ----------
    *plan : str
        Names of `FAULTS`; ``"good"`` is a response without a fault.
    tls : `ssl.SSLContext`, optional
        The server side of TLS; the address is then https.

    Attributes
    ----------
    url : str
        Without a slash at the end.
    hits : list of str
        The names of the faults played so far.
    requests : list of `Request`
        The requests so far, in the same order.
    """

    def __init__(self, *plan, tls=None):
        self.plan = [(name, FAULTS[name]) for name in plan or ["good"]]
        self.tls = tls
        self.hits = []
        self.requests = []
        self.over = threading.Event()
        self._ticks = threading.Semaphore(0)
        self._order = threading.Lock()

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        scheme = "https" if self.tls else "http"
        self.url = "{}://{}:{}".format(scheme, *self._listener.getsockname())
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.tick()
        socket.create_connection(self._listener.getsockname()).close()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def tick(self):
        """Let ``"a byte at a time"`` send its next byte."""
        self._ticks.release()

    def wait_for_tick(self):
        """Wait for a tick; False when the test is over."""
        self._ticks.acquire()
        return not self.over.is_set()

    def _accept(self):
        while True:
            connection, _ = self._listener.accept()
            if self.over.is_set():
                connection.close()
                return
            thread = threading.Thread(target=self._play, args=[connection])
            self._threads.append(thread)
            thread.start()

    def _play(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(20)
        with suppress(OSError), self._secured(connection) as connection:
            request = _read_request(connection)
            if request:
                self._next(request)(Talk(self, connection, request))

    def _secured(self, connection):
        return self.tls.wrap_socket(connection, server_side=True) if self.tls else connection

    def _next(self, request):
        with self._order:
            name, play = self.plan[min(len(self.hits), len(self.plan) - 1)]
            self.hits.append(name)
            self.requests.append(request)
        return play


@dataclass(frozen=True)
class Request:
    """One request as the server received it.

    Parameters
    ----------
    method, path : str
        The path in the request line; it holds the address of the server if this is a proxy.
    headers : `http.client.HTTPMessage`
    payload : object
        The JSON of the body, None without a body.
    """

    method: str
    path: str
    headers: object
    payload: object


def _read_request(connection):
    """The request on a connection, None if the client closed it without one."""
    with connection.makefile("rb") as stream:
        line = stream.readline()
        if not line:
            return None
        method, path, _ = line.decode("latin-1").split(" ")
        headers = parse_headers(stream)
        body = stream.read(int(headers.get("Content-Length", 0)))
    return Request(method, path, headers, json.loads(body) if body else None)


@dataclass(frozen=True)
class Talk:
    """A request and ways to respond to it; the connection is closed when the fault has been played.

    Parameters
    ----------
    server : `Faults`
    connection : `socket.socket`
    request : `Request`
    """

    server: Faults
    connection: socket.socket
    request: Request

    @property
    def good(self):
        """bytes : The body of a good response to this request."""
        endpoint = urlsplit(self.request.path).path.rpartition("/")[2]
        return json.dumps(GOOD.get(endpoint, _ROWS)).encode()

    def send(self, data):
        """Write to the socket."""
        self.connection.sendall(data)

    def head(self, status=200, **headers):
        """Send a status line and headers; ``Content_Type`` is ``Content-Type``."""
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.send("\r\n".join([*lines, "", ""]).encode("latin-1"))

    def reply(self, body, status=200, **headers):
        """Send a response; it is whole unless ``Content_Length`` is given."""
        self.head(status, **{"Content_Type": "application/json", "Content_Length": len(body)} | headers)
        self.send(body)

    def reset(self):
        """Make the connection end with a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _good(talk):
    if "gzip" in talk.request.headers.get("Accept-Encoding", ""):
        talk.reply(gzip.compress(talk.good), Content_Encoding="gzip")
    else:
        talk.reply(talk.good)


def _silent(talk):
    talk.server.over.wait()


def _stuck(talk):
    talk.reply(talk.good[:20], Content_Length=len(talk.good))
    talk.server.over.wait()


def _drip(talk):
    talk.head(Content_Type="application/json")
    while talk.server.wait_for_tick():
        talk.send(b" ")


def _dripped(talk, before, drops, again):
    """Send bytes one by one, then the same bytes again and again."""
    talk.send(before)
    for drop in chain((drops[at : at + 1] for at in range(len(drops))), repeat(again)):
        if not talk.server.wait_for_tick():
            break
        talk.send(drop)


def _closed(talk):
    """Close the connection without a response."""


def _reset(talk):
    talk.reset()


def _garbage(talk):
    talk.send(b"\x16\x03\x01 what is this?\r\n\r\n")


def _reset_in_body(talk):
    talk.reply(talk.good[:20], Content_Length=len(talk.good))
    talk.reset()


def _too_large(talk):
    talk.reply(talk.good, Content_Length=len(talk.good) + 10)


def _too_small(talk):
    talk.reply(talk.good, Content_Length=len(talk.good) - 10)


def _cut_by_closing(talk):
    talk.head(Content_Type="application/json")
    talk.send(talk.good[:-10])


def _cut_in_chunk(talk):
    talk.head(Content_Type="application/json", Transfer_Encoding="chunked")
    talk.send(b"%x\r\n" % len(talk.good) + talk.good[:-10])


def _no_last_chunk(talk):
    talk.head(Content_Type="application/json", Transfer_Encoding="chunked")
    talk.send(b"%x\r\n%b\r\n" % (len(talk.good), talk.good))


def _cut_gzip(talk, left_out):
    talk.reply(gzip.compress(talk.good)[:-left_out], Content_Encoding="gzip")


def _broken_gzip(talk):
    body = gzip.compress(talk.good)
    talk.reply(body[:-8] + bytes(4) + body[-4:], Content_Encoding="gzip")


def _bomb(talk):
    talk.reply(_bomb_of(200), Content_Encoding="gzip")


def _bomb_in_redirect(talk):
    talk.reply(_bomb_of(200), 307, Content_Encoding="gzip", Location="/elsewhere" + talk.request.path)


def _stuck_redirect(talk):
    talk.reply(b"moved", 307, Content_Length=100, Location="/elsewhere" + talk.request.path)
    talk.server.over.wait()


def _long_tail(talk):
    body = gzip.compress(talk.good)
    talk.reply(body, Content_Encoding="gzip", Content_Length=len(body) + 20 * 2**20)
    for _ in range(20 * 16):
        talk.send(bytes(2**16))


@cache
def _bomb_of(megabytes):
    """Megabytes of blanks, as gzip: one compressed block, repeated."""
    blanks, packer = b" " * 2**20, zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    block = packer.compress(blanks) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    for _ in range(megabytes):
        checksum = zlib.crc32(blanks, checksum)
    tail = struct.pack("<II", checksum, megabytes * 2**20)
    return gzip.compress(b"")[:10] + block * megabytes + packer.flush() + tail


def _early_hints(talk):
    talk.send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n")
    talk.send(b"HTTP/1.1 103 Early Hints\r\nLink: </y>; rel=preload\r\n\r\n")
    talk.reply(talk.good)


def _packed(talk, body, encoding):
    talk.reply(body(talk.good), Content_Encoding=encoding)


def _members(body):
    return b"".join(gzip.compress(body[at : at + 7]) for at in range(0, len(body), 7))


def _raw_deflate(body):
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def _one_by_one(talk, body):
    """Send each byte in a chunk of its own."""
    talk.head(Content_Type="application/json", Content_Encoding="deflate", Transfer_Encoding="chunked")
    for byte in body(talk.good):
        talk.send(b"1\r\n%c\r\n" % byte)
    talk.send(b"0\r\n\r\n")


def _content(talk, body, kind="application/json", status=200):
    talk.reply(body, status, Content_Type=kind)


def _called(talk, kind):
    talk.reply(talk.good, Content_Type=kind)


def _status(talk, status, **headers):
    talk.reply(json.dumps({"message": f"planned {status}"}).encode(), status, **headers)


def _elsewhere(talk, status):
    talk.reply(b"", status, Location="/elsewhere" + talk.request.path)


def _other_host(talk, status):
    port = urlsplit(talk.server.url).port
    talk.reply(b"", status, Location=f"http://localhost:{port}{talk.request.path}")


def _redirect(talk, location):
    talk.reply(b"", 307, Location=location)


def _circle(talk):
    _redirect(talk, talk.request.path)


def _numbers(talk, texts):
    row = f'"i:objectId": "{OBJECT}", "i:jd": 2461122.5'
    rows = [f'{{{row}, "i:magpsf": {text}, "i:candid": {text}, "x:new": {text}}}' for text in texts]
    talk.reply(f"[{','.join(rows)}]".encode())


def _parquet(talk):
    talk.reply(_parquet_of(1000), Content_Type="application/octet-stream")


@cache
def _parquet_of(millions):
    """Three columns of millions of empty cells, as Parquet; all row groups are the same bytes of the file."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile, write_table

    file, footer = io.BytesIO(), io.BytesIO()
    write_table(pa.table(dict.fromkeys(["i:jd", "i:magpsf", "i:ra"], pa.nulls(10**6, pa.float64()))), file)
    footer_of_all = ParquetFile(file).metadata
    group = ParquetFile(file).metadata
    for _ in range(millions - 1):
        footer_of_all.append_row_groups(group)
    footer_of_all.write_metadata_file(footer)
    data = file.getvalue()[: -8 - group.serialized_size]
    return data + footer.getvalue()[4:]


_OK = b"HTTP/1.1 200 OK\r\n"
_CHUNKS = _OK + b"Transfer-Encoding: chunked\r\n\r\n"
_DRIPS = {
    "a status line a byte at a time": (b"", _OK[:-2], b"K"),
    "headers a byte at a time": (_OK, b"X-Long: ", b"x"),
    "chunk sizes a byte at a time": (_CHUNKS, b"5;note=", b"x"),
    "trailers a byte at a time": (_CHUNKS + b"1\r\n[\r\n0\r\n", b"X-Long: ", b"x"),
    "trailers without end": (_CHUNKS + b"1\r\n[\r\n0\r\n", b"", b"X-Again: x\r\n"),
    "100 Continue for ever": (b"", b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "103 Early Hints for ever": (b"", b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
    "a tunnel that drips": (b"HTTP/1.1 200 Connection established\r\n\r\n", b"\x16\x03\x03\x20\x00", b"x"),
}

_HTML = b"<!doctype html>\n<html><body><h1>Down for maintenance</h1></body></html>"
_ERRORS = (400, 401, 403, 404, 408, 422, 429, 500, 502, 503, 504)
_REDIRECTS = (301, 302, 303, 307, 308)

FAULTS = {
    "good": _good,
    "no reply": _silent,
    "stuck in mid-body": _stuck,
    "a byte at a time": _drip,
    "closed before the reply": _closed,
    "reset before the reply": _reset,
    "garbage status line": _garbage,
    "reset in mid-body": _reset_in_body,
    "Content-Length too large": _too_large,
    "Content-Length too small": _too_small,
    "cut, the end told by closing": _cut_by_closing,
    "cut in a chunk": _cut_in_chunk,
    "no last chunk": _no_last_chunk,
    "gzip cut short": partial(_cut_gzip, left_out=40),
    "gzip without its checksum": partial(_cut_gzip, left_out=8),
    "gzip with a wrong checksum": _broken_gzip,
    "gzip bomb": _bomb,
    "gzip bomb in a redirect": _bomb_in_redirect,
    "gzip with a long tail": _long_tail,
    "HTML with 200": partial(_content, body=_HTML, kind="text/html"),
    "invalid JSON": partial(_content, body=b'[{"i:objectId": ]'),
    "100,000 brackets": partial(_content, body=b"[" * 100_000),
    "an empty body": partial(_content, body=b""),
    "an empty list": partial(_content, body=b"[]"),
    "a long answer": partial(_content, body=json.dumps(_ROWS * 1000).encode()),
    "a long failure": partial(_content, body=b"x" * 10_000, status=400),
    "numbers that JSON has not": partial(_numbers, texts=["NaN", "Infinity", "-Infinity", "1e999"]),
    "numbers that are too long": partial(_numbers, texts=["12345678901234567890123", str(2**63)]),
    "Parquet of billions of cells": _parquet,
    "JSON called HTML": partial(_called, kind="text/html"),
    "JSON called Parquet": partial(_called, kind="application/vnd.apache.parquet"),
    "redirect to another host": partial(_other_host, status=302),
    "redirect in a circle": _circle,
    "redirect stuck in mid-body": _stuck_redirect,
    "redirect to a file": partial(_redirect, location="file:///etc/hostname"),
    "redirect to FTP": partial(_redirect, location="ftp://127.0.0.1/api/v1/objects"),
    "redirect to nonsense": partial(_redirect, location="http://[nonsense/"),
}
FAULTS |= {
    name: partial(_dripped, before=before, drops=drops, again=again)
    for name, (before, drops, again) in _DRIPS.items()
}
FAULTS |= {
    "early hints": _early_hints,
    "gzip of many members": partial(_packed, body=_members, encoding="gzip"),
    "raw deflate": partial(_packed, body=_raw_deflate, encoding="deflate"),
    "deflate": partial(_packed, body=zlib.compress, encoding="Deflate"),
    "raw deflate, byte by byte": partial(_one_by_one, body=_raw_deflate),
    "gzip of many members, byte by byte": partial(_one_by_one, body=_members),
    "raw deflate cut short": partial(_packed, body=lambda body: _raw_deflate(body)[:-4], encoding="deflate"),
    "gzip with half a member more": partial(
        _packed, body=lambda body: gzip.compress(body) + gzip.compress(body)[:12], encoding="gzip"
    ),
    "gzip with a byte more": partial(_packed, body=lambda body: gzip.compress(body) + b"\0", encoding="gzip"),
}
FAULTS |= {str(status): partial(_status, status=status) for status in _ERRORS}
FAULTS |= {f"{status} to another path": partial(_elsewhere, status=status) for status in _REDIRECTS}
FAULTS |= {
    f"{status}, Retry-After {when}": partial(_status, status=status, Retry_After=when)
    for status in (429, 503)
    for when in ("1", "soon", "86400", RETRY_DATE)
}
