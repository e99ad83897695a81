# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Write Tables to files and read them back, with masks, ids, times and cutouts."""

import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.io.fits.verify import VerifyError, VerifyWarning
from astropy.io.votable.exceptions import VOWarning
from astropy.table import Column, Table
from astropy.utils.exceptions import AstropyUserWarning

from ..arguments.types import FileFormat, StrPath
from ..disk import completed, unfinished_name
from ..exceptions import FinkQueryError
from ..messages import first_few, warn
from ..surveys.photometry import nan_masked
from .meta import from_text, to_text
from .names import plain_names as with_plain_names
from .storable import (
    SHAPE,
    Loss,
    storable,
    with_values,
)
from .votable import read_votable, write_votable

__all__ = ["FORMATS", "format_of", "read", "write"]

FORMATS = {
    ".ecsv": "ascii.ecsv",
    ".csv": "ascii.csv",
    ".fits": "fits",
    ".vot": "votable",
    ".xml": "votable",
    ".parquet": "parquet",
    ".h5": "hdf5",
    ".hdf5": "hdf5",
}
_ALIASES = {"ecsv": "ascii.ecsv", "csv": "ascii.csv"}
_PACKAGES = {"parquet": "pyarrow", "hdf5": "h5py"}
_NODE = "table"  # name of the Table in an HDF5 file
_NUMBERS = (bool, int, float)
_NAMES_SHOWN = 5


def write(
    table: Table,
    path: StrPath,
    *,
    format: FileFormat | None = None,
    overwrite: bool = False,
    pad: bool = False,
    plain_names: bool = False,
) -> None:
    """Write a Table to a file, from which `read` returns the same Table.

    The file keeps ids, numbers, units, cutouts, ``meta``, and the masks of all columns. A warning names the
    columns that the format cannot keep, and the formats that can. `astropy.table.Table.write` loses some
    without a warning, such as the masks of bool columns in FITS.

    Parameters
    ----------
    table : `~astropy.table.Table`
        The result of any query; also a `~astropy.table.QTable` or `~astropy.timeseries.TimeSeries`.
    path : str or path-like
        The file. It appears when it is complete.
    format : str, optional
        ``"ecsv"``, ``"csv"``, ``"fits"``, ``"votable"``, ``"parquet"`` (needs pyarrow) or ``"hdf5"``
        (needs h5py). None: given by the suffix ``.ecsv``, ``.csv``, ``.fits``, ``.vot``, ``.xml``,
        ``.parquet``, ``.h5`` or ``.hdf5``.
    overwrite : bool, optional
        Whether to replace an existing file.
    pad : bool, optional
        Fill cutouts of different shapes with NaN, at the ends of rows and columns, to the largest shape in
        their column. Without it, only ECSV can hold different shapes.
    plain_names : bool, optional
        Write names without characters that other programs need quotes for, as
        `~astroquery_fink.formats.plain_names` makes them: ``magpsf`` for ``i:magpsf``.

    Returns
    -------
    None

    Raises
    ------
    FinkQueryError
        The format is unknown, or cannot hold cutouts (CSV) or cutouts of different shapes.
    OSError
        The file exists, or cannot be written.
    ImportError
        The format needs a package that is not installed.

    Warns
    -----
    AstropyUserWarning
        The format cannot keep some columns, or some of ``meta``.

    Examples
    --------
    >>> from astroquery_fink.formats import read, write
    >>> table = Fink.query_object("ZTF99simsnia", withupperlim=True)
    >>> write(table, "supernova.fits")
    >>> back = read("supernova.fits")
    >>> back["d:from_upper"].mask.tolist() == table["d:from_upper"].mask.tolist()
    True
    """
    path = Path(path)
    known = format_of(path, format)
    table = with_plain_names(table) if plain_names else table
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists: give another path, or overwrite=True.")
    storable_table, losses = storable(table, known, pad=pad)
    _warn_of_losses(path, losses)
    part = unfinished_name(path)
    with completed(part, path), warnings.catch_warnings():
        warnings.simplefilter("ignore", VOWarning)  # that IDs are made of the names, which are kept
        warnings.simplefilter("ignore", VerifyWarning)  # that names in headers are long; they are kept
        _WRITERS[known](storable_table, part)


