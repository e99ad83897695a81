# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tables to files and back, with their masks, ids, times and cutouts."""

import json
import os
import re
import warnings
from contextlib import suppress
from importlib.util import find_spec
from os import PathLike
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.io.fits.verify import VerifyError, VerifyWarning
from astropy.io.votable.exceptions import VOWarning
from astropy.table import Column, MaskedColumn, Table
from astropy.utils.exceptions import AstropyUserWarning

from ..exceptions import FinkQueryError
from ..messages import warn
from ..surveys.photometry import nan_masked
from .storable import SHAPE, Loss, storable

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
_NODE = "table"  # where a file of HDF5 has the Table
_JSON = "json:"  # before what is not text, where meta can hold text only
_NUMBERS = (bool, int, float)
_NAMES_SHOWN = 5
_BREAK_AT_HYPHEN = re.compile(r"(?<=\w-)\n\s*(?=\w)")
_LINE_BREAK = re.compile(r"\s*\n\s*")


def write(
    table: Table,
    path: str | PathLike,
    *,
    format: str | None = None,
    overwrite: bool = False,
    pad: bool = False,
) -> None:
    """Write a Table to a file, so that `read` gives the same Table.

    Ids, numbers, units, masks of every kind of column, cutouts and ``meta`` are kept. What the format
    cannot hold is named in a warning, with the formats that can; `astropy.table.Table.write` is silent
    of some, such as masked truth values in FITS.

    Parameters
    ----------
    table : `~astropy.table.Table`
        From any query; also a `~astropy.table.QTable` or `~astropy.timeseries.TimeSeries`.
    path : str or path-like
        The file. It is there whole, or not at all.
    format : str, optional
        ``"ecsv"``, ``"csv"``, ``"fits"``, ``"votable"``, ``"parquet"`` (needs pyarrow) or ``"hdf5"``
        (needs h5py). None: as the suffix says: ``.ecsv``, ``.csv``, ``.fits``, ``.vot``, ``.xml``,
        ``.parquet``, ``.h5``, ``.hdf5``.
    overwrite : bool, optional
        Whether to replace a file that exists.
    pad : bool, optional
        Fill cutouts of unequal shape with NaN, at the ends of rows and columns, to the largest of their
        column. Of the formats only ECSV holds unequal shapes.

    Returns
    -------
    None

    Raises
    ------
    FinkQueryError
        The format is unknown, or does not hold cutouts (CSV) or their unequal shapes.
    OSError
        The file exists, or cannot be written.
    ImportError
        The format needs a package that is not installed.

    Warns
    -----
    AstropyUserWarning
        The format loses something.

    Examples
    --------
    >>> from astroquery_fink.formats.files import read, write
    >>> table = fink.query_object("ZTF99simsnia", withupperlim=True)
    >>> write(table, folder / "supernova.fits")
    >>> back = read(folder / "supernova.fits")
    >>> back["d:from_upper"].mask.tolist() == table["d:from_upper"].mask.tolist()
    True
    """
    path = Path(path)
    known = format_of(path, format)
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists: give another path, or overwrite=True.")
    whole, losses = storable(table, known, pad=pad)
    _name_losses(path, losses)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VOWarning)  # an ID is made of each name; the names are kept
            warnings.simplefilter("ignore", VerifyWarning)  # of long names in headers; they are kept
            _WRITERS[known](whole, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read(path: str | PathLike, *, format: str | None = None) -> Table:
    """Read a Table that `write` wrote.

    `astropy.table.Table.read` reads these files, too; this knows what each format keeps in its own way:
    names and masked text of VOTables, text in FITS and HDF5, shapes of cutouts in Parquet and ECSV,
    truth values in CSV, ``meta`` in FITS and VOTables.

    Parameters
    ----------
    path : str or path-like
        The file.
    format : str, optional
        As `write` takes it.

    Returns
    -------
    table : `~astropy.table.Table`
        Masked floats are NaN underneath.

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
    >>> from astroquery_fink.formats.files import read, write
    >>> table = fink.query_object("ZTF99simrrly", columns="candid,jd,magpsf")
    >>> write(table, folder / "star.vot")
    >>> back = read(folder / "star.vot")
    >>> back.colnames, back.meta == table.meta
    (['i:candid', 'i:jd', 'i:magpsf'], True)
    """
    path = Path(path)
    known = format_of(path, format)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VOWarning)
        table = _READERS[known](path)
    for name in table.colnames:
        if isinstance(table[name], Column):
            table.replace_column(name, _restored(table[name], known))
    return table


def format_of(path: str | PathLike, format: str | None = None) -> str:
    """The format that a file is written in, by astropy's name for it.

    Parameters
    ----------
    path : str or path-like
        Its suffix tells the format.
    format : str, optional
        The format itself.

    Returns
    -------
    format : str

    Raises
    ------
    FinkQueryError
        There is no such format.
    ImportError
        The format needs a package that is not installed.

    Examples
    --------
    >>> from astroquery_fink.formats.files import FORMATS, format_of
    >>> format_of("found.vot"), ".parquet" in FORMATS
    ('votable', True)
    """
    if format is None:
        known = FORMATS.get(Path(path).suffix.lower())
        remedy = f"path='{path}': the name must end in one of {', '.join(FORMATS)}"
    else:
        known = format if format in FORMATS.values() else _ALIASES.get(format)
        remedy = f"format={format!r} is none of ecsv, csv, fits, votable, parquet, hdf5"
    if known is None:
        raise FinkQueryError(f"{remedy}.")
    package = _PACKAGES.get(known)
    if package and find_spec(package) is None:
        raise ImportError(f"{known} needs {package}: pip install {package}, or take another format.")
    return known


