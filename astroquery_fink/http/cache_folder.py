# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The cache folder: files that belong to the cache, their total size, and removal of the oldest."""

import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from astropy.config import paths
from astropy.utils.exceptions import AstropyUserWarning

from ..exceptions import FinkError
from ..messages import warn

__all__ = [
    "NO_LINK",
    "NoFolderError",
    "REMEDY",
    "SizeLimit",
    "SUFFIX",
    "UNFINISHED",
    "create_folder",
    "default_folder",
    "forget_warning",
    "own_files",
    "remove_all",
    "warn_once",
]

SUFFIX, UNFINISHED = ".response", ".part"
NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
REMEDY = "set cache_location to a writable folder, or switch the cache off"

_OWN_NAME = re.compile(
    rf"[0-9a-f]{{64}}({re.escape(SUFFIX)})|\.[0-9a-f]{{64}}\.[0-9a-f]{{8}}{re.escape(UNFINISHED)}"
)
_TALLY = ".astroquery_fink.written"
_FRACTION, _KILOBYTE = 16, 1024
_ABANDONED = 3600.0  # seconds after which an unfinished file is removed
_VARIABLES = ("ASTROPY_CACHE_DIR", "XDG_CACHE_HOME")

_trimming: dict[tuple[int, Path], object] = {}
_warned: dict[str, object] = {}


class NoFolderError(FinkError):
    """The folder for cached responses cannot be found or created."""


class OwnFile(NamedTuple):
    """A file of the cache: a response, or an unfinished one."""

    time: float
    path: str
    size: int
    finished: bool


def own_files(folder: Path) -> Iterator[OwnFile]:
    """The files of the cache in a folder, recognized by name; links and folders are left out."""
    with os.scandir(folder) as files:
        for file in files:
            name = _OWN_NAME.fullmatch(file.name)
            status = _regular(file) if name else None
            if name and status:
                yield OwnFile(status.st_mtime, file.path, status.st_size, name[1] == SUFFIX)


def _regular(file: os.DirEntry[str]) -> os.stat_result | None:
    """The status of a regular file, else None."""
    try:
        status = file.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def remove_all(folder: Path) -> None:
    """Remove all files of the cache, and no others."""
    failures = [str(file.path) for file in list(own_files(folder)) if not _remove(file.path)]
    tally = folder / _TALLY
    with suppress(FileNotFoundError):
        if stat.S_ISREG(tally.lstat().st_mode):
            tally.unlink()
    if failures:
        raise FinkError(f"{len(failures)} files of the cache cannot be removed, such as {failures[0]}.")


def _remove(path: str) -> bool:
    """Whether a file is removed, by us or by another process."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


class SizeLimit:
    """Limits the size of a folder by removing the oldest responses.

    The cost does not depend on the number of files. All processes record what they write in one file, the
    tally, whose length is the number of kB written. Only when a 16th of the size has been recorded is the
    folder scanned, and responses are removed until a 16th of the size is free. So the total stays within the
    size, apart from files that are being written. Each scan measures the files themselves, so that killed
    processes and files that users removed do no harm.
    """

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._tally = folder / _TALLY
        self._reserve = max(size // _FRACTION, 1)
        self._target = size - self._reserve

    def fits(self, length: int) -> bool:
        """Whether a file of this length may be cached."""
        return length <= self._target

    def record(self, length: int) -> None:
        """Record the length of a file before it is written; the first record makes a scan due."""
        full = -(-self._reserve // _KILOBYTE) + 1
        handle = os.open(self._tally, os.O_WRONLY | os.O_APPEND | os.O_CREAT | NO_LINK, 0o600)
        try:
            known = os.fstat(handle).st_size > 0
            os.write(handle, bytes(min(-(-length // _KILOBYTE), full) if known else full))
        finally:
            os.close(handle)

    def trim(self) -> None:
        """Remove the oldest responses if a scan is due; one thread of a process at a time."""
        claim, mine = (os.getpid(), self._folder), object()
        if self._recorded() == 0 or _trimming.setdefault(claim, mine) is not mine:
            return
        try:
            while recorded := self._recorded():
                self._remove_oldest()
                self._subtract(recorded)
        finally:
            del _trimming[claim]

    def _recorded(self) -> int:
        """The length of the tally if a scan is due, else 0."""
        try:
            length = self._tally.lstat().st_size
        except FileNotFoundError:
            return 0
        return length if (length - 1) * _KILOBYTE >= self._reserve else 0

    def _subtract(self, recorded: int) -> None:
        """Subtract scanned records from the tally; its last byte shows a scan was made."""
        with suppress(FileNotFoundError):
            handle = os.open(self._tally, os.O_WRONLY | NO_LINK)
            try:
                os.ftruncate(handle, max(os.fstat(handle).st_size - recorded, 0) + 1)
            finally:
                os.close(handle)

    def _remove_oldest(self) -> None:
        files = sorted(own_files(self._folder), key=lambda file: (file.finished, file.time))
        excess = sum(file.size for file in files) - self._target
        now = time.time()
        for file in files:
            abandoned = not file.finished and abs(now - file.time) > _ABANDONED
            if (abandoned or (file.finished and excess > 0)) and _remove(file.path):
                excess -= file.size


def default_folder() -> Path:
    """The folder of all astropy caches."""
    wrong = [os.environ.get(name) for name in _VARIABLES if not _is_usable(os.environ.get(name))]
    try:
        return _fallback_folder(*wrong, os.environ.get("HOME")) if wrong else Path(paths.get_cache_dir())
    except (OSError, RuntimeError, ValueError) as error:
        raise NoFolderError(f"no folder for cached responses was found ({error}): {REMEDY}.") from error


def create_folder(folder: Path) -> Path:
    """Create the cache folder if it is missing; only its owner may read it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = f"cache_location={str(folder)!r} cannot be created ({error})"
        raise NoFolderError(f"{reason}: {REMEDY}.") from error
    return folder


def _is_usable(value: str | None) -> bool:
    """Whether an environment variable is unset or names an existing folder."""
    return not value or (os.path.isabs(value) and os.path.isdir(value))


@lru_cache
def _fallback_folder(*environment: str | None) -> Path:
    """Astropy's choice, looked up once per environment, as astropy warns each time."""
    return Path(paths.get_cache_dir())


def warn_once(key: str, message: str) -> None:
    """Warn once for each key, until `forget_warning` is called."""
    mine = object()
    if _warned.setdefault(key, mine) is mine:
        warn(message, AstropyUserWarning)


def forget_warning(key: str) -> None:
    """Let `warn_once` warn again."""
    _warned.pop(key, None)
