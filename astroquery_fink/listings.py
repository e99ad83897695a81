# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What the server lists of itself -> Tables of text: columns, classes, tags, blocks."""

import re

from astropy.table import Column, Table

__all__ = ["block_list", "class_list", "column_list", "tag_list"]


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
    facts = survey.columns.get(name)
    types = field.get("type", "")
    types = [types] if isinstance(types, str) else [kind for kind in types if kind != "null"]
    text = str(field.get("doc", ""))
    if facts:
        return name, " or ".join(types), str(facts.unit or ""), facts.description
    unit = re.search(r"\[([^\]\s]+)\]", text)
    return name, " or ".join(types), unit[1] if unit else "", text


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