def _name_losses(path: Path, losses: dict[Loss, list[str]]) -> None:
    for loss, names in losses.items():
        more = len(names) - _NAMES_SHOWN
        some = ", ".join(names[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
        warn(f"{path.name} {loss.words}: {some}. Kept by {', '.join(loss.kept_by)}.", AstropyUserWarning)


def _write_fits(table, path):
    cards = {
        key: value if isinstance(value, _NUMBERS) else _to_text(value) for key, value in table.meta.items()
    }
    too_long = [key for key, value in cards.items() if not _fits_a_card(key, value)]
    if too_long:
        warn(f"a header of FITS does not hold meta: {', '.join(map(str, too_long))}", AstropyUserWarning)
    table.meta = {key: value for key, value in cards.items() if key not in too_long}
    table.write(path, format="fits")


def _fits_a_card(key, value):
    try:
        return bool(str(fits.Card(key, value)))
    except (ValueError, TypeError, AttributeError, VerifyError):
        return False


def _write_votable(table, path):
    from astropy.io.votable import from_table
    from astropy.io.votable.tree import Info

    tree = from_table(table)
    whole = tree.get_first_table()
    for field in whole.fields:
        if table[field.name].ndim > 1:  # the first length is that of the axis along which pixels follow
            field.arraysize = "x".join(map(str, reversed(table[field.name].shape[1:])))
    whole.infos.extend(Info(name=str(key), value=_to_text(value)) for key, value in table.meta.items())
    tree.to_xml(str(path))


def _write_as(format, **options):
    return lambda table, path: table.write(str(path), format=format, **options)  # astropy 6.1: HDF5 by text


_WRITERS = {
    "ascii.ecsv": _write_as("ascii.ecsv"),
    "ascii.csv": _write_as("ascii.csv"),
    "fits": _write_fits,
    "votable": _write_votable,
    "parquet": _write_as("parquet"),
    "hdf5": _write_as("hdf5", path=_NODE, serialize_meta=True),
}


def _to_text(value):
    """Text as it is, anything else as JSON in ASCII."""
    if isinstance(value, str) and value.isascii() and value.isprintable() and not value.startswith(_JSON):
        return value
    return _JSON + json.dumps(value, default=str)


def _from_text(value):
    if isinstance(value, str) and value.startswith(_JSON):
        with suppress(ValueError):
            return json.loads(value.removeprefix(_JSON))
    return value


def _read_fits(path):
    table = Table.read(path, format="fits")
    table.meta = {key.lower(): _from_text(value) for key, value in table.meta.items()}
    return table


def _read_votable(path):
    from astropy.io.votable import parse

    first = parse(path).get_first_table()
    table = first.to_table(use_names_over_ids=True)
    for column in table.columns.values():
        if column.description:
            column.description = _LINE_BREAK.sub(" ", _BREAK_AT_HYPHEN.sub("", column.description))
    table.meta = {info.name: _from_text(info.value) for info in first.infos}
    return table


def _read_as(format, **options):
    return lambda path: Table.read(path, format=format, **options)


_READERS = {
    "ascii.ecsv": _read_as("ascii.ecsv"),
    "ascii.csv": _read_as("ascii.csv"),
    "fits": _read_fits,
    "votable": _read_votable,
    "parquet": _read_as("parquet"),
    "hdf5": _read_as("hdf5", path=_NODE),
}


def _restored(column, format):
    """The column as it was written: text as text, native numbers, cutouts in their shape, NaN under masks."""
    data, mask = np.ma.getdata(column), np.ma.getmaskarray(column)
    shape = column.meta.pop(SHAPE, None)
    if shape is not None:
        data, mask = data.reshape(-1, *shape), mask.reshape(-1, *shape)
    if data.dtype.kind == "S":
        data = (
            np.char.decode(data, "utf-8") if data.size else data.astype("U")
        )  # NumPy 1.26: floats of nothing
    elif data.dtype.kind == "O":
        data = _cutouts_of_lists(data, mask)
    elif not data.dtype.isnative:
        data = data.astype(data.dtype.newbyteorder("="))
    if data.dtype.kind == "U" and format == "votable":
        mask = mask | (data == "")
    if data.dtype.kind == "U" and format == "ascii.csv" and set(data[~mask].tolist()) == {"True", "False"}:
        data = data == "True"
    return _column(column, data, mask)


def _column(column, data, mask):
    if data.ndim > 1 and data.dtype.kind == "f":  # a missing pixel is NaN, a missing cutout is masked
        gone = (mask | np.isnan(data)).all(axis=tuple(range(1, data.ndim)), keepdims=True)
        mask = np.broadcast_to(gone, data.shape).copy()
    about = {"name": column.name, "unit": column.unit, "description": column.description}
    about |= {"meta": column.meta, "format": column.format, "copy": False}
    if not mask.any():
        return Column(data, **about)
    return MaskedColumn(np.ma.getdata(nan_masked(np.ma.array(data, mask=mask))), mask=mask, **about)


def _cutouts_of_lists(cells, mask):
    """Rows of pixels, which ECSV has as lists, as float32 arrays; other cells as they are."""
    arrays = np.empty(len(cells), dtype=object)
    for row, (cell, lost) in enumerate(zip(cells, mask, strict=True)):
        arrays[row] = None if lost else _cutout_of_lists(cell)
    return arrays


def _cutout_of_lists(cell):
    if not (isinstance(cell, list) and cell and all(isinstance(row, list) and row for row in cell)):
        return cell
    pixels = [pixel for row in cell for pixel in row]
    if len(set(map(len, cell))) > 1 or not all(isinstance(pixel, int | float | None) for pixel in pixels):
        return cell
    return np.array(cell, dtype=np.float32)
