# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Where a HATS catalogue is written: beside a local path until it is complete, or into object storage."""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ...disk import disk_errors
from ...exceptions import FinkQueryError
from ...messages import shown
from .path import location

__all__ = ["Output", "output_of"]

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_STATE = "input.json"


@dataclass(frozen=True)
class Output:
    """The catalogue to be, and the local folder with what is needed to continue a run."""

    path: Any  # Path, or UPath of an address
    catalog_name: str
    scratch: Path

    @property
    def is_local(self) -> bool:
        return isinstance(self.path, Path)

    @property
    def built(self) -> Any:
        """Where hats-import writes the catalogue."""
        return self.scratch / self.catalog_name if self.is_local else self.path

    @property
    def intermediate(self) -> Path:
        return self.scratch / "intermediate"

    @contextmanager
    def reserved(self, state: Mapping[str, Any]) -> Iterator[None]:
        """Refuse what exists; keep what an earlier run with the same input left; clear up at the end."""
        with disk_errors(str(self.scratch)):
            self.scratch.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.scratch / "lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise FinkQueryError(
                f"output={str(self.path)!r} is being written by another process: wait for it."
            ) from None
        with lock:
            self._check_and_keep(state)
            yield
            with disk_errors(str(self.path)):
                if self.is_local:
                    os.replace(self.built, self.path)
                shutil.rmtree(self.scratch, ignore_errors=True)

    def _check_and_keep(self, state: Mapping[str, Any]) -> None:
        file = self.scratch / _STATE
        kept = json.loads(file.read_text()) if file.exists() else None
        if self._is_taken(continued=kept is not None):
            shutil.rmtree(self.scratch, ignore_errors=True)
            raise FinkQueryError(f"output={str(self.path)!r} exists: remove it, or give another path.")
        if kept != state:
            self._remove_leftovers(kept is not None)
            with disk_errors(str(self.scratch)):
                file.write_text(json.dumps(state))

    def _is_taken(self, continued: bool) -> bool:
        """Whether there is something; an address where a run was broken off may have files of it."""
        if self.is_local:
            return self.path.exists() and not (self.path.is_dir() and not any(self.path.iterdir()))
        return (self.path / "collection.properties").exists() if continued else self.path.exists()

    def _remove_leftovers(self, continued: bool) -> None:
        """Remove what a run with other input left behind."""
        for leftover in (self.scratch / self.catalog_name, self.intermediate):
            shutil.rmtree(leftover, ignore_errors=True)
        if continued and not self.is_local and self.path.exists():
            self.path.fs.rm(self.path.path, recursive=True)


def output_of(output: Any, catalog_name: str | None, *, beside: Path) -> Output:
    """Check where to write, and the name; the scratch folder of an address is beside the input."""
    path = location(output, "output")
    if not path.name:
        raise FinkQueryError(f"output={shown(output)} has no name: give a folder that does not exist.")
    name = re.sub(r"[^A-Za-z0-9._-]", "_", path.name) if catalog_name is None else catalog_name
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise FinkQueryError(
            f"catalog_name={shown(name)} is not a valid name: use letters, digits, '.', '_' and '-'."
        )
    if not isinstance(path, Path) and not _NAME.fullmatch(path.name):
        raise FinkQueryError(
            f"output={str(path)!r}: its last part is not a valid name: use letters, digits, '.', '_' and '-'."
        )
    return Output(path, name, _scratch(path if isinstance(path, Path) else beside.absolute(), path.name))


def _scratch(sibling: Path, name: str) -> Path:
    return sibling.with_name(f".{name}.unfinished")
