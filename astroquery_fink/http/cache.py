# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Responses cached on disk: one file each, with a line of JSON followed by the body."""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, get_type_hints

from ..disk import completed, unfinished_name
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

_VERSION = 1  # of the file format
_END_OF_TIME = 2.0**36  # seconds since 1970
_LONGEST_HEAD = 65_536  # bytes


@dataclass(frozen=True)
class Entry:
    """The first line of a cached response."""

    key: str
    url: str
    status: int
    content_type: str
    time: float  # seconds since 1970
    length: int
    sha256: str  # of the body
    version: int = _VERSION


_TYPES = get_type_hints(Entry)


def key_of(method: str, url: str, payload: dict[str, Any] | None) -> str:
    """The cache key of a request; order of arguments and passwords do not matter."""
    request = json.dumps([method, _without_password(url), payload], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(request.encode()).hexdigest()


def _without_password(url: str) -> str:
    return re.sub(r"^([^:/?#]+://)[^/?#]*@", r"\1", url)


class Store:
    """The cached responses in one folder.

    Parameters
    ----------
    folder : path-like
        Created when the first response is cached.
    size : int, optional
        Limit in bytes, beyond which the oldest responses are removed. None: no limit.
    """

    def __init__(self, folder: str | os.PathLike[str], size: int | None = None) -> None:
        self.folder: Path = Path(folder)
        self._size_limit = None if size is None else SizeLimit(self.folder, size)

    def entry(self, key: str) -> Entry | None:
        """The entry of a response, whose body is not read; None if the file is missing or invalid."""
        with suppress(OSError, ValueError), self._open(key) as file:
            return _read_entry(file, key)
        return None

    def read(self, key: str) -> tuple[Entry, bytes] | tuple[None, None]:
        """The entry and body of a response; (None, None) if it is missing or damaged."""
        with suppress(OSError, ValueError), self._open(key) as file:
            entry = _read_entry(file, key)
            body = file.read() if entry else b""
            if entry and entry.sha256 == hashlib.sha256(body).hexdigest():
                return entry, body
        return None, None

    def write(self, key: str, url: str, body: bytes, *, status: int, content_type: str, time: float) -> None:
        """Cache a response; if the folder cannot be written, warn once."""
        url = _without_password(url)
        entry = Entry(key, url, status, content_type, time, len(body), hashlib.sha256(body).hexdigest())
        head = json.dumps(asdict(entry)).encode() + b"\n"
        if self._size_limit and not self._size_limit.fits(len(head) + len(body)):
            return
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._replace(key, head, body)
            if self._size_limit:
                self._size_limit.trim()
        except (OSError, ValueError) as error:
            warn_once(str(self.folder), f"responses are not cached in {self.folder} ({error}): {REMEDY}.")
        else:
            forget_warning(str(self.folder))

    def _replace(self, key: str, head: bytes, body: bytes) -> None:
        """Write a file in one step, so that other processes never see half of it."""
        part = unfinished_name(self.folder / key, UNFINISHED)
        with completed(part, self._path(key)):
            with open(part, "xb", opener=_private) as file:
                file.writelines((head, body))
            if self._size_limit:
                self._size_limit.record(len(head) + len(body))

    def clear(self) -> None:
        """Remove all responses, and files that interrupted processes left behind."""
        with self._folder_errors():
            remove_all(self.folder)

    def measure(self) -> tuple[int, int]:
        """The number of responses, and their total size in bytes."""
        sizes = []
        with self._folder_errors():
            sizes = [file.size for file in own_files(self.folder) if file.finished]
        return len(sizes), sum(sizes)

    @contextmanager
    def _folder_errors(self) -> Iterator[None]:
        """Ignore a missing folder; raise an error if the folder cannot be listed."""
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


def _read_entry(file: BinaryIO, key: str) -> Entry | None:
    """The entry at the start of a file that has the expected key and length."""
    head = file.readline(_LONGEST_HEAD + 1)
    entry = _parse_entry(head, key)
    whole = entry and os.fstat(file.fileno()).st_size == len(head) + entry.length
    return entry if whole else None


def _parse_entry(head: bytes, key: str) -> Entry | None:
    if len(head) > _LONGEST_HEAD:
        return None
    try:
        entry = Entry(**json.loads(head))
    except (ValueError, TypeError, RecursionError):
        return None
    typed = all(isinstance(getattr(entry, name), kind) for name, kind in _TYPES.items())
    dated = typed and 0 <= entry.time < _END_OF_TIME
    return entry if dated and (entry.version, entry.key) == (_VERSION, key) else None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
