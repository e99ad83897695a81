# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The server's lists of columns, classes, tags and filter blocks -> Tables of text."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from astropy.table import Column, Table

from ..surveys import Survey

__all__ = ["block_list", "checked_schema", "class_list", "column_list", "tag_list", "text_table"]


def column_list(schema: Mapping[str, Mapping[str, dict[str, Any]]], survey: Survey) -> Table:
    """Table of ``name``, ``type``, ``unit``, ``description``, ``ucd``.

    ``schema`` is ``{"title (family:)": {name: {"type": …, "doc": …}}}``.
    """
    rows = [
        _column_row(_family(title) + name, field, survey)
        for title, fields in schema.items()
        for name, field in fields.items()
    ]
    return text_table(rows, ("name", "type", "unit", "description", "ucd"))


def _family(title: str) -> str:
    """``"i:"`` of ``"ZTF original fields (i:)"``."""
    found = re.search(r"\((\w:)\)", title)
    return found[1] if found else ""


def _column_row(name: str, field: dict[str, Any], survey: Survey) -> tuple[str, str, str, str, str]:
    facts = survey.facts.get(name)
    types = " or ".join(_types(field))
    text = _one_line(field.get("doc"))
    if facts:
        return name, types, str(facts.unit or ""), facts.description, facts.ucd
    unit = re.search(r"\[([^\]\s]+)\]", text)
    return name, types, unit[1] if unit else "", text, ""


def _types(field: dict[str, Any]) -> list[str]:
    types = field.get("type", "")
    types = types if isinstance(types, list) else [types]
    return [name for name in map(_type_name, types) if name != "null"]


def _type_name(kind: Any) -> str:
    """The name of a simple type, or of the outer type of a compound."""
    kind = kind.get("type") if isinstance(kind, dict) else kind
    if not isinstance(kind, str):
        raise ValueError("not a list of columns: a type is not a string")
    return kind


def checked_schema(schema: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, dict[str, Any]]]:
    """The same schema; `ValueError` if `column_list` cannot use it."""
    for fields in schema.values():
        for field in fields.values():
            if not isinstance(field, dict) or not isinstance(field.get("type", ""), (str, list, dict)):
                raise ValueError("not a list of columns: a column is not a JSON object with a type")
            _types(field)
    return schema


def class_list(classes: Mapping[str, Sequence[Any]]) -> Table:
    """Table of ``name``, ``origin``, from ``{origin: [name, …]}``."""
    rows = [(name, _origin(origin)) for origin, names in classes.items() for name in names]
    if not all(isinstance(name, str) for name, _ in rows):
        raise ValueError("not a list of classes: a name is not a string")
    return text_table(rows, ("name", "origin"))


def tag_list(tags: Mapping[str, dict[str, Any]]) -> Table:
    """Table of ``name``, ``served``, ``description``.

    ``tags`` is ``{name: {"API support": bool, "description": str}}``.
    """
    rows = [(name, _one_line(tag.get("description"))) for name, tag in tags.items()]
    table = text_table(rows, ("name", "description"))
    served = [bool(tag.get("API support")) for tag in tags.values()]
    table.add_column(Column(served, name="served", dtype=bool), index=1)
    return table


def block_list(blocks: Mapping[str, Any]) -> Table:
    """Table of ``name``, ``description``, from ``{name: description}``."""
    rows = [(name, _one_line(description)) for name, description in blocks.items()]
    return text_table(rows, ("name", "description"))


def _one_line(text: Any) -> str:
    return " ".join(str(text or "").split())


def _origin(text: str) -> str:
    """The origin without the address that the server appends in brackets."""
    return re.sub(r"\s*\(see .*\)$", "", text)


def text_table(rows: Sequence[tuple[Any, ...]], names: Sequence[str]) -> Table:
    """A Table whose columns are all text."""
    columns = zip(*rows, strict=True) if rows else [[]] * len(names)
    return Table(
        [Column(list(values), name=name, dtype=str) for name, values in zip(names, columns, strict=True)]
    )
