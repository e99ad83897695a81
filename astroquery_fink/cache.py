# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Replies kept on disk: one file each, a line of JSON and then the body as it came."""

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from astropy.utils.exceptions import AstropyUserWarning

from .warn import warn

__all__ = ["Entry", "Store", "key_of"]

_VERSION = 1
_SUFFIX, _UNFINISHED = ".reply", ".part"
_END_OF_TIME = 2.0**36
_LONGEST_HEAD = 65_536


@dataclass(frozen=True)
class Entry:
    """What is known of one reply that was kept.

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


def key_of(method, url, payload):
    """The name of a question: equal for equal questions, whatever the order of the arguments.

    Parameters
    ----------
    method, url : str
    payload : dict or None

    Returns
    -------
    key : str
    """
    question = json.dumps([method, url, payload], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(question.encode()).hexdigest()


class Store:
    """The replies in one folder.

    Parameters
    ----------
    folder : path-like
        Made when the first reply is kept.
    size : int, optional
        Bytes of all replies; beyond them the oldest are removed. None: no limit.
    """

    def __init__(self, folder, size=None):
        self.folder = Path(folder)
        self.size = size

    def read(self, key):
        """Find a reply, of whatever age.

        Parameters
        ----------
        key : str

        Returns
        -------
        entry : `Entry`, or None
        body : bytes, or None
            None where there is no such reply, or it is cut or changed.
        """
        try:
            head, _, body = self._path(key).read_bytes().partition(b"\n")
        except OSError:
            return None, None
        entry = _entry(head, key)
        whole = entry and entry.sha256 == hashlib.sha256(body).hexdigest()
        return (entry, body) if whole else (None, None)

    def look(self, key):
        """What is known of a reply, without reading it.

        Parameters
        ----------
        key : str

        Returns
        -------
        entry : `Entry`, or None
        """
        try:
            with self._path(key).open("rb") as file:
                return _entry(file.readline(_LONGEST_HEAD + 1), key)
        except OSError:
            return None

    def write(self, key, url, status, content_type, body, time):
        """Keep a reply; where that fails the user is told, and has the reply all the same.

        Parameters
        ----------
        key, url : str
        status : int
        content_type : str
        body : bytes
        time : float
        """
        entry = Entry(key, url, status, content_type, time, len(body), hashlib.sha256(body).hexdigest())
        if self.size is not None and len(body) > self.size:
            return
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._replace(self._path(key), json.dumps(asdict(entry)).encode() + b"\n" + body)
            self._trim()
        except OSError as error:
            warn(f"the reply could not be kept: {error}", AstropyUserWarning)

    def _replace(self, path, content):
        """Whole or not at all, whoever else writes or reads the same entry."""
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=path.stem[:16], suffix=_UNFINISHED)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.replace(name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise

    def _trim(self):
        """Remove the oldest replies until the rest fits."""
        if self.size is None:
            return
        kept = []
        with os.scandir(self.folder) as files:
            for file in files:
                with suppress(FileNotFoundError):
                    if file.name.endswith(_SUFFIX):
                        kept.append((file.stat(), Path(file.path)))
        excess = sum(stat.st_size for stat, _ in kept) - self.size
        for stat, path in sorted(kept, key=lambda one: one[0].st_mtime_ns):
            if excess <= 0:
                break
            path.unlink(missing_ok=True)
            excess -= stat.st_size

    def clear(self):
        """Remove all replies, and what an interrupted process left behind."""
        for suffix in (_SUFFIX, _UNFINISHED):
            for path in self.folder.glob(f"*{suffix}"):
                path.unlink(missing_ok=True)

    def _path(self, key):
        return self.folder / f"{key}{_SUFFIX}"


def _entry(head, key):
    """The first line of a file, if it is one of ours and of this key."""
    if len(head) > _LONGEST_HEAD:
        return None
    try:
        entry = Entry(**json.loads(head))
    except (ValueError, TypeError, RecursionError):
        return None
    dated = isinstance(entry.time, float) and 0 <= entry.time < _END_OF_TIME
    return entry if dated and (entry.version, entry.key) == (_VERSION, key) else None
