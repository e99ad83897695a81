# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The light curves of a folder: checked, counted, and read in chunks by the workers of hats-import."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
from pyarrow import compute
from pyarrow.parquet import FileMetaData, ParquetFile

from ...exceptions import FinkQueryError
from ...surveys import SURVEYS, Survey
from ..folders.parquet import naming_file

__all__ = ["DEC", "RA", "Curves", "CurvesReader", "curves_in"]

RA, DEC = "ra", "dec"
_NESTED = "light_curve"
_BYTES = {"BOOLEAN": 1, "INT32": 4, "INT64": 8, "FLOAT": 4, "DOUBLE": 8}
_GIVE = "give the folder that transfer.light_curves wrote"


@dataclass(frozen=True)
class Curves:
    """The Parquet files of light curves, all with one schema, a row per object."""

    files: list[Path]
    survey: Survey
    rows: int
    with_position: int
    size: int  # bytes in memory

    @cached_property
    def bytes_per_object(self) -> int:
        """Mean size of a row in memory."""
        return max(1, self.size // max(1, self.rows))


@dataclass(frozen=True)
class CurvesReader:
    """What hats-import calls an input reader: rows with a position, so many at a time."""

    rows: int

    def read(self, input_file: Path, read_columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """The rows of a file; ``read_columns=None``: all columns. Metadata of fields are kept."""
        columns = None if read_columns is None else list(read_columns)
        with ParquetFile(input_file, page_checksum_verification=True) as file:
            for group in range(file.num_row_groups):  # batches across row groups would be concatenated
                for batch in file.iter_batches(self.rows, row_groups=[group], columns=columns):
                    rows = batch.filter(_have_position(batch))
                    yield pa.Table.from_batches([rows]).replace_schema_metadata()


def curves_in(path: Path) -> Curves:
    """The light curves in a folder; their positions are read, and nothing else."""
    files = _files(path)
    schema = _schema(path, files)
    survey = _survey_of(path, schema)
    rows = with_position = size = 0
    for file in files:
        with naming_file(file), ParquetFile(file, page_checksum_verification=True) as opened:
            rows += opened.metadata.num_rows
            size += _size(opened.metadata)
            positions = opened.iter_batches(columns=[RA, DEC])
            with_position += sum(_have_position(batch).true_count for batch in positions)
    if not rows:
        raise FinkQueryError(f"path={str(path)!r} has no objects in it: its Parquet files have no rows.")
    if not with_position:
        raise FinkQueryError(
            f"path={str(path)!r} has no object with a position (ra, dec), by which a catalogue is sorted: "
            "transfer the alerts with their coordinates, and make the light curves again."
        )
    return Curves(files, survey, rows, with_position, size)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        problem = "is not a folder" if path.exists() else "does not exist"
        raise FinkQueryError(f"path={str(path)!r} {problem}: {_GIVE}.")
    objects = path / "objects"
    if not objects.is_dir() and (path / "solar_system").is_dir():
        raise FinkQueryError(
            f"path={str(path)!r} has light curves of Solar System objects only. They have no fixed position "
            "on the sky, by which a catalogue is sorted."
        )
    files = sorted((objects if objects.is_dir() else path).glob("[!._]*.parquet"))
    if not files:
        raise FinkQueryError(f"path={str(path)!r} has no light curves in it: {_GIVE}.")
    return files


def _schema(path: Path, files: list[Path]) -> pa.Schema:
    """The schema of all files; `FinkQueryError` if they differ, or are no light curves."""
    schemas = []
    for file in files:
        with naming_file(file), ParquetFile(file) as opened:
            schemas.append(opened.schema_arrow)
    for file, schema in zip(files, schemas, strict=True):
        if not schema.equals(schemas[0]):
            raise FinkQueryError(
                f"path={str(path)!r}: {file.name} has other columns or types than {files[0].name}: {_GIVE}, "
                "without other files in it."
            )
    schema = schemas[0]
    if _NESTED not in schema.names or not pa.types.is_struct(schema.field(_NESTED).type):
        raise FinkQueryError(f"path={str(path)!r} has no column {_NESTED} of light curves: {_GIVE}.")
    for name in (RA, DEC):
        if name not in schema.names or not pa.types.is_float64(schema.field(name).type):
            raise FinkQueryError(
                f"path={str(path)!r} has no column {name} in degrees (float64). A catalogue is sorted by "
                "position; Solar System objects have none."
            )
    return schema


def _survey_of(path: Path, schema: pa.Schema) -> Survey:
    """The survey whose object ids the files have."""
    for survey in SURVEYS.values():
        if survey.columns.object_id in schema.names:
            return survey
    names = " or ".join(survey.columns.object_id for survey in SURVEYS.values())
    raise FinkQueryError(f"path={str(path)!r} has no column of object ids ({names}): {_GIVE}.")


def _have_position(batch: pa.RecordBatch) -> pa.BooleanArray:
    """Whether each row has a position: neither null nor NaN."""
    ra, dec = (compute.fill_null(compute.is_finite(batch.column(name)), False) for name in (RA, DEC))
    return compute.and_(ra, dec)


def _size(metadata: FileMetaData) -> int:
    """Bytes that the rows of a file take in memory."""
    groups = (metadata.row_group(group) for group in range(metadata.num_row_groups))
    columns = (group.column(column) for group in groups for column in range(group.num_columns))
    return sum(
        column.num_values * _BYTES[column.physical_type]
        if column.physical_type in _BYTES
        else column.total_uncompressed_size
        for column in columns
    )
