# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Locks of a download folder, so that several processes can write to it at the same time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ...disk import disk_errors
from ...exceptions import FinkQueryError

__all__ = ["locked"]

_FOLDER = ".locks"
_LOOK = 0.5  # seconds between two looks at ``stopped``


@contextmanager
def locked(
    path: Path, name: str, wait: bool = True, stopped: Callable[[], bool] = lambda: False
) -> Iterator[bool]:
    """Hold the lock ``name`` of a folder; False: another process holds it."""
    with disk_errors(f"path={str(path)!r}"):
        (path / _FOLDER).mkdir(parents=True, exist_ok=True)
    lock = FileLock(path / _FOLDER / f"{name}.lock")
    held = _acquired(lock, path, 0)
    while wait and not held and not stopped():
        held = _acquired(lock, path, _LOOK)
    try:
        yield held
    finally:
        lock.release()


def _acquired(lock: FileLock, path: Path, timeout: float) -> bool:
    try:
        lock.acquire(timeout=timeout)
    except Timeout:
        return False
    except NotImplementedError as error:
        raise FinkQueryError(
            f"path={str(path)!r} is on a disk on which files cannot be locked: give a folder on another disk."
        ) from error
    except OSError as error:
        raise FinkQueryError(f"path={str(path)!r} cannot be written: {error.strerror or error}.") from error
    return True
