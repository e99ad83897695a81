# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A folder with one Parquet file for each part of a question: what is there need not be asked for again."""

import hashlib
import json
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from ..arguments.checks import path_of
from ..exceptions import FinkQueryError
from .decode import has_parquet

__all__ = ["BatchFiles", "target"]

_KEY = b"astroquery_fink"
_SAID = {"queried": str, "cached": bool, "rounded": bool, "missing": list, "cut": list}
_SAID |= {"failed": list, "rows": int}
_UNFINISHED = ".tmp"
_ABANDONED = 3600  # seconds after which nobody writes a file any more


def target(outdir):
    """Where parts may go.

    Parameters
    ----------
    outdir : str or path-like

    Returns
    -------
    path : `~pathlib.Path`

    Raises
    ------
    FinkQueryError
        It is no folder and cannot become one, or Parquet cannot be written here.
    """
    path = path_of(outdir, "outdir")
    if not has_parquet():
        raise FinkQueryError(
            f"outdir={str(outdir)!r}: only pyarrow can write Parquet: pip install 'astroquery_fink[fast]'."
        )
    if path.exists() and not path.is_dir():
        raise FinkQueryError(f"outdir={str(outdir)!r} is a file: give the name of a folder.")
    return path


class BatchFiles:
    """The parts of one question in a folder, which is made where there is none.

    Parameters
    ----------
    path : `~pathlib.Path`
        As `target` gives it.
    questions : list of dict
        What each part answers, of values that JSON knows. A file's name tells its question.
    survey : `~astroquery_fink.surveys.Survey`

    Raises
    ------
    FinkQueryError
        The folder holds parts of another question, or cannot be written.
    """

    def __init__(self, path, requests, survey):
        self.path = path
        self._survey = survey
        self._names = [_name(number, request) for number, request in enumerate(requests)]
        with _Local(path):
            path.mkdir(parents=True, exist_ok=True)
            others = {file.name for file in path.glob("part-*.parquet")} - set(self._names)
            if others:
                raise FinkQueryError(
                    f"outdir={str(path)!r} holds parts of another question, such as "
                    f"{min(others)} (other ids, columns, flags or conf.batch_size): give another folder, or "
                    "remove its part-*.parquet."
                )
            self._tidy()

    def kept(self, number):
        """What is known of a part that is there.

        Parameters
        ----------
        number : int

        Returns
        -------
        meta : dict or None
            None where it is not there, damaged, not ours, or lacks ids that the server failed for.
        """
        path = self.path / self._names[number]
        meta = _said(path)
        return meta if meta is not None and _reads(path, meta.pop("rows")) else None

    def write(self, number, table, failed):
        """Write a part; the file appears when it is whole.

        Parameters
        ----------
        number : int
        table : `~astropy.table.Table`
        failed : list of str
            The ids that it lacks.
        """
        import pyarrow as pa
        from pyarrow.parquet import write_table

        rows = _to_arrow(table, self._survey, json.dumps(table.meta | {"failed": failed, "rows": len(table)}))
        name = self._names[number]
        with _Local(self.path):
            handle, unfinished = tempfile.mkstemp(dir=self.path, prefix=f".{name}.", suffix=_UNFINISHED)
            try:
                with os.fdopen(handle, "wb") as file:
                    write_table(rows, file, write_page_checksum=True)
                os.replace(unfinished, self.path / name)
                pa.default_memory_pool().release_unused()  # else memory grows for some thousand parts
            except BaseException:
                with suppress(OSError):
                    os.unlink(unfinished)
                raise

    def _tidy(self):
        """Remove what a killed process left behind."""
        for file in self.path.glob(f".part-*{_UNFINISHED}"):
            with suppress(FileNotFoundError):
                if time.time() - file.stat().st_mtime > _ABANDONED:
                    file.unlink()


class _Local:
    """A disk that fails is no failure of the server's."""

    def __init__(self, path):
        self._path = path

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        if isinstance(error, OSError):
            message = f"outdir={str(self._path)!r} cannot be written: {error.strerror or error}."
            raise FinkQueryError(message) from error


def _said(path: Path) -> dict | None:
    """The ``meta`` in a file that is ours and has all of its ids."""
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path) as file:
            meta = json.loads((file.schema_arrow.metadata or {})[_KEY])
    except Exception:  # pyarrow raises nearly anything where bytes are broken
        return None
    whole = isinstance(meta, dict) and all(isinstance(meta.get(name), kind) for name, kind in _SAID.items())
    return meta if whole and meta["failed"] == [] else None


def _reads(path: Path, rows: int) -> bool:
    """Whether all pages are as they were written, which their checksums tell."""
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path, page_checksum_verification=True) as file:
            return sum(batch.num_rows for batch in file.iter_batches()) == rows
    except Exception:  # as above
        return False


def _name(number, request):
    text = json.dumps(request, sort_keys=True)
    return f"part-{number:05}-{hashlib.sha256(text.encode()).hexdigest()[:12]}.parquet"


def _to_arrow(table, survey, meta):
    """The same types in each part: those of the columns that are known, text of all others."""
    import pyarrow as pa

    fields, arrays = [], []
    for column in table.columns.values():
        facts = survey.facts.get(column.name)
        arrays.append(_array(column, known=facts is not None and facts.dtype is not None, survey=survey))
        about = {"unit": str(column.unit or ""), "description": column.description or ""}
        fields.append(pa.field(column.name, arrays[-1].type, metadata=about))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata={_KEY: meta}))


def _array(column, known, survey):
    import pyarrow as pa

    values, mask = np.asarray(column), np.ma.getmaskarray(column)
    if column.name in survey.cutouts.columns.values():
        gone = mask.reshape(len(values), -1).any(axis=1) if values.ndim < 3 else mask.all(axis=(1, 2))
        cutouts = [None if lost else list(cutout) for cutout, lost in zip(values, gone, strict=True)]
        return pa.array(cutouts, pa.list_(pa.list_(pa.float32())))
    if known and values.dtype.kind in "fib":
        return pa.array(values, pa.from_numpy_dtype(values.dtype), mask=mask)
    texts = [None if lost else str(value) for value, lost in zip(values.tolist(), mask, strict=True)]
    return pa.array(texts, pa.string())
