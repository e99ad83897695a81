# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What goes to files and to the terminal, and ids that come from them."""

import os
import sys
from pathlib import Path

from astropy.table import Table

from ..exceptions import FinkQueryError
from ..formats.files import FORMATS, format_of, read, write

__all__ = ["check_folder", "check_output", "check_picture", "check_table", "read_ids", "show"]

_MARKS_OF_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def check_output(path: str | None, overwrite: bool) -> Path | None:
    """Refuse, before anything is sent, a file that could not be written."""
    if path is None:
        return None
    path = Path(path)
    if path.is_dir():
        raise FinkQueryError(f"{path} is a folder: give the name of a file.")
    if path.exists() and not overwrite:
        raise FinkQueryError(f"{path} is there already: give another name, or --overwrite.")
    return _in_folder(path)


def check_folder(path: str) -> Path:
    """Refuse, before anything is sent, a folder that could not be made."""
    path = Path(path)
    if path.exists() and not path.is_dir():
        raise FinkQueryError(f"{path} is a file: give the name of a folder.")
    return _in_folder(path)


def _in_folder(path):
    if not path.parent.is_dir():
        raise FinkQueryError(f"{path.parent} is no folder.")
    if not os.access(path.parent, os.W_OK):
        raise FinkQueryError(f"{path.parent} is a folder that you cannot write to.")
    return path


def check_table(path: str | None, overwrite: bool) -> None:
    """Refuse, before anything is sent, a file that could not be written as a table."""
    if path is None:
        return
    try:
        format_of(path)
    except FinkQueryError as error:
        raise FinkQueryError(f"-o {path}: the name must end in one of {', '.join(FORMATS)}.") from error
    check_output(path, overwrite)


def check_picture(path: str | None, overwrite: bool, beside: str | None = None) -> Path | None:
    """Refuse, before anything is sent, a file that could not be written as a figure."""
    if path is None:
        return None
    from matplotlib.backend_bases import FigureCanvasBase

    known = FigureCanvasBase.get_supported_filetypes()
    if Path(path).suffix.lower().lstrip(".") not in known:
        raise FinkQueryError(f"--plot {path}: the name must end in one of .{', .'.join(sorted(known))}.")
    if beside is not None and Path(path).absolute() == Path(beside).absolute():
        raise FinkQueryError(f"--plot {path}: -o has the same name.")
    return check_output(path, overwrite)


def show(table: Table, options) -> int:
    """Write a table to a file, a terminal, or as CSV into a pipe; give the number of its rows."""
    if options.output:
        write(table, options.output, overwrite=options.overwrite)
        if not options.quiet:
            print(f"astroquery-fink: {len(table)} rows in {options.output}", file=sys.stderr)
    elif sys.stdout.isatty():
        print("\n".join(table.pformat()))
    else:
        table.write(sys.stdout, format="ascii.csv")
    return len(table)


def read_ids(path: str, column: str) -> list[str]:
    """Ids, one a line (of standard input, where path is "-"), or those in a column of a table."""
    names = (column, column.partition(":")[2])
    if FORMATS.get(Path(path).suffix.lower(), "ascii.csv") != "ascii.csv":
        return _ids_of(read(path), names, path)
    lines = [line.strip() for line in _text(path).splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if lines and set(names) & set(lines[0].replace('"', "").split(",")):
        return _ids_of(Table.read(lines, format="ascii.csv"), names, path)
    if not lines:
        raise FinkQueryError(f"--ids {path}: there is no id in it.")
    return [line.strip('"') for line in lines]


def _ids_of(table, names, path):
    """Those that are not masked, each once, in their order."""
    found = [name for name in names if name in table.colnames]
    if not found:
        raise FinkQueryError(f"--ids {path}: it has no column {' or '.join(names)}.")
    ids = table[found[0]]
    ids = ids.compressed() if hasattr(ids, "compressed") else ids
    if not len(ids):
        raise FinkQueryError(f"--ids {path}: there is no id in it.")
    return list(dict.fromkeys(map(str, ids)))


def _text(path):
    """UTF-8 or, as Windows writes it, UTF-16; with a byte-order mark or without."""
    content = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    try:
        return content.decode(_encoding(content))
    except UnicodeDecodeError as error:
        raise FinkQueryError(f"--ids {path}: it is no text in UTF-8 or UTF-16 ({error.reason}).") from error


def _encoding(content):
    """Of ids every second byte of UTF-16 is 0."""
    if content[:2] in _MARKS_OF_UTF16:
        return "utf-16"
    if content[:1] and content[1:2] == b"\0":
        return "utf-16-le"
    return "utf-16-be" if content[:1] == b"\0" else "utf-8-sig"
