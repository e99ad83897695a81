# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What the server lists of itself -> Tables of text: columns, classes, tags, blocks."""

import re

from astropy.table import Column, Table

__all__ = ["block_list", "checked_schema", "class_list", "column_list", "tag_list"]


def column_list(schema, survey):
    """The columns that the server lists.

    Parameters
    ----------
    schema : dict
        ``{"title (family:)": {name: {"type": …, "doc": …}}}``
    survey : `~astroquery_fink.surveys.Survey`

    Returns
    -------
    table : `~astropy.table.Table`
        Columns ``name``, ``type``, ``unit``, ``description``.
    """
    listed = [
        _listed(_family(title) + name, field, survey)
        for title, fields in schema.items()
        for name, field in fields.items()
    ]
    return _text_table(listed, ("name", "type", "unit", "description"))


def _family(title):
    """``"i:"`` of ``"ZTF original fields (i:)"``."""
    found = re.search(r"\((\w:)\)", title)
    return found[1] if found else ""


def _listed(name, field, survey):
    facts = survey.facts.get(name)
    types = _types(field)
    text = _line(field.get("doc"))
    if facts:
        return name, " or ".join(types), str(facts.unit or ""), facts.description
    unit = re.search(r"\[([^\]\s]+)\]", text)
    return name, " or ".join(types), unit[1] if unit else "", text


def _types(field):
    types = field.get("type", "")
    types = types if isinstance(types, list) else [types]
    return [word for word in map(_type, types) if word != "null"]


def _type(kind):
    """The word for a type; of a compound type that of the compound."""
    kind = kind.get("type") if isinstance(kind, dict) else kind
    if not isinstance(kind, str):
        raise ValueError("no list of columns: a type is no text")
    return kind


def checked_schema(schema):
    """The same schema, if a Table can be made of it.

    Parameters
    ----------
    schema : dict
        As `column_list` takes it.

    Returns
    -------
    schema : dict

    Raises
    ------
    ValueError
        It does not describe columns.
    """
    for fields in schema.values():
        for field in fields.values():
            if not isinstance(field, dict) or not isinstance(field.get("type", ""), (str, list, dict)):
                raise ValueError("no list of columns: what describes one is no JSON object with a type")
            _types(field)
    return schema


def class_list(classes):
    """The classes that Fink knows.

    Parameters
    ----------
    classes : dict
        ``{origin: [name, …]}``

    Returns
    -------
    table : `~astropy.table.Table`
        Columns ``name``, ``origin``.
    """
    rows = [(name, _origin(origin)) for origin, names in classes.items() for name in names]
    if not all(isinstance(name, str) for name, _ in rows):
        raise ValueError("no list of classes: a name is no text")
    return _text_table(rows, ("name", "origin"))


def tag_list(tags):
    """The tags that Fink gives.

    Parameters
    ----------
    tags : dict
        ``{name: {"API support": bool, "description": str}}``

    Returns
    -------
    table : `~astropy.table.Table`
        Columns ``name``, ``served``, ``description``.
    """
    rows = [(name, _line(about.get("description"))) for name, about in tags.items()]
    table = _text_table(rows, ("name", "description"))
    served = [bool(about.get("API support")) for about in tags.values()]
    table.add_column(Column(served, name="served", dtype=bool), index=1)
    return table


def block_list(blocks):
    """What filters are built of.

    Parameters
    ----------
    blocks : dict
        ``{name: description}``

    Returns
    -------
    table : `~astropy.table.Table`
        Columns ``name``, ``description``.
    """
    return _text_table([(name, _line(about)) for name, about in blocks.items()], ("name", "description"))


def _line(text):
    return " ".join(str(text or "").split())


def _origin(text):
    """Without the address that the server appends in brackets."""
    return re.sub(r"\s*\(see .*\)$", "", text)


def _text_table(rows, names):
    columns = zip(*rows, strict=True) if rows else [[]] * len(names)
    return Table(
        [Column(list(values), name=name, dtype=str) for name, values in zip(names, columns, strict=True)]
    )
