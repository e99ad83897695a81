# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A reply that is too large for memory: streamed to a file, which appears when it is whole."""

import os
import re
from contextlib import contextmanager, suppress
from functools import partial
from math import inf

from ..arguments.checks import path_of, truth
from ..exceptions import FinkQueryError, FinkServiceError
from ..progress import Bar, is_shown
from .connections import PIECE
from .request import FAULT_TRIES, Failure, send_once
from .retry import Clock, with_retries

__all__ = ["download", "target"]

_MAGIC = b"PAR1"
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_BROKEN_TRIES = 2
_SHOWN = 40


def target(path, *, overwrite=False):
    """Where a download may go.

    Parameters
    ----------
    path : str or path-like
    overwrite : bool
        Whether a file that is there may be replaced.

    Returns
    -------
    path : `~pathlib.Path`

    Raises
    ------
    FinkQueryError
        There is such a file, or no such folder.
    """
    given, path = path, path_of(path, "path")
    overwrite = truth(overwrite, "overwrite")
    if path.is_dir() or not path.parent.is_dir():
        raise FinkQueryError(f"path={str(given)!r} is no name of a file in a folder that exists.")
    if path.exists() and not overwrite:
        raise FinkQueryError(f"path={str(given)!r} exists; overwrite=True replaces it.")
    return path


def download(session, request, path, limits, *, show_progress=None, clock=None):
    """Download one Parquet file.

    Parameters
    ----------
    session : `requests.Session`
    question : `~astroquery_fink.http.retry.Question`
    path : `~pathlib.Path`
        As `target` gives it. The file grows beside it, as ``path`` + ``.part``.
    limits : `~astroquery_fink.http.request.Limits`
        The size does not count, and the deadline only until a response begins; a server that stops sending
        is noticed.
    show_progress : bool, optional
        None: on a terminal.
    clock : `~astroquery_fink.http.retry.Clock`, optional

    Returns
    -------
    response : `requests.Response`
        The last; its body is in the file, not in memory.

    Raises
    ------
    FinkQueryError
        The server refuses, or the file cannot be written.
    FinkServiceError, FinkTimeoutError
        The server fails, or sends no Parquet; there is nothing at ``path``.
    """
    clock = clock or Clock()
    part = path.with_name(path.name + ".part")
    with _writing(part) as file:
        arrival = _Arrival(file, is_shown(show_progress))
        attempt = partial(arrival.attempt, session, limits=limits, clock=clock)
        try:
            response = with_retries(request, attempt, limits, ends=inf, clock=clock)
        finally:
            arrival.close()
    with _local(path):
        os.replace(part, path)
    return response


@contextmanager
def _writing(part):
    """A new file that is removed again where things go wrong."""
    try:
        with _local(part), part.open("wb") as file:
            yield file
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


@contextmanager
def _local(path):
    """A disk that fails is no failure of the server's, and no reason to ask again."""
    try:
        yield
    except OSError as error:
        raise FinkQueryError(f"{path} cannot be written: {error.strerror or error}.") from error


def _state(response):
    """What tells one state of a file at the server from another."""
    tag = response.headers.get("ETag", "W/")
    return response.headers.get("Last-Modified") if tag.startswith("W/") else tag


class _Arrival:
    """A file as far as it has come, over as many attempts as it takes.

    Parameters
    ----------
    file : file
        Open for writing.
    show_progress : bool
    """

    def __init__(self, file, show_progress):
        self._file = file
        self._show = show_progress
        self._bar = None
        self._total = self._state = None
        self._came, self._beginning, self._end = 0, b"", b""

    def attempt(self, session, request, *, limits, clock):
        """Ask for what is still missing."""
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
            if failure.about.get("status") == 416:
                self._start_again()
                failure.tries = FAULT_TRIES
            raise
        self._check_end()
        return response

    def close(self):
        """End the line of the progress bar."""
        if self._bar:
            self._bar.close()

    def _headers(self):
        if not self._came:
            return {"Accept-Encoding": "identity"}
        same = {"If-Range": self._state} if self._state else {}
        return {"Accept-Encoding": "identity", "Range": f"bytes={self._came}-"} | same

    def _start_again(self):
        if self._came:
            with _local(self._file.name):
                self._file.seek(0)
                self._file.truncate()
        self._total = self._state = None
        self._came, self._beginning, self._end = 0, b"", b""

    def _receive(self, response):
        """The body of one response, after what had come before or in its place."""
        packed = response.headers.get("Content-Encoding", "identity")
        if packed != "identity":
            raise Failure(FinkServiceError, f"the reply is packed as {packed!r}, which was not asked for")
        self._place(response)
        while piece := response.raw.read1(PIECE, decode_content=False):
            self._keep(piece)
            self._progress()
        if self._total not in (None, self._came):
            raise EOFError(f"{self._came:,} of {self._total:,} bytes came")

    def _place(self, response):
        """Go on where the server does, if it can and the file is still the same; else at the beginning."""
        if response.status_code == 206:
            told = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
            same = told and int(told[1]) == self._came and _state(response) in (None, self._state)
            if same and told[2] in ("*", str(self._total or told[2])):
                return
            self._start_again()
            raise Failure(
                FinkServiceError, "the server went on in another file than it had begun", FAULT_TRIES
            )
        self._start_again()
        self._total = response.raw.length_remaining
        self._state = _state(response)

    def _keep(self, piece):
        self._beginning = (self._beginning + piece)[:_SHOWN]
        if not _MAGIC.startswith(self._beginning[: len(_MAGIC)]):
            raise self._broken(f"no Parquet; it begins with {self._beginning!r}")
        with _local(self._file.name):
            self._file.write(piece)
        self._came += len(piece)
        self._end = (self._end + piece)[-len(_MAGIC) :]

    def _check_end(self):
        if self._end != _MAGIC or self._came < 2 * len(_MAGIC):
            raise self._broken(f"no whole Parquet; it ends after {self._came:,} bytes")

    def _broken(self, what):
        self._start_again()
        return Failure(FinkServiceError, f"Fink's reply is {what}", _BROKEN_TRIES, about={"status": 200})

    def _progress(self):
        if self._show and self._total and not self._bar:
            self._bar = Bar(self._total, unit="B")
        if self._bar:
            self._bar.reach(min(self._came, self._total or self._came))
