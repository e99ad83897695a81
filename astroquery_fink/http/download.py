# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Download of a file too large for memory: streamed to disk, resumed after interruptions."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from pathlib import Path
from typing import BinaryIO

import requests

from ..arguments.checks import path_of, truth
from ..arguments.types import StrPath
from ..disk import completed, disk_errors, unfinished_name
from ..exceptions import FinkQueryError, FinkServiceError
from ..progress import Bar, is_shown
from .clock import Clock
from .connections import PIECE
from .request import (
    FAULT_TRIES,
    Failure,
    HTTPRequest,
    Limits,
    send_once,
    unexpected_encoding,
)
from .retry import with_retries
from .server_messages import server_message

__all__ = ["BodyKind", "download", "target"]

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_BROKEN_TRIES = 2
_BEGINNING = 1024  # bytes in which the message of a server is found


@dataclass(frozen=True)
class BodyKind:
    """A kind of file, recognized by its first bytes, whatever the header says.

    Parameters
    ----------
    name : str
        For messages.
    start, end : bytes
        The first and the last bytes of a complete file.
    check : callable, optional
        Raises `~astroquery_fink.exceptions.FinkQueryError` if this kind cannot be used here.
    convert : callable, optional
        Takes the path of a complete file, and writes the file that the user gets to another path; raises
        `ValueError` if the bytes are broken.
    """

    name: str
    start: bytes
    end: bytes
    check: Callable[[], None] | None = None
    convert: Callable[[Path, Path], None] | None = None


def target(path: StrPath, *, overwrite: bool = False) -> Path:
    """Check the path of a download: its folder, and whether it may be overwritten."""
    given, path = path, path_of(path, "path")
    overwrite = truth(overwrite, "overwrite")
    if path.is_dir() or not path.parent.is_dir():
        raise FinkQueryError(f"path={str(given)!r} is not a file name in an existing folder.")
    if path.exists() and not overwrite:
        raise FinkQueryError(f"path={str(given)!r} exists; overwrite=True replaces it.")
    return path


def download(
    session: requests.Session,
    request: HTTPRequest,
    path: Path,
    limits: Limits,
    *,
    kinds: Sequence[BodyKind],
    show_progress: bool | None = None,
    clock: Clock,
) -> requests.Response:
    """Download one file of one of these kinds, and return the last response, whose body is in the file.

    The file grows as ``path`` + ``.part``, and is renamed when it is complete. Of the limits, the size is
    ignored, and the deadline holds only until a response begins; a server that stops sending is noticed.
    """
    part = path.with_name(path.name + ".part")
    with disk_errors(str(path)), completed(part, path):
        with part.open("wb") as file:
            incomplete = _IncompleteFile(file, kinds, is_shown(show_progress))
            attempt = partial(incomplete.attempt, session, limits=limits, clock=clock)
            try:
                response = with_retries(request, attempt, limits, ends=inf, clock=clock)
            finally:
                incomplete.close()
        if incomplete.kind and incomplete.kind.convert:
            _convert(part, path, incomplete.kind.convert, request)
    return response


def _convert(part: Path, path: Path, convert: Callable[[Path, Path], None], request: HTTPRequest) -> None:
    """Replace the received file by what it is converted to."""
    converted = unfinished_name(path)
    try:
        with completed(converted, part):
            convert(part, converted)
    except ValueError as error:
        message = f"Fink's response cannot be used: {error}"
        raise request.error(FinkServiceError, message, status=200) from error


def _version_of(response: requests.Response) -> str | None:
    """The strong ETag or else the modification time, which identifies a version of the file."""
    tag = response.headers.get("ETag", "W/")
    return response.headers.get("Last-Modified") if tag.startswith("W/") else tag


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """The body in pieces as they arrive; the first has the whole message of a server that sends no file."""
    held, least = b"", _BEGINNING
    while piece := response.raw.read1(PIECE, decode_content=False):
        held += piece
        if len(held) >= least:
            yield held
            held, least = b"", 0
    if held:
        yield held


