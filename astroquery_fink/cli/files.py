# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What goes to files and to the terminal, and ids that come from them."""

import sys
import warnings
from pathlib import Path

from astropy.io.votable.exceptions import VOWarning
from astropy.table import Table

from ..exceptions import FinkQueryError

__all__ = ["FORMATS", "check_output", "format_of", "read_ids", "show"]

FORMATS = {
    ".ecsv": "ascii.ecsv",
    ".csv": "ascii.csv",
    ".fits": "fits",
    ".vot": "votable",
    ".xml": "votable",
    ".parquet": "parquet",
}


def format_of(path):
    """The format that a file's name stands for.

    Parameters
    ----------
    path : str

    Returns
    -------
    format : str
        As `astropy.table.Table.write` knows it.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise FinkQueryError(f"-o {path}: the name must end in one of {', '.join(FORMATS)}.")
    return FORMATS[suffix]


def check_output(path, overwrite):
    """Refuse, before anything is asked, a file that could not be written.

    Parameters
    ----------
    path : str or None
    overwrite : bool

    Returns
    -------
    path : `~pathlib.Path` or None
    """
    if path is None:
        return None
    path = Path(path)
    if path.exists() and not overwrite:
        raise FinkQueryError(f"{path} is there already: give another name, or --overwrite.")
    if not path.parent.is_dir():
        raise FinkQueryError(f"{path.parent} is no folder.")
    return path


def show(table, options):
    """Write a table where the options say: a file, a terminal, or as CSV into a pipe.

    Parameters
    ----------
    table : `~astropy.table.Table`
    options : `argparse.Namespace`

    Returns
    -------
    rows : int
    """
    if options.output:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VOWarning)  # an ID is made of each name; the names are kept
            _plain(table).write(options.output, format=format_of(options.output), overwrite=options.overwrite)
        if not options.quiet:
            print(f"astroquery-fink: {len(table)} rows in {options.output}", file=sys.stderr)
    elif sys.stdout.isatty():
        print("\n".join(table.pformat()))
    else:
        table.write(sys.stdout, format="ascii.csv")
    return len(table)


def _plain(table):
    """With text in place of lists in ``meta``, which headers of FITS cannot hold."""
    plain = table.copy(copy_data=False)
    plain.meta.update(
        {key: ",".join(map(str, value)) for key, value in table.meta.items() if isinstance(value, list)}
    )
    return plain


def read_ids(path, column):
    """Ids, one a line, or those of a table's column.

    Parameters
    ----------
    path : str
        ``-`` is standard input.
    column : str
        Name of the column of ids, with its family prefix.

    Returns
    -------
    ids : list of str
    """
    text = sys.stdin.read() if path == "-" else Path(path).read_text("utf-8")
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    names = {column, column.partition(":")[2]}
    if lines and names & set(lines[0].replace('"', "").split(",")):
        table = Table.read(lines, format="ascii.csv")
        return [str(one) for one in table[next(name for name in table.colnames if name in names)]]
    if not lines:
        raise FinkQueryError(f"--ids {path}: there is no id in it.")
    return [line.strip('"') for line in lines]
