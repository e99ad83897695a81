# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A folder of alerts as one set of columns, named as in the REST service.

The files of a folder may differ in their columns and types: each is read with its own schema, and each column
is converted to one type, which holds the values of all files.
"""

from collections.abc import Collection, Iterator, KeysView, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...exceptions import FinkQueryError
from ...surveys import Survey
from .files import data_files, partition_values
from .ids import NO_ID_COLUMN, WantedIds
from .layout import Layout, layout_of
from .parquet import AlertFile, naming_file
from .schemas import Schemas
from .survey import found_survey
from .types import common_type

__all__ = ["Dataset"]


class Dataset:
    """The Parquet files of a transfer. Opening it reads the footers of the files, but no alerts.

    ``survey=None``: that of the files.
    """

    def __init__(self, path: Path, survey: Survey | None):
        self.path = path
        schemas = Schemas(lambda schema: schema)
        found = [(file, _schema_of(file, schemas)) for file in data_files(path)]
        distinct = {id(schema): schema for _, schema in found}
        self.survey: Survey = survey or found_survey(path, distinct.values())
        layouts = {number: layout_of(schema, self.survey) for number, schema in distinct.items()}
        self.files: list[AlertFile] = [self._file(file, layouts[id(schema)]) for file, schema in found]
        self._layouts = list(layouts.values())
        if not self.names & self._full_names():
            raise FinkQueryError(
                f"path={str(path)!r} has Parquet files without any column of Fink/{self.survey.title} "
                "alerts: give another folder, or another survey=."
            )

    def _file(self, path: Path, layout: Layout) -> AlertFile:
        values = partition_values(path)
        names = {folder: self.survey.packet.fields.get(folder) for folder in values}
        constants = {name: value for folder, value in values.items() if (name := names[folder])}
        return AlertFile(path, layout, constants, self.survey)

    def _full_names(self) -> set[str]:
        return {name for name, facts in self.survey.facts.items() if facts.full}

    @cached_property
    def _constants(self) -> list[str]:
        """The columns that are in names of folders."""
        return list(dict.fromkeys(name for file in self.files for name in file.constants))

    @cached_property
    def names(self) -> KeysView[str]:
        """The columns that some file has, in the order of Tables."""
        found = dict.fromkeys(self._constants)
        found |= dict.fromkeys(name for layout in self._layouts for name in layout)
        known = [name for name in self.survey.facts if name in found]
        return dict.fromkeys([*known, *found]).keys()

    def schema(self, names: Sequence[str]) -> pa.Schema:
        """The types, units and descriptions of those of these columns that some file has."""
        return pa.schema([self._field(name) for name in dict.fromkeys(names) if name in self.names])

    def _field(self, name: str) -> pa.Field:
        kinds = [layout[name].kind for layout in self._layouts if name in layout]
        if name in self._constants:
            kinds.append(pa.string())
        facts = self.survey.facts_of(name)
        unit = facts.unit and facts.unit.to_string()
        about = {"unit": unit, "ucd": facts.ucd, "description": facts.description}
        metadata = {key: text for key, text in about.items() if text}
        return pa.field(name, common_type(kinds, facts.dtype), metadata=metadata or None)

    def alerts(
        self,
        schema: pa.Schema,
        objectids: list[Any] | None = None,
        *,
        strict: Collection[str] = (),
    ) -> Iterator[pa.RecordBatch]:
        """The alerts of all files, or those of some objects, with the columns of ``schema``.

        ``strict`` are columns whose ids must not be rounded.
        """
        key = self.survey.columns.object_id
        if objectids is not None and key not in self.names:
            raise FinkQueryError(f"path={str(self.path)!r} {NO_ID_COLUMN.format(key)}")
        wanted = None if objectids is None else WantedIds(objectids, self.survey)
        for file in self.files:
            yield from file.batches(schema, wanted, strict)


def _schema_of(path: Path, schemas: Schemas[pa.Schema]) -> pa.Schema:
    with naming_file(path):
        return schemas.of(path)