class _IncompleteFile:
    """The part of a file that is already received, over any number of attempts."""

    def __init__(self, file: BinaryIO, kinds: Sequence[BodyKind], show_progress: bool) -> None:
        self.kind: BodyKind | None = None
        self._file, self._kinds = file, kinds
        self._show = show_progress
        self._bar: Bar | None = None
        self._total: int | None = None
        self._version: str | None = None
        self._received, self._end = 0, b""

    def attempt(
        self, session: requests.Session, request: HTTPRequest, *, limits: Limits, clock: Clock
    ) -> requests.Response:
        """Request the bytes that are still missing."""
        try:
            response = send_once(
                session,
                request,
                limits,
                ends=clock.now() + limits.deadline,
                clock=clock,
                headers=self._headers(),
                receive=self._receive,
            )
        except Failure as failure:
            if failure.details.get("status") == 416:
                self._start_again()
                failure.tries = FAULT_TRIES
            raise
        self._check_end()
        return response

    def close(self) -> None:
        """End the line of the progress bar."""
        if self._bar:
            self._bar.close()

    def _headers(self) -> dict[str, str]:
        if not self._received:
            return {"Accept-Encoding": "identity"}
        same_version = {"If-Range": self._version} if self._version else {}
        return {"Accept-Encoding": "identity", "Range": f"bytes={self._received}-", **same_version}

    def _start_again(self) -> None:
        if self._received:
            with disk_errors(str(self._file.name)):
                self._file.seek(0)
                self._file.truncate()
        self._total = self._version = self.kind = None
        self._received, self._end = 0, b""

    def _receive(self, response: requests.Response) -> None:
        """Append the body of a response, or begin again with it if the server ignored the range."""
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding != "identity":
            raise unexpected_encoding(encoding)
        self._begin_or_resume(response)
        for piece in _pieces(response):
            self._append(piece)
            self._show_progress()
        if self._total not in (None, self._received):
            raise EOFError(f"received {self._received:,} of {self._total:,} bytes")

    def _begin_or_resume(self, response: requests.Response) -> None:
        if response.status_code == 206:
            if not self._resumes(response):
                self._start_again()
                message = "the file changed on the server during the download"
                raise Failure(FinkServiceError, message, FAULT_TRIES)
            return
        self._start_again()
        self._total = response.raw.length_remaining
        self._version = _version_of(response)

    def _resumes(self, response: requests.Response) -> bool:
        """Whether a partial response continues the same version of the file where it is needed."""
        sent = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if sent is None or int(sent[1]) != self._received:
            return False
        return _version_of(response) in (None, self._version) and sent[2] in (
            "*",
            str(self._total or sent[2]),
        )

    def _append(self, piece: bytes) -> None:
        if self.kind is None:
            self.kind = self._recognized(piece)
        with disk_errors(str(self._file.name)):
            self._file.write(piece)
        self._received += len(piece)
        self._end = (self._end + piece)[-len(self.kind.end) :]

    def _recognized(self, beginning: bytes) -> BodyKind:
        """The kind of the file that begins so."""
        kind = next((kind for kind in self._kinds if beginning.startswith(kind.start)), None)
        if kind is None:
            text = server_message(beginning)
            raise self._invalid(f"not {self._names()}: {text or 'it is empty'}", reason=text)
        if kind.check:
            kind.check()
        return kind

    def _check_end(self) -> None:
        if self.kind is None:
            raise self._invalid(f"not {self._names()}: it is empty")
        whole = self._received >= len(self.kind.start) + len(self.kind.end)
        if not whole or self._end != self.kind.end:
            raise self._invalid(
                f"not a complete {self.kind.name} file; it ends after {self._received:,} bytes"
            )

    def _names(self) -> str:
        return " or ".join(kind.name for kind in self._kinds)

    def _invalid(self, what: str, **details: str) -> Failure:
        """The failure of a response that is not the requested file; the next attempt starts again."""
        self._start_again()
        message = f"Fink's response is {what}"
        return Failure(FinkServiceError, message, _BROKEN_TRIES, details={"status": 200, **details})

    def _show_progress(self) -> None:
        if self._show and self._total and not self._bar:
            self._bar = Bar(self._total, unit="B")
        if self._bar:
            self._bar.reach(min(self._received, self._total or self._received))
