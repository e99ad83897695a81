# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Responses cached on disk: one file each, a line of JSON and then the body as it came."""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import BinaryIO

from ..exceptions import FinkError
from .cache_folder import (
    NO_LINK,
    REMEDY,
    SUFFIX,
    UNFINISHED,
    SizeLimit,
    forget_warning,
    own_files,
    remove_all,
    warn_once,
)

__all__ = ["Entry", "Store", "key_of"]

_VERSION = 1
_END_OF_TIME = 2.0**36
_LONGEST_HEAD = 65_536


@dataclass(frozen=True)
class Entry:
    """What is known of one cached response.

    Parameters
    ----------
    key, url : str
    status : int
    content_type : str
    time : float
        When it came, in seconds since 1970.
    length : int
    sha256 : str
        Of the body.
    version : int
        Of this format.
    """

    key: str
    url: str
    status: int
    content_type: str
    time: float
    length: int
    sha256: str
    version: int = _VERSION


def key_of(method: str, url: str, payload: dict | None) -> str:
    """The name of a request: equal for equal requests, whatever the order of the arguments.

    Parameters
    ----------
    method, url : str
        A user name and password in the address make no difference.
    payload : dict or None

    Returns
    -------
    key : str
    """
    request = json.dumps([method, _without_password(url), payload], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(request.encode()).hexdigest()


def _without_password(url: str) -> str:
    return re.sub(r"^([^:/?#]+://)[^/?#]*@", r"\1", url)


class Store:
    """The cached responses in one folder.

    Parameters
    ----------
    folder : path-like
        Made when the first response is cached.
    size : int, optional
        Bytes of all responses; beyond them the oldest are removed. None: no limit.
    """

    def __init__(self, folder: str | os.PathLike, size: int | None = None) -> None:
        self.folder = Path(folder)
        self._room = None if size is None else SizeLimit(self.folder, size)

    def look(self, key: str) -> Entry | None:
        """What is known of a response, without reading its body; None where it is cut or not ours."""
        with suppress(OSError, ValueError), self._open(key) as file:
            return _looked_at(file, key)
        return None

    def read(self, key: str) -> tuple[Entry, bytes] | tuple[None, None]:
        """A response of whatever age; (None, None) where there is none, or it is cut or changed."""
        with suppress(OSError, ValueError), self._open(key) as file:
            entry = _looked_at(file, key)
            body = file.read() if entry else b""
            if entry and entry.sha256 == hashlib.sha256(body).hexdigest():
                return entry, body
        return None, None

    def write(self, key: str, url: str, status: int, content_type: str, body: bytes, time: float) -> None:
        """Cache a response; where that fails the user is told once, and has the response all the same."""
        url = _without_password(url)
        entry = Entry(key, url, status, content_type, time, len(body), hashlib.sha256(body).hexdigest())
        head = json.dumps(asdict(entry)).encode() + b"\n"
        if self._room and not self._room.fits(len(head) + len(body)):
            return
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._replace(key, head, body)
            if self._room:
                self._room.trim()
        except (OSError, ValueError) as error:
            warn_once(str(self.folder), f"responses are not cached in {self.folder} ({error}): {REMEDY}.")
        else:
            forget_warning(str(self.folder))

    def _replace(self, key: str, head: bytes, body: bytes) -> None:
        """Whole or not at all, whoever else writes or reads the same entry."""
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=f"{key}.", suffix=UNFINISHED)
        try:
            with os.fdopen(handle, "wb") as file:
                file.writelines((head, body))
            if self._room:
                self._room.note(len(head) + len(body))
            os.replace(name, self._path(key))
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise

    def clear(self) -> None:
        """Remove all responses, and what an interrupted process left behind; nothing else."""
        with self._none_or_error():
            remove_all(self.folder)

    def measure(self) -> tuple[int, int]:
        """How many responses there are, and their bytes."""
        sizes = []
        with self._none_or_error():
            sizes = [file.size for file in own_files(self.folder) if file.finished]
        return len(sizes), sum(sizes)

    @contextmanager
    def _none_or_error(self) -> Iterator[None]:
        """Where there is no folder there are no responses; one that cannot be listed is an error."""
        try:
            yield
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return
        except OSError as error:
            raise FinkError(f"the cache in {self.folder} cannot be listed ({error}): {REMEDY}.") from error

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{SUFFIX}"

    def _open(self, key: str) -> BinaryIO:
        return open(self._path(key), "rb", opener=lambda path, flags: os.open(path, flags | NO_LINK))


def _looked_at(file: BinaryIO, key: str) -> Entry | None:
    """The first line of a file that is ours, of this key and as long as it says."""
    head = file.readline(_LONGEST_HEAD + 1)
    entry = _entry(head, key)
    whole = entry and os.fstat(file.fileno()).st_size == len(head) + entry.length
    return entry if whole else None


def _entry(head: bytes, key: str) -> Entry | None:
    """The first line of a file, if it is one of ours and of this key."""
    if len(head) > _LONGEST_HEAD:
        return None
    try:
        entry = Entry(**json.loads(head))
    except (ValueError, TypeError, RecursionError):
        return None
    typed = all(isinstance(getattr(entry, field.name), field.type) for field in fields(Entry))
    dated = typed and 0 <= entry.time < _END_OF_TIME
    return entry if dated and (entry.version, entry.key) == (_VERSION, key) else None
