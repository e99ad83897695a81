# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A folder with one Parquet file per request: a request whose file is there need not be sent again."""

import hashlib
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from astropy.table import Column, Table

from ..arguments.checks import path_of
from ..disk import completed, disk_errors, unfinished_name
from ..exceptions import FinkQueryError
from ..surveys import Survey
from .decode import require_pyarrow

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["BatchFiles", "checked_outdir"]

_KEY = b"astroquery_fink"  # of our metadata in a file
_META = {"queried": str, "cached": bool, "rounded": bool, "missing": list, "cut": list}
_META |= {"failed": list, "rows": int}
_UNFINISHED = ".tmp"
_ABANDONED = 3600  # seconds after which no process writes a file any more


def checked_outdir(outdir: Any) -> Path:
    """The path of ``outdir=``; `FinkQueryError` if it is a file or pyarrow is missing."""
    path = path_of(outdir, "outdir")
    require_pyarrow(f"outdir={str(outdir)!r}")
    if path.exists() and not path.is_dir():
        raise FinkQueryError(f"outdir={str(outdir)!r} is a file: give the name of a folder.")
    return path


class BatchFiles:
    """The Parquet files of one query in a folder, which is created if necessary.

    Parameters
    ----------
    path : `~pathlib.Path`
    requests : list of dict
        What identifies the request of each file, in values of JSON. The name of a file depends on it.
    survey : `~astroquery_fink.surveys.Survey`

    Raises
    ------
    FinkQueryError
        The folder has files of another query, or cannot be written.
    """

    def __init__(self, path: Path, requests: Sequence[dict[str, Any]], survey: Survey):
        self.path = path
        self._survey = survey
        self._names = [_file_name(number, request) for number, request in enumerate(requests)]
        with disk_errors(f"outdir={str(path)!r}"):
            path.mkdir(parents=True, exist_ok=True)
            others = {file.name for file in path.glob("part-*.parquet")} - set(self._names)
            if others:
                raise FinkQueryError(
                    f"outdir={str(path)!r} holds Parquet files of another query, such as "
                    f"{min(others)} (other ids, columns, flags, time range or conf.batch_size): give another "
                    "folder, or remove its part-*.parquet."
                )
            self._remove_abandoned()

    def read_meta(self, number: int) -> dict[str, Any] | None:
        """The ``meta`` of a file; None if it is absent, damaged, foreign or incomplete."""
        path = self.path / self._names[number]
        meta = _meta_in(path)
        return meta if meta is not None and _is_intact(path, meta.pop("rows")) else None

    def write(self, number: int, table: Table, failed: Sequence[str | int]) -> None:
        """Write a file without the ids that failed; it appears when it is complete."""
        import pyarrow as pa
        from pyarrow.parquet import write_table

        rows = _to_arrow(table, self._survey, json.dumps(table.meta | {"failed": failed, "rows": len(table)}))
        path = self.path / self._names[number]
        part = unfinished_name(path, _UNFINISHED)
        with disk_errors(f"outdir={str(self.path)!r}"), completed(part, path):
            write_table(rows, part, write_page_checksum=True)
        pa.default_memory_pool().release_unused()  # else memory grows over some thousand files

    def _remove_abandoned(self) -> None:
        """Remove the unfinished files of killed processes."""
        for file in self.path.glob(f".part-*{_UNFINISHED}"):
            with suppress(FileNotFoundError):
                if time.time() - file.stat().st_mtime > _ABANDONED:
                    file.unlink()


def _meta_in(path: Path) -> dict[str, Any] | None:
    """The ``meta`` in a file that this package wrote and that has all of its ids."""
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path) as file:
            meta = json.loads((file.schema_arrow.metadata or {})[_KEY])
    except Exception:  # pyarrow raises errors of nearly any kind for broken bytes
        return None
    valid = isinstance(meta, dict) and all(isinstance(meta.get(name), kind) for name, kind in _META.items())
    return meta if valid and meta["failed"] == [] else None


def _is_intact(path: Path, rows: int) -> bool:
    """Whether all pages match their checksums."""
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path, page_checksum_verification=True) as file:
            return sum(batch.num_rows for batch in file.iter_batches()) == rows
    except Exception:  # as above
        return False


def _file_name(number: int, request: dict[str, Any]) -> str:
    text = json.dumps(request, sort_keys=True)
    return f"part-{number:05}-{hashlib.sha256(text.encode()).hexdigest()[:12]}.parquet"


def _to_arrow(table: Table, survey: Survey, meta: str) -> "pa.Table":
    """The same types in every file: those of known columns; unknown columns as text."""
    import pyarrow as pa

    fields, arrays = [], []
    for column in table.columns.values():
        facts = survey.facts.get(column.name)
        arrays.append(_to_array(column, known=facts is not None and facts.dtype is not None, survey=survey))
        annotations = {"unit": str(column.unit or ""), "description": column.description or ""}
        annotations["ucd"] = column.meta.get("ucd", "")
        fields.append(pa.field(column.name, arrays[-1].type, metadata=annotations))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata={_KEY: meta}))


def _to_array(column: Column, *, known: bool, survey: Survey) -> "pa.Array":
    import pyarrow as pa

    values, mask = np.asarray(column), np.asarray(np.ma.getmaskarray(column))
    if column.name in survey.cutouts.columns.values():
        axes = (1, 2) if values.ndim == 3 else ()  # object arrays have one mask value per cutout
        missing = np.asarray(mask.all(axis=axes))
        rows = zip(values, missing.tolist(), strict=True)
        return pa.array(
            [None if masked else list(cutout) for cutout, masked in rows], pa.list_(pa.list_(pa.float32()))
        )
    if known and values.dtype.kind in "fib":
        return pa.array(values, pa.from_numpy_dtype(values.dtype), mask=mask)
    texts = [None if masked else str(value) for value, masked in zip(values.tolist(), mask, strict=True)]
    return pa.array(texts, pa.string())
