# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Output to files and to the terminal, and ids from files."""

import os
import shutil
import sys
from argparse import Namespace
from pathlib import Path

from astropy.table import Table

from ..arguments.types import StrPath
from ..exceptions import FinkQueryError
from ..formats.files import (
    FORMATS,
    format_of,
    read,
    write,
)
from ..messages import counted
from ..tables.optional import require
from .terminal import fitted

__all__ = [
    "check_figure",
    "check_folder",
    "check_output",
    "check_page",
    "check_parquet",
    "check_table",
    "read_ids",
    "show",
    "tell",
]

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def check_output(path: str | None, overwrite: bool) -> Path | None:
    """Refuse a file that cannot be written, before anything is sent."""
    if path is None:
        return None
    file = Path(path)
    if file.is_dir():
        raise FinkQueryError(f"{file} is a folder: give the name of a file.")
    if file.exists() and not overwrite:
        raise FinkQueryError(f"{file} exists: give another name, or --overwrite.")
    return _in_writable_folder(file)


def check_folder(path: str) -> Path:
    """Refuse a folder that cannot be created, before anything is sent."""
    folder = Path(path)
    if folder.exists() and not folder.is_dir():
        raise FinkQueryError(f"{folder} is a file: give the name of a folder.")
    return _in_writable_folder(folder)


def _in_writable_folder(path: Path) -> Path:
    if not path.parent.is_dir():
        raise FinkQueryError(f"{path.parent} is not a folder.")
    if not os.access(path.parent, os.W_OK):
        raise FinkQueryError(f"{path.parent} is a folder that you cannot write to.")
    return path


def check_table(path: str | None, overwrite: bool) -> None:
    """Refuse a table that cannot be written, before anything is sent."""
    if path is None:
        return
    try:
        format_of(path)
    except FinkQueryError as error:
        raise FinkQueryError(f"-o {path}: the name must end in one of {', '.join(FORMATS)}.") from error
    check_output(path, overwrite)


def check_parquet(path: str | None, overwrite: bool) -> Path:
    """Refuse a file for the whole table that cannot be written, before anything is sent."""
    if path is None:
        raise FinkQueryError("give names of objects, or -o FILE.parquet for the whole table.")
    file = check_output(path, overwrite)
    if file is None or file.suffix.lower() != ".parquet":
        raise FinkQueryError(f"-o {path}: the whole table is Parquet; the name must end in .parquet.")
    return file


def check_page(path: str, overwrite: bool) -> Path:
    """Refuse a page that cannot be written, before anything is sent."""
    if Path(path).suffix.lower() not in (".html", ".htm"):
        raise FinkQueryError(f"-o {path}: a page is HTML; the name must end in .html.")
    check_output(path, overwrite)
    return Path(path)


def check_figure(path: str | None, overwrite: bool, output: str | None = None) -> Path | None:
    """Refuse a figure that cannot be written, or that is the output file, before anything is sent."""
    if path is None:
        return None
    require("--plot", ("matplotlib",), "plot")
    from matplotlib.backend_bases import FigureCanvasBase

    known = FigureCanvasBase.get_supported_filetypes()
    if Path(path).suffix.lower().lstrip(".") not in known:
        raise FinkQueryError(f"--plot {path}: the name must end in one of .{', .'.join(sorted(known))}.")
    if output is not None and Path(path).absolute() == Path(output).absolute():
        raise FinkQueryError(f"--plot {path}: -o has the same name.")
    return check_output(path, overwrite)


def tell(options: Namespace, what: str, path: StrPath) -> None:
    """Say what was written, on standard error."""
    if not options.quiet:
        print(f"astroquery-fink: wrote {path} ({what})", file=sys.stderr)


def show(table: Table, options: Namespace) -> int:
    """Write a table to a file, to a terminal, or as CSV to a pipe; return the number of its rows."""
    if options.output:
        write(table, options.output, overwrite=options.overwrite)
        tell(
            options, f"{counted(len(table), 'row')}, {counted(len(table.colnames), 'column')}", options.output
        )
    elif sys.stdout.isatty():
        print("\n".join(fitted(table, *shutil.get_terminal_size(), sys.stdout)))
    else:
        table.write(sys.stdout, format="ascii.csv")
    return len(table)


def read_ids(path: str, column: str) -> list[str]:
    """Read ids, one per line or in a column of a table, from a file or from standard input ("-")."""
    names = (column, column.partition(":")[2])
    if FORMATS.get(Path(path).suffix.lower(), "ascii.csv") != "ascii.csv":
        return _ids_of(read(path), names, path)
    lines = [line.strip() for line in _text(path).splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if lines and set(names) & set(lines[0].replace('"', "").split(",")):
        return _ids_of(Table.read(lines, format="ascii.csv"), names, path)
    if not lines:
        raise FinkQueryError(f"--ids {path}: the file has no ids.")
    return [line.strip('"') for line in lines]


def _ids_of(table: Table, names: tuple[str, ...], path: str) -> list[str]:
    """The ids of a table that are not masked, without duplicates."""
    found = [name for name in names if name in table.colnames]
    if not found:
        raise FinkQueryError(f"--ids {path}: the table has no column {' or '.join(names)}.")
    ids = table[found[0]]
    ids = ids.compressed() if hasattr(ids, "compressed") else ids
    if not len(ids):
        raise FinkQueryError(f"--ids {path}: the file has no ids.")
    return list(dict.fromkeys(map(str, ids)))


def _text(path: str) -> str:
    """Read UTF-8 or UTF-16 (common on Windows), with or without a byte-order mark."""
    content = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    try:
        return content.decode(_encoding(content))
    except UnicodeDecodeError as error:
        raise FinkQueryError(
            f"--ids {path}: the file is not text in UTF-8 or UTF-16 ({error.reason})."
        ) from error


def _encoding(content: bytes) -> str:
    """The encoding; ids are ASCII, of which every second byte of UTF-16 is 0."""
    if content[:2] in _UTF16_MARKS:
        return "utf-16"
    if content[:1] and content[1:2] == b"\0":
        return "utf-16-le"
    return "utf-16-be" if content[:1] == b"\0" else "utf-8-sig"
