# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Download of a file too large for memory: streamed to disk, resumed after interruptions."""

import re
from functools import partial
from math import inf
from pathlib import Path
from typing import BinaryIO

import requests

from ..arguments.checks import path_of, truth
from ..arguments.types import StrPath
from ..disk import completed, disk_errors
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

__all__ = ["download", "target"]

_MAGIC = b"PAR1"
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_BROKEN_TRIES = 2
_SHOWN = 40  # bytes of an invalid file that are shown in the error


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
    show_progress: bool | None = None,
    clock: Clock,
) -> requests.Response:
    """Download one Parquet file, and return the last response, whose body is in the file.

    The file grows as ``path`` + ``.part``, and is renamed when it is complete. Of the limits, the size is
    ignored, and the deadline holds only until a response begins; a server that stops sending is noticed.
    """
    part = path.with_name(path.name + ".part")
    with disk_errors(str(path)), completed(part, path), part.open("wb") as file:
        incomplete = _IncompleteFile(file, is_shown(show_progress))
        attempt = partial(incomplete.attempt, session, limits=limits, clock=clock)
        try:
            return with_retries(request, attempt, limits, ends=inf, clock=clock)
        finally:
            incomplete.close()


def _version_of(response: requests.Response) -> str | None:
    """The strong ETag or else the modification time, which identifies a version of the file."""
    tag = response.headers.get("ETag", "W/")
    return response.headers.get("Last-Modified") if tag.startswith("W/") else tag


class _IncompleteFile:
    """The part of a file that is already received, over any number of attempts."""

    def __init__(self, file: BinaryIO, show_progress: bool) -> None:
        self._file = file
        self._show = show_progress
        self._bar: Bar | None = None
        self._total: int | None = None
        self._version: str | None = None
        self._received, self._beginning, self._end = 0, b"", b""

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
        self._total = self._version = None
        self._received, self._beginning, self._end = 0, b"", b""

    def _receive(self, response: requests.Response) -> None:
        """Append the body of a response, or begin again with it if the server ignored the range."""
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding != "identity":
            raise unexpected_encoding(encoding)
        self._begin_or_resume(response)
        while piece := response.raw.read1(PIECE, decode_content=False):
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
        self._beginning = (self._beginning + piece)[:_SHOWN]
        if not _MAGIC.startswith(self._beginning[: len(_MAGIC)]):
            raise self._invalid(f"not a Parquet file; it begins with {self._beginning!r}")
        with disk_errors(str(self._file.name)):
            self._file.write(piece)
        self._received += len(piece)
        self._end = (self._end + piece)[-len(_MAGIC) :]

    def _check_end(self) -> None:
        if self._end != _MAGIC or self._received < 2 * len(_MAGIC):
            raise self._invalid(f"not a complete Parquet file; it ends after {self._received:,} bytes")

    def _invalid(self, reason: str) -> Failure:
        """The failure of a response that is not the requested file; the next attempt starts again."""
        self._start_again()
        message = f"Fink's response is {reason}"
        return Failure(FinkServiceError, message, _BROKEN_TRIES, details={"status": 200})

    def _show_progress(self) -> None:
        if self._show and self._total and not self._bar:
            self._bar = Bar(self._total, unit="B")
        if self._bar:
            self._bar.reach(min(self._received, self._total or self._received))
