# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Which dataset an alert belongs to: that of objects, of Solar System objects, or of neither."""

from dataclasses import dataclass
from enum import IntEnum

import pyarrow as pa
from astroquery.exceptions import InputWarning
from pyarrow import compute

from ...exceptions import FinkQueryError
from ...messages import warn
from ...surveys import Survey
from ...tables.convert import MISSING_TEXTS
from ..folders.dataset import Dataset

__all__ = ["Kind", "KindOfAlert"]


class Kind(IntEnum):
    """What the alerts of a dataset have in common; the names in lower case are those of folders."""

    OBJECTS = 0
    SOLAR_SYSTEM = 1
    WITHOUT_OBJECT = 2


@dataclass(frozen=True)
class KindOfAlert:
    """Finds the dataset of each alert, and the id that it is sorted by there."""

    survey: Survey

    @property
    def columns(self) -> list[str]:
        """The columns that are needed."""
        facts = self.survey.solar_system
        return [self.survey.columns.object_id, facts.name, *(facts.known or ())[:1]]

    def sorted_by(self, kind: Kind) -> str | None:
        """The column of ids of a dataset."""
        ids = {Kind.OBJECTS: self.survey.columns.object_id, Kind.SOLAR_SYSTEM: self.survey.solar_system.name}
        return ids.get(kind)

    def of(self, batch: pa.RecordBatch) -> tuple[pa.Array, pa.Array]:
        """The number of the kind of each alert, and its id, which is null if it has none."""
        objects = self._ids(batch, self.survey.columns.object_id)
        bodies = self._ids(batch, self.survey.solar_system.name)
        is_body = compute.and_(bodies.is_valid(), self._may_be_body(batch, objects))
        ids = compute.if_else(is_body, bodies, objects)
        others = compute.if_else(objects.is_valid(), Kind.OBJECTS.value, Kind.WITHOUT_OBJECT.value)
        return compute.if_else(is_body, Kind.SOLAR_SYSTEM.value, others).cast(pa.int8()), ids

    def _may_be_body(self, batch: pa.RecordBatch, objects: pa.Array) -> pa.BooleanArray:
        known = self.survey.solar_system.known
        if known is None:
            return objects.is_null()
        name, value = known
        if name not in batch.schema.names:
            return pa.repeat(False, len(batch))
        return compute.equal(batch.column(name), value).fill_null(False)

    def _ids(self, batch: pa.RecordBatch, name: str) -> pa.Array:
        """The ids in a column, null if they are missing."""
        if name not in batch.schema.names:
            return pa.nulls(len(batch), pa.string() if self.survey.ids.type is str else pa.int64())
        values = batch.column(name)
        missing = MISSING_TEXTS if pa.types.is_string(values.type) else [self.survey.facts[name].missing]
        none = compute.is_in(values, value_set=pa.array(missing).cast(values.type))
        return compute.if_else(none, pa.scalar(None, values.type), values)

    def check(self, dataset: Dataset) -> None:
        """Refuse a folder without ids; warn of files that lack a column that is needed."""
        object_id, body_id = self.columns[:2]
        needs_object = self.survey.solar_system.known or body_id not in dataset.names
        if needs_object and object_id not in dataset.names:
            raise FinkQueryError(
                f"path={str(dataset.path)!r} has no column {object_id!r} to sort by: transfer it, too."
            )
        if self.survey.solar_system.known is None:
            return
        lacking = {name: sum(name not in file.layout for file in dataset.files) for name in self.columns[1:]}
        names = [name for name, count in lacking.items() if count]
        if names:
            warn(
                f"path={str(dataset.path)!r}: {max(lacking.values())} of {len(dataset.files)} files have no "
                f"column {' or '.join(map(repr, names))}, so that alerts of Solar System objects in them "
                "cannot be told apart: they are among those of the other objects.",
                InputWarning,
            )
