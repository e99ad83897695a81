# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Decompression of response bodies: identity, gzip, deflate."""

import zlib
from typing import Protocol

__all__ = ["decompressor"]

_GZIP, _ZLIB, _RAW = zlib.MAX_WBITS | 16, zlib.MAX_WBITS, -zlib.MAX_WBITS
_MAGIC = b"\x1f\x8b"


class Decompressor(Protocol):
    """Decompresses a body piece by piece, like the objects of `zlib`."""

    @property
    def eof(self) -> bool: ...

    def decompress(self, piece: bytes, limit: int) -> bytes: ...


def decompressor(encoding: str) -> Decompressor | None:
    """The decompressor for a Content-Encoding, or None if that was not requested."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return _Plain()
    if encoding in ("gzip", "x-gzip", "deflate"):
        return _Compressed(raw=encoding == "deflate")
    return None


class _Plain:
    """The decompressor for bodies that are not compressed."""

    eof = True

    def decompress(self, piece: bytes, limit: int) -> bytes:
        return piece


class _Compressed:
    """The decompressor for members of gzip, and for deflate with or without the header of zlib."""

    def __init__(self, *, raw: bool) -> None:
        self._raw = raw
        self._start = b""  # of a member, while it is too short to show its format
        self._member = None

    @property
    def eof(self) -> bool:
        return self._member is not None and self._member.eof and not self._start

    def decompress(self, piece: bytes, limit: int) -> bytes:
        """At most ``limit`` bytes; the limit must be positive."""
        pieces = []
        while piece and limit > 0:
            if self._member is None or self._member.eof:
                piece, self._start = self._start + piece, b""
                if len(piece) < 2:
                    self._start = piece
                    break
                self._member = zlib.decompressobj(wbits=self._format_of(piece))
            pieces.append(self._member.decompress(piece, limit))
            limit -= len(pieces[-1])
            piece = self._member.unused_data
        return b"".join(pieces)

    def _format_of(self, start: bytes) -> int:
        if start.startswith(_MAGIC):
            return _GZIP
        if self._member is not None:
            raise EOFError("bytes after the end of a compressed response")
        has_header = start[0] & 0x0F == zlib.DEFLATED and int.from_bytes(start[:2]) % 31 == 0
        return _RAW if self._raw and not has_header else _ZLIB
