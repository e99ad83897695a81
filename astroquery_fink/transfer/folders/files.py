# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Data files of a folder, and the partition values in folder names, by the rules of Spark and Hive."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes

from ...exceptions import FinkQueryError

__all__ = ["data_files", "partition_values"]

_MAGIC = b"PAR1"
_SUFFIXES = (".parquet", ".parq", ".pq")
_NO_SUFFIX = re.compile(r"part-[^.]*(\.c\d+)?|\d{6}_\d+", re.ASCII)  # names by Spark and by Hive
_COPYING = "._COPYING_"
_GIVE = "give the folder that transfer.download or fink-client wrote"
_NULL = "__HIVE_DEFAULT_PARTITION__"


def data_files(path: Path) -> list[Path]:
    """The Parquet files in a folder and below, sorted; of a file, the file itself."""
    if not path.exists():
        raise FinkQueryError(f"path={str(path)!r} does not exist: {_GIVE}.")
    if not path.is_dir():
        return [path]
    files = [file for file in _visible_files(path) if _is_data(file)]
    if not files:
        raise FinkQueryError(f"path={str(path)!r} has no Parquet files in it: {_GIVE} (its -outdir).")
    return sorted(files)


def partition_values(file: Path) -> dict[str, str | None]:
    """``{"year": "2025"}`` of ``year=2025/part-0.parquet``."""
    pairs = [name.partition("=") for name in file.absolute().parent.parts if "=" in name]
    return {_unescaped(name): None if value == _NULL else _unescaped(value) for name, _, value in pairs}


def _unescaped(text: str) -> str:
    """Decode percent signs, as UTF-8 or else, as in Hive, one character per byte."""
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        return unquote(text, "latin-1")


def _visible_files(folder: Path, above: tuple[str, ...] = ()) -> Iterator[Path]:
    """All files but hidden ones; links are followed, except to a folder above."""
    real = os.path.realpath(folder)
    if real in above:
        return
    try:
        names = [name for name in os.listdir(folder) if not _is_hidden(name)]
    except OSError as error:
        raise FinkQueryError(f"{folder} cannot be read ({error.strerror}): check its permissions.") from error
    for file in map(folder.joinpath, names):
        if os.path.isdir(file):
            yield from _visible_files(file, (*above, real))
        else:
            yield file


def _is_hidden(name: str) -> bool:
    """Logs, temporary files and summaries; but ``_band=g`` is a partition."""
    return name.startswith(".") or name.endswith(_COPYING) or (name.startswith("_") and "=" not in name)


def _is_data(file: Path) -> bool:
    """Whether a file is Parquet, by its name or its first bytes."""
    if file.name.lower().endswith(_SUFFIXES) or _NO_SUFFIX.fullmatch(file.name):
        return True
    if not file.is_file():
        return False
    try:
        with file.open("rb") as content:
            return content.read(len(_MAGIC)) == _MAGIC
    except OSError as error:
        raise FinkQueryError(f"{file} cannot be read ({error.strerror}): check its permissions.") from error
