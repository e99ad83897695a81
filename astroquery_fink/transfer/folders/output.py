# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The folder that a function writes."""

from pathlib import Path
from typing import Any

from ...arguments.checks import path_of
from ...exceptions import FinkQueryError

__all__ = ["new_folder"]


def new_folder(output: Any, source: Path) -> Path:
    """The path of a folder that is absent or empty, outside of the folder that is read."""
    where = path_of(output, "output")
    if where.exists() and not (where.is_dir() and not any(where.iterdir())):
        raise FinkQueryError(f"output={str(where)!r} exists and is not an empty folder: give another name.")
    if source.resolve() in where.resolve().parents:
        raise FinkQueryError(
            f"output={str(where)!r} is inside path={str(source)!r}, whose files are read: give a folder "
            "outside of it."
        )
    return where
