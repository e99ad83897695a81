# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Replies kept on disk: one file each, a line of JSON and then the body as it came."""

import hashlib
import json
import os
import tempfile
import time
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

from astropy.utils.exceptions import AstropyUserWarning

__all__ = ["Entry", "Store", "key_of"]

_VERSION = 1
_SUFFIX = ".reply"


@dataclass(frozen=True)
class Entry:
    """One reply that was kept.

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
    """

    def __init__(self, folder):
        self.folder = Path(folder)

    def read(self, key, max_age=None, now=time.time):
        """Find a reply.

        Parameters
        ----------
        key : str
        max_age : float, optional
            Seconds after which a reply is old; None: never.
        now : callable, optional

        Returns
        -------
        entry : `Entry`, or None
        body : bytes, or None
            None where there is no such reply, or it is old, from the future, cut or changed.
        """
        try:
            head, _, body = self._path(key).read_bytes().partition(b"\n")
            entry = Entry(**json.loads(head))
        except (OSError, ValueError, TypeError):
            return None, None
        age = now() - entry.time
        whole = (entry.version, entry.key, entry.sha256) == (_VERSION, key, hashlib.sha256(body).hexdigest())
        fresh = age >= 0 and (max_age is None or age <= max_age)
        return (entry, body) if whole and fresh else (None, None)

    def write(self, key, url, status, content_type, body, now=time.time):
        """Keep a reply; where that fails the user is told, and has the reply all the same."""
        digest = hashlib.sha256(body).hexdigest()
        entry = Entry(key, url, status, content_type, now(), len(body), digest)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._replace(self._path(key), json.dumps(asdict(entry)).encode() + b"\n" + body)
        except OSError as error:
            warnings.warn(f"the reply could not be cached: {error}", AstropyUserWarning, stacklevel=2)

    def _replace(self, path, content):
        """Whole or not at all, whoever else writes or reads the same entry."""
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=path.stem[:16], suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise

    def clear(self):
        """Remove all replies, and what an interrupted process left behind."""
        for suffix in (_SUFFIX, ".part"):
            for path in self.folder.glob(f"*{suffix}"):
                path.unlink(missing_ok=True)

    def _path(self, key):
        return self.folder / f"{key}{_SUFFIX}"
