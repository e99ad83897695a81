# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Where files with one schema have each column of the REST service.

The files hold whole alerts in structs, as in Fink's Data Lake, or the single fields that the user chose as
columns. Files that this package wrote have the names of the REST service already; some have one row per
object, and its light curve in lists.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa
from pyarrow import compute

from ...surveys import Survey
from ...tables.curves import CURVE

__all__ = ["Layout", "Members", "Source", "family", "has_curves", "layout_of"]

Members = dict[str, dict[str, pa.Array]]
"""The members of structs by their names, by names of fields."""
_MASK = ".mask"  # suffix of the column that astropy writes for the mask of another


@dataclass(frozen=True)
class Source:
    """A field of a file, a member of a struct field, or the value of a map field for a key.

    ``kind`` is the type of the values. ``in_curve``: the member is a list with one value per alert.
    """

    field: str
    kind: pa.DataType
    member: str | None = None
    key: str | None = None
    mask: str | None = None
    in_curve: bool = False

    @property
    def paths(self) -> list[str]:
        """The columns that pyarrow has to read."""
        path = self.field if self.member is None else f"{self.field}.{self.member}"
        return [path] if self.mask is None else [path, self.mask]

    def values(self, batch: pa.RecordBatch, members: Members) -> pa.Array:
        """The values of this source in a batch; those of light curves have been taken out of their lists.

        ``members`` keeps the members of structs, which are taken apart once.
        """
        if self.in_curve:
            return batch.column(self.member)
        if self.member is None:
            values = batch.column(self.field)
        else:
            if self.field not in members:
                members[self.field] = _members_of(batch.column(self.field))
            values = members[self.field][self.member]
        if self.key is not None:
            values = compute.map_lookup(values, pa.scalar(self.key, values.type.key_type), "first")
        if self.mask is not None:
            values = compute.if_else(batch.column(self.mask), pa.scalar(None, values.type), values)
        return values


def _members_of(structs: pa.StructArray) -> dict[str, pa.Array]:
    names = [member.name for member in structs.type]
    if len(set(names)) < len(names):
        raise ValueError("a member of a struct occurs twice")
    return dict(zip(names, structs.flatten(), strict=True))


Layout = dict[str, Source]


def layout_of(schema: pa.Schema, survey: Survey) -> Layout:
    """Sources by the names of the REST service; of several with one name, the first."""
    names = set(schema.names)
    if has_curves(schema):
        return _layout_of_curves(schema, survey)
    masks = {name for name in names if name.endswith(_MASK) and name.removesuffix(_MASK) in names}
    short = _short_names(survey)
    layout: Layout = {}
    for field in sorted(schema, key=lambda field: _rank(field, survey)):
        if field.name not in masks:
            mask = field.name + _MASK if field.name + _MASK in masks else None
            for name, source in _columns_in(field, survey, short):
                layout.setdefault(name, replace(source, mask=mask))
    return layout


def has_curves(schema: pa.Schema) -> bool:
    """Whether a row is an object, with its light curve in a struct of lists."""
    if schema.names.count(CURVE) != 1:
        return False
    curve = schema.field(CURVE).type
    return pa.types.is_struct(curve) and all(_is_list(member.type) for member in curve)


def _is_list(kind: pa.DataType) -> bool:
    return pa.types.is_list(kind) or pa.types.is_large_list(kind)


def _layout_of_curves(schema: pa.Schema, survey: Survey) -> Layout:
    """The lists, and the id of the object; its mean position and so on are no columns of alerts."""
    ids = (survey.columns.object_id, survey.solar_system.name)
    layout = {name: Source(name, schema.field(name).type) for name in ids if schema.names.count(name) == 1}
    for member in schema.field(CURVE).type:
        kind = member.type.value_type
        layout.setdefault(member.name, Source(CURVE, kind, member=member.name, in_curve=True))
    return layout


def family(name: str) -> str:
    """``"i:"`` of ``"i:magpsf"``; ``""`` of a name without family."""
    return name[:2] if name[1:2] == ":" else ""


def _short_names(survey: Survey) -> dict[str, str]:
    """Name of a chosen field -> column; a member of a struct comes without the name of the struct."""
    own = set(survey.service.schemas)
    known = [name for name, facts in survey.facts.items() if facts.full or own & facts.tables.keys()]
    short: dict[str, str] = {}
    names = [name for name in survey.packet.fields.values() if isinstance(name, str)]
    prefixes = [name for name in names if name.endswith("_")]
    for prefix in [None, *prefixes]:
        for name in known:
            if prefix is None:
                short.setdefault(name.partition(":")[2], name)
            elif name.startswith(prefix):
                short.setdefault(name.removeprefix(prefix), name)
    return short


def _rank(field: pa.Field, survey: Survey) -> int:
    """Sort key: fields outside structs first, then structs in the survey's order."""
    packet = list(survey.packet.fields)
    return packet.index(field.name) if field.name in packet else -1


def _columns_in(field: pa.Field, survey: Survey, short: dict[str, str]) -> Iterator[tuple[str, Source]]:
    """Names and sources of the columns in a field; cutouts and history are left out."""
    name = _rest_name(field.name, survey, short)
    if isinstance(name, Mapping):
        members = field.type if pa.types.is_struct(field.type) else []
        for member in members:
            if member.name in name:
                yield name[member.name], Source(field.name, member.type, member=member.name)
        return
    if name is None or name in survey.cutouts.columns.values():
        return
    if name not in survey.facts and pa.types.is_struct(field.type):
        prefix = name if field.name in survey.packet.fields else f"{name}_"
        for member in field.type:
            yield prefix + member.name, Source(field.name, member.type, member=member.name)
        return
    keys = [known for known in survey.facts if known.startswith(f"{name}_")]
    if name not in survey.facts and pa.types.is_map(field.type) and keys:
        for known in keys:
            kind = field.type.item_type
            yield known, Source(field.name, kind, key=known.removeprefix(f"{name}_"))
        return
    yield name, Source(field.name, field.type)


def _rest_name(field_name: str, survey: Survey, short: dict[str, str]) -> str | Mapping[str, str] | None:
    """The REST name of a field, or the prefix of a struct, or names of its members; None if left out."""
    packet = survey.packet.fields
    if field_name in packet:
        return packet[field_name]
    if family(field_name):
        return field_name
    return short.get(field_name, packet[""] + field_name)
