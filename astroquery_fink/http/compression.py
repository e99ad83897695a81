# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Bodies as HTTP packs them: plain, gzip, deflate."""

import zlib

__all__ = ["decompressor"]

_GZIP, _ZLIB, _RAW = zlib.MAX_WBITS | 16, zlib.MAX_WBITS, -zlib.MAX_WBITS
_MAGIC = b"\x1f\x8b"


def decompressor(encoding: str):
    """What unpacks a body of this Content-Encoding, or None for one that was not asked for."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return _Plain()
    if encoding in ("gzip", "x-gzip", "deflate"):
        return _Packed(raw=encoding == "deflate")
    return None


class _Plain:
    """Looks like a decompressor, for what is not compressed."""

    eof = True

    def decompress(self, piece: bytes, room: int) -> bytes:
        return piece


class _Packed:
    """Members of gzip one after another, or deflate with zlib's header or without; the bytes decide."""

    def __init__(self, *, raw: bool) -> None:
        self._raw = raw
        self._start = b""  # of a member, until it can be told what it is
        self._member = None

    @property
    def eof(self) -> bool:
        return self._member is not None and self._member.eof and not self._start

    def decompress(self, piece: bytes, room: int) -> bytes:
        """At most ``room`` bytes, which must be more than none."""
        pieces = []
        while piece and room > 0:
            if self._member is None or self._member.eof:
                piece, self._start = self._start + piece, b""
                if len(piece) < 2:
                    self._start = piece
                    break
                self._member = zlib.decompressobj(wbits=self._kind_of(piece))
            pieces.append(self._member.decompress(piece, room))
            room -= len(pieces[-1])
            piece = self._member.unused_data
        return b"".join(pieces)

    def _kind_of(self, start: bytes) -> int:
        if start.startswith(_MAGIC):
            return _GZIP
        if self._member is not None:
            raise EOFError("bytes after the end of a compressed reply")
        has_header = start[0] & 0x0F == zlib.DEFLATED and int.from_bytes(start[:2]) % 31 == 0
        return _RAW if self._raw and not has_header else _ZLIB
