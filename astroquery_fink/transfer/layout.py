# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Where each column of the REST service is in the files of one schema.

The files hold alerts as Fink's Data Lake keeps them, in structs, or the single fields that the user chose,
flat; files that this package wrote have the names of the REST service already.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pyarrow as pa
from pyarrow import compute

from ..surveys import Survey

__all__ = ["Layout", "Source", "family", "layout_of"]

_MASK = ".mask"  # how astropy names the column that says where another has no value


@dataclass(frozen=True)
class Source:
    """A field of a file, a member of a struct, or what a map has for a key."""

    field: str
    member: str | None = None
    key: str | None = None
    mask: str | None = None

    @property
    def paths(self) -> list[str]:
        """What has to be read of a file."""
        path = self.field if self.member is None else f"{self.field}.{self.member}"
        return [path] if self.mask is None else [path, self.mask]

    def values(self, batch: pa.RecordBatch) -> pa.Array:
        """The values in what was read."""
        values = batch.column(self.field)
        if self.member is not None:
            values = compute.struct_field(values, [self.member])
        if self.key is not None:
            values = compute.map_lookup(values, pa.scalar(self.key, values.type.key_type), "first")
        if self.mask is not None:
            values = compute.if_else(batch.column(self.mask), pa.scalar(None, values.type), values)
        return values


Layout = dict[str, Source]


def layout_of(schema: pa.Schema, survey: Survey) -> Layout:
    """Sources by the names of the REST service; the first of a name counts."""
    names = set(schema.names)
    masks = {name for name in names if name.endswith(_MASK) and name.removesuffix(_MASK) in names}
    full = {name.partition(":")[2]: name for name, facts in survey.facts.items() if facts.full}
    found: Layout = {}
    for field in sorted(schema, key=lambda field: _rank(field, survey)):
        if field.name not in masks:
            mask = field.name + _MASK if field.name + _MASK in masks else None
            for name, source in _columns_in(field, survey, full):
                found.setdefault(name, replace(source, mask=mask))
    return found


def family(name: str) -> str:
    """``"i:"`` of ``"i:magpsf"``, and nothing of a bare name."""
    return name[:2] if name[1:2] == ":" else ""


def _rank(field: pa.Field, survey: Survey) -> int:
    """What stands at the top of an alert comes first, then the structs as the survey names them."""
    packet = list(survey.packet.fields)
    return packet.index(field.name) if field.name in packet else -1


def _columns_in(field: pa.Field, survey: Survey, full: dict[str, str]) -> Iterator[tuple[str, Source]]:
    """The columns in a field: none of cutouts and history."""
    name = _name(field.name, survey, full)
    if name is None or name in survey.cutouts.columns.values():
        return
    if name not in survey.facts and pa.types.is_struct(field.type):
        prefix = name if field.name in survey.packet.fields else f"{name}_"
        for member in field.type:
            yield prefix + member.name, Source(field.name, member=member.name)
        return
    keys = [known for known in survey.facts if known.startswith(f"{name}_")]
    if name not in survey.facts and pa.types.is_map(field.type) and keys:
        for known in keys:
            yield known, Source(field.name, key=known.removeprefix(f"{name}_"))
        return
    yield name, Source(field.name)


def _name(text: str, survey: Survey, full: dict[str, str]) -> str | None:
    """The name in the REST service of a field at the top; of a struct that has a family, its prefix."""
    packet = survey.packet.fields
    if text in packet:
        return packet[text]
    if family(text):
        return text
    return full.get(text, packet[""] + text)
