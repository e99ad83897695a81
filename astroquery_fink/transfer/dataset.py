# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A folder of alerts as one set of columns, named as in the REST service.

The files of a folder may differ in their columns and types: each is read with its own schema, and the
values are concatenated afterwards.
"""

from collections.abc import KeysView, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..exceptions import FinkQueryError
from ..surveys import Survey
from ..tables.decode import Columns
from .concat import concatenated
from .folder import data_files, partition_values
from .ids import NO_ID_COLUMN, WantedIds
from .layout import layout_of
from .parquet import AlertFile, naming_file
from .schemas import Schemas

__all__ = ["Dataset"]


class Dataset:
    """The Parquet files of a transfer. Opening it reads the footers of the files, but no alerts."""

    def __init__(self, path: Path, survey: Survey):
        self.path = path
        self._survey = survey
        schemas = Schemas(lambda schema: layout_of(schema, survey))
        self._files = [self._file(file, schemas) for file in data_files(path)]
        if not self.names & set(self._full_names()):
            raise FinkQueryError(
                f"path={str(path)!r} has Parquet files without any column of Fink/{survey.title} alerts: "
                "give another folder, or another survey=."
            )

    def _file(self, path: Path, schemas: Schemas) -> AlertFile:
        with naming_file(path):
            layout = schemas.of(path)
        names = {folder: self._survey.packet.fields.get(folder) for folder in partition_values(path)}
        constants = {
            name: value for folder, value in partition_values(path).items() if (name := names[folder])
        }
        return AlertFile(path, layout, constants, self._survey)

    def _full_names(self) -> list[str]:
        return [name for name, facts in self._survey.facts.items() if facts.full]

    @cached_property
    def names(self) -> KeysView[str]:
        """The columns that some file has, in the order of Tables."""
        layouts = {id(file.layout): file.layout for file in self._files}.values()
        found = dict.fromkeys(name for file in self._files for name in file.constants)
        found |= dict.fromkeys(name for layout in layouts for name in layout)
        known = [name for name in self._survey.facts if name in found]
        return dict.fromkeys([*known, *found]).keys()

    def read(self, names: Sequence[str], objectids: list[Any] | None = None) -> Columns:
        """These columns, if some file has them, and those of object, alert and time."""
        key = self._survey.columns.object_id
        if objectids is not None and key not in self.names:
            raise FinkQueryError(f"path={str(self.path)!r} {NO_ID_COLUMN.format(key)}")
        names = [name for name in dict.fromkeys([*names, *self._survey.columns.keys]) if name in self.names]
        wanted = None if objectids is None else WantedIds(objectids, self._survey)
        batches = [batch for file in self._files for batch in file.rows(names, wanted)]
        columns = {name: concatenated(name, _chunks(name, batches), self._survey) for name in names}
        return Columns(columns, sum(map(len, batches)))


def _chunks(name: str, batches: list[Columns]) -> list[pa.Array]:
    return [batch[name] if name in batch else pa.nulls(len(batch)) for batch in batches]
