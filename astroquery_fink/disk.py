# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Files that appear when they are complete, and errors of the disk."""

import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

from .exceptions import FinkQueryError

__all__ = ["completed", "completed_folder", "disk_errors", "remove", "unfinished_name"]


_UNFINISHED = ".part"
_ABANDONED = 3600  # seconds without a change


def unfinished_name(path: Path, suffix: str = _UNFINISHED) -> Path:
    """A hidden name beside a file, which no other process or thread uses."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}{suffix}")


@contextmanager
def completed(part: Path, path: Path) -> Iterator[None]:
    """Rename an unfinished file at the end, in one step; remove it after an error."""
    try:
        yield
        os.replace(part, path)
    except BaseException:
        remove([part])
        raise


def remove(paths: Iterable[Path]) -> None:
    """Remove files, if they can be removed."""
    for path in paths:
        with suppress(OSError):
            path.unlink()


@contextmanager
def completed_folder(path: Path) -> Iterator[Path]:
    """A hidden folder beside ``path``, renamed at the end, in one step; it is removed after an error."""
    _remove_abandoned(path)
    part = unfinished_name(path)
    part.mkdir(parents=True)
    try:
        yield part
        with suppress(FileNotFoundError):
            path.rmdir()  # if it is empty
        os.replace(part, path)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _remove_abandoned(path: Path) -> None:
    """Remove the unfinished folders of killed processes: no process writes them any more."""
    for part in path.parent.glob(f".{escape(path.name)}.*{_UNFINISHED}"):
        files = [part, *part.rglob("*")]
        with suppress(FileNotFoundError):
            if part.is_dir() and time.time() - max(file.stat().st_mtime for file in files) > _ABANDONED:
                shutil.rmtree(part, ignore_errors=True)


@contextmanager
def disk_errors(name: str) -> Iterator[None]:
    """Report an error of the disk as `FinkQueryError`, which is never retried."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error  # pyarrow has a text of its own
        raise FinkQueryError(f"{name} cannot be written: {reason}.") from error
