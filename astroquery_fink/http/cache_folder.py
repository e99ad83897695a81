# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The folder of the cache: which files are ours, how large they are, and which go first."""

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
    "default_folder",
    "forget_warning",
    "made",
    "own_files",
    "remove_all",
    "warn_once",
]

SUFFIX, UNFINISHED = ".reply", ".part"
NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
REMEDY = "set cache_location to a folder that can be written, or switch the cache off"

_OURS = re.compile(rf"[0-9a-f]{{64}}({re.escape(SUFFIX)}|\.[a-z0-9_]{{8}}{re.escape(UNFINISHED)})")
_TALLY = ".astroquery_fink.written"
_SHARE, _UNIT = 16, 1024
_OLD = 3600.0
_VARIABLES = ("ASTROPY_CACHE_DIR", "XDG_CACHE_HOME")

_trimming: dict[tuple[int, Path], object] = {}
_warned: dict[str, object] = {}


class NoFolderError(FinkError):
    """There is no folder for cached responses."""


class OwnFile(NamedTuple):
    """A file that this package made: a cached response, or one that is not finished."""

    time: float
    path: str
    size: int
    finished: bool


def own_files(folder: Path) -> Iterator[OwnFile]:
    """Our files in a folder: known by their names; no links, no folders."""
    with os.scandir(folder) as files:
        for file in files:
            ours = _OURS.fullmatch(file.name)
            found = _regular(file) if ours else None
            if ours and found:
                yield OwnFile(found.st_mtime, file.path, found.st_size, ours[1] == SUFFIX)


def _regular(file: os.DirEntry) -> os.stat_result | None:
    try:
        found = file.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def remove_all(folder: Path) -> None:
    """Remove our files; nothing else is touched."""
    failures = [str(file.path) for file in list(own_files(folder)) if not _remove(file.path)]
    tally = folder / _TALLY
    with suppress(FileNotFoundError):
        if stat.S_ISREG(tally.lstat().st_mode):
            tally.unlink()
    if failures:
        raise FinkError(f"{len(failures)} files of the cache cannot be removed, such as {failures[0]}.")


def _remove(path: str) -> bool:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


class SizeLimit:
    """Keeps a folder within a size, the oldest responses first, at a cost that does not grow with the folder.

    What is written is noted in a file that all processes share: its length counts kB. Only when a 16th of
    the size was noted are the files themselves looked at, and removed until a 16th of the size is free. So
    the sum stays within the size, but for what is being written at that moment. Each look counts anew,
    whatever killed processes have left behind and users have removed.
    """

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._tally = folder / _TALLY
        self._share = max(size // _SHARE, 1)
        self._most = size - self._share

    def fits(self, length: int) -> bool:
        """Whether a file of this length would stay."""
        return length <= self._most

    def note(self, length: int) -> None:
        """Note what will be written, before it counts; where nothing was noted yet, a look is due."""
        full = -(-self._share // _UNIT) + 1
        handle = os.open(self._tally, os.O_WRONLY | os.O_APPEND | os.O_CREAT | NO_LINK, 0o600)
        try:
            known = os.fstat(handle).st_size > 0
            os.write(handle, bytes(min(-(-length // _UNIT), full) if known else full))
        finally:
            os.close(handle)

    def trim(self) -> None:
        """Remove the oldest where a look is due; one thread of a process at a time."""
        claim, mine = (os.getpid(), self._folder), object()
        if self._noted() == 0 or _trimming.setdefault(claim, mine) is not mine:
            return
        try:
            while noted := self._noted():
                self._remove_oldest()
                self._forget(noted)
        finally:
            del _trimming[claim]

    def _noted(self) -> int:
        """The length of the tally where a look is due, else 0."""
        try:
            length = self._tally.lstat().st_size
        except FileNotFoundError:
            return 0
        return length if (length - 1) * _UNIT >= self._share else 0

    def _forget(self, noted: int) -> None:
        """Keep what others noted meanwhile; one byte says that the folder is known."""
        with suppress(FileNotFoundError):
            handle = os.open(self._tally, os.O_WRONLY | NO_LINK)
            try:
                os.ftruncate(handle, max(os.fstat(handle).st_size - noted, 0) + 1)
            finally:
                os.close(handle)

    def _remove_oldest(self) -> None:
        files = sorted(own_files(self._folder), key=lambda file: (file.finished, file.time))
        excess = sum(file.size for file in files) - self._most
        now = time.time()
        for file in files:
            orphan = not file.finished and abs(now - file.time) > _OLD
            if (orphan or (file.finished and excess > 0)) and _remove(file.path):
                excess -= file.size


def default_folder() -> Path:
    """The folder of all astropy caches."""
    wrong = [os.environ.get(name) for name in _VARIABLES if not _names_a_folder(os.environ.get(name))]
    try:
        return _found_once(*wrong, os.environ.get("HOME")) if wrong else Path(paths.get_cache_dir())
    except (OSError, RuntimeError, ValueError) as error:
        raise NoFolderError(f"there is no folder for cached responses ({error}): {REMEDY}.") from error


def made(folder: Path) -> Path:
    """The folder, for its owner alone where it is new."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise NoFolderError(f"cache_location={str(folder)!r} cannot be made ({error}): {REMEDY}.") from error
    return folder


def _names_a_folder(value: str | None) -> bool:
    return not value or (os.path.isabs(value) and os.path.isdir(value))


@lru_cache
def _found_once(*environment: str | None) -> Path:
    """Looked for once: astropy warns each time of a variable that names no folder."""
    return Path(paths.get_cache_dir())


def warn_once(what: str, message: str) -> None:
    """Warn of a folder once, not with each request, until it works again."""
    mine = object()
    if _warned.setdefault(what, mine) is mine:
        warn(message, AstropyUserWarning)


def forget_warning(what: str) -> None:
    """It works again."""
    _warned.pop(what, None)