def read(path: StrPath, *, format: FileFormat | None = None) -> Table:
    """Read a Table from a file that `write` wrote.

    `astropy.table.Table.read` reads these files, too, but leaves some columns as the format stores them.
    This function restores names and masked text of VOTables, text in FITS and HDF5, shapes of cutouts in
    Parquet and ECSV, bool columns in CSV, ``meta`` in FITS and VOTables.

    Parameters
    ----------
    path : str or path-like
        The file.
    format : str, optional
        The same as in `write`. None: given by the suffix.

    Returns
    -------
    table : `~astropy.table.Table`
        The values under the masks of float columns are NaN.

    Raises
    ------
    FinkQueryError
        The format is unknown.
    OSError
        The file cannot be read.
    ImportError
        The format needs a package that is not installed.

    Examples
    --------
    >>> from astroquery_fink.formats import read, write
    >>> table = Fink.query_object("ZTF99simrrly", columns="candid,jd,magpsf")
    >>> write(table, "star.vot")
    >>> back = read("star.vot")
    >>> back.colnames, back.meta == table.meta
    (['i:candid', 'i:jd', 'i:magpsf'], True)
    """
    path = Path(path)
    known = format_of(path, format)
    if not path.exists():
        raise FileNotFoundError(f"path={str(path)!r} does not exist: give a file that write made.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VOWarning)
        table = _READERS[known](path)
    for name in table.colnames:
        if isinstance(table[name], Column):
            table.replace_column(name, _restored(table[name], known))
    return table


def format_of(path: StrPath, format: str | None = None) -> str:
    """The format of a file, by its name in astropy; raises ImportError if it needs a missing package."""
    if format is None:
        known = FORMATS.get(Path(path).suffix.lower())
        message = f"path='{path}': the name must end in one of {', '.join(FORMATS)}."
    else:
        known = format if format in FORMATS.values() else _ALIASES.get(format)
        message = f"format={format!r} is unknown: give ecsv, csv, fits, votable, parquet or hdf5."
    if known is None:
        raise FinkQueryError(message)
    package = _PACKAGES.get(known)
    if package and find_spec(package) is None:
        raise ImportError(f"{known} needs {package}: pip install {package}, or give another format.")
    return known


def _warn_of_losses(path: Path, losses: dict[Loss, list[str]]) -> None:
    for loss, names in losses.items():
        remedy = f"To keep this, write to {', '.join(loss.kept_by)}."
        warn(f"{path.name} {loss.words}: {first_few(names, _NAMES_SHOWN)}. {remedy}", AstropyUserWarning)


def _write_fits(table: Table, path: Path) -> None:
    cards = {
        key: value if isinstance(value, _NUMBERS) else to_text(value) for key, value in table.meta.items()
    }
    too_long = [key for key, value in cards.items() if not _fits_a_card(key, value)]
    if too_long:
        names = ", ".join(map(str, too_long))
        warn(f"a FITS header cannot hold meta: {names}. It is left out.", AstropyUserWarning)
    table.meta = {key: value for key, value in cards.items() if key not in too_long}
    table.write(path, format="fits")


def _fits_a_card(key: Any, value: Any) -> bool:
    try:
        return bool(str(fits.Card(key, value)))
    except (ValueError, TypeError, AttributeError, VerifyError):
        return False


def _write_as(format: str, **options: Any) -> Callable[[Table, Path], None]:
    # astropy 6.1 writes HDF5 only if the path is text
    return lambda table, path: table.write(str(path), format=format, **options)


_WRITERS: dict[str, Callable[[Table, Path], None]] = {
    "ascii.ecsv": _write_as("ascii.ecsv"),
    "ascii.csv": _write_as("ascii.csv"),
    "fits": _write_fits,
    "votable": write_votable,
    "parquet": _write_as("parquet"),
    "hdf5": _write_as("hdf5", path=_NODE, serialize_meta=True),
}


def _read_fits(path: Path) -> Table:
    table = Table.read(path, format="fits")
    table.meta = {key.lower(): from_text(value) for key, value in table.meta.items()}
    return table


def _read_as(format: str, **options: Any) -> Callable[[Path], Table]:
    return lambda path: Table.read(path, format=format, **options)


_READERS: dict[str, Callable[[Path], Table]] = {
    "ascii.ecsv": _read_as("ascii.ecsv"),
    "ascii.csv": _read_as("ascii.csv"),
    "fits": _read_fits,
    "votable": read_votable,
    "parquet": _read_as("parquet"),
    "hdf5": _read_as("hdf5", path=_NODE),
}


def _restored(column: Column, format: str) -> Column:
    """The column as it was before it was written."""
    data, mask = np.ma.getdata(column), np.ma.getmaskarray(column)
    shape = column.meta.pop(SHAPE, None)
    if shape is not None:
        data, mask = data.reshape(-1, *shape), mask.reshape(-1, *shape)
    if data.dtype.kind == "S":  # NumPy 1.26 decodes an empty array to floats
        data = np.char.decode(data, "utf-8") if data.size else data.astype("U")
    elif data.dtype.kind == "O":
        data = _cutouts_from_lists(data, mask)
    elif not data.dtype.isnative:
        data = data.astype(data.dtype.newbyteorder("="))
    if data.dtype.kind == "U" and format == "votable":
        mask = mask | (data == "")
    if data.dtype.kind == "U" and format == "ascii.csv" and set(data[~mask].tolist()) == {"True", "False"}:
        data = data == "True"
    return with_values(column, *_nan_under_mask(data, mask))


def _nan_under_mask(data: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Floats with NaN under the mask; of cutouts, only missing ones are masked."""
    if data.ndim > 1 and data.dtype.kind == "f":
        missing = (mask | np.isnan(data)).all(axis=tuple(range(1, data.ndim)), keepdims=True)
        mask = np.broadcast_to(missing, data.shape).copy()
    if mask.any():
        data = np.ma.getdata(nan_masked(np.ma.array(data, mask=mask)))
    return data, mask


def _cutouts_from_lists(cells: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Float32 arrays from the lists of pixel rows in ECSV; other cells as they are."""
    arrays = np.empty(len(cells), dtype=object)
    for row, (cell, masked) in enumerate(zip(cells, mask, strict=True)):
        arrays[row] = None if masked else _cutout_from_lists(cell)
    return arrays


def _cutout_from_lists(cell: Any) -> Any:
    if not (isinstance(cell, list) and cell and all(isinstance(row, list) and row for row in cell)):
        return cell
    pixels = [pixel for row in cell for pixel in row]
    if len(set(map(len, cell))) > 1 or not all(isinstance(pixel, int | float | None) for pixel in pixels):
        return cell
    return np.array(cell, dtype=np.float32)
