# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Which files of a folder hold data, and what the names of their folders say, as Spark and Hive have it."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes

from ..exceptions import FinkQueryError

__all__ = ["data_files", "partition_values"]

_MAGIC = b"PAR1"
_SUFFIXES = (".parquet", ".parq", ".pq")
_NO_SUFFIX = re.compile(r"part-[^.]*(\.c\d+)?|\d{6}_\d+", re.ASCII)  # of Spark, of Hive
_COPYING = "._COPYING_"
_NULL = "__HIVE_DEFAULT_PARTITION__"


def data_files(path: Path) -> list[Path]:
    """The Parquet files of a folder and of the folders in it, by name; a file stands for itself."""
    if not path.exists():
        raise FinkQueryError(f"path={str(path)!r} is not there: give the folder that fink-client wrote.")
    if not path.is_dir():
        return [path]
    files = [file for file in _visible(path) if _is_data(file)]
    if not files:
        raise FinkQueryError(
            f"path={str(path)!r} has no Parquet files in it: give the folder that fink-client wrote, its "
            "-outdir."
        )
    return sorted(files)


def partition_values(file: Path) -> dict[str, str | None]:
    """What the folders of a file say: ``{"year": "2025"}`` of ``year=2025/part-0.parquet``."""
    pairs = [part.partition("=") for part in file.absolute().parent.parts if "=" in part]
    return {_unescaped(name): None if value == _NULL else _unescaped(value) for name, _, value in pairs}


def _unescaped(text: str) -> str:
    """Without percent signs; what is not UTF-8 is one character a byte, as Hive writes it."""
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        return unquote(text, "latin-1")


def _visible(folder: Path, above: tuple[str, ...] = ()) -> Iterator[Path]:
    """All files but the hidden ones; links are followed, except to a folder that they are in."""
    real = os.path.realpath(folder)
    if real in above:
        return
    try:
        names = [name for name in os.listdir(folder) if not _is_hidden(name)]
    except OSError as error:
        raise FinkQueryError(f"{folder} cannot be read ({error.strerror}): check its permissions.") from error
    for file in map(folder.joinpath, names):
        if os.path.isdir(file):
            yield from _visible(file, (*above, real))
        else:
            yield file


def _is_hidden(name: str) -> bool:
    """Logs, temporary files and summaries; ``_band=g`` is a partition."""
    return name.startswith(".") or name.endswith(_COPYING) or (name.startswith("_") and "=" not in name)


def _is_data(file: Path) -> bool:
    """By its name, or by how it begins."""
    if file.name.lower().endswith(_SUFFIXES) or _NO_SUFFIX.fullmatch(file.name):
        return True
    if not file.is_file():
        return False
    try:
        with file.open("rb") as content:
            return content.read(len(_MAGIC)) == _MAGIC
    except OSError as error:
        raise FinkQueryError(f"{file} cannot be read ({error.strerror}): check its permissions.") from error
