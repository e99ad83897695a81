# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What was read from a reply -> Table: dtypes, masks, units, descriptions, order."""

import re

import numpy as np
from astropy.table import Column, Table

from .columns import ColumnFacts
from .values import to_array, to_pixels, to_stamps

__all__ = ["alerts", "class_list", "column_list", "cut", "missing", "rows", "stamps"]


def alerts(columns, survey, *, names=None, extra=()):
    """Alerts of objects.

    Parameters
    ----------
    columns : `~astroquery_fink.wire.Columns`
    survey : `~astroquery_fink.surveys.Survey`
    names : list of str, or None
        The columns that the user wants; None: all of a full row, and what else the server sent.
    extra : sequence of str
        Columns that come with another argument: the tag of upper limits, stamps.

    Returns
    -------
    table : `~astropy.table.Table`
        Newest alert first. Has all columns that were asked for, with their dtypes, also where the
        server left them out.
    """
    names = [*(names or _full_row(columns, survey, extra)), *extra]
    times, _ = _array(columns, survey.time, survey)
    return rows(columns, survey, names, order=_newest_first(times))


def rows(columns, survey, names=None, *, default=(), order=None, dtype=None):
    """Rows of any kind.

    Parameters
    ----------
    columns : `~astroquery_fink.wire.Columns`
    survey : `~astroquery_fink.surveys.Survey`
    names : list of str, or None
        The columns wanted, whether the server sent them or not; None: ``default``, and what else it sent.
    default : sequence of str
        The columns that such an answer always has.
    order : `~numpy.ndarray` of int, optional
        Indices of the rows in the order wanted; None: as they came.
    dtype : str, optional
        Of columns that we know nothing of; None: typed by their values.

    Returns
    -------
    table : `~astropy.table.Table`
    """
    names = names or list(dict.fromkeys([*default, *columns]))
    arrays = {name: _array(columns, name, survey, dtype) for name in names}
    table = Table({name: _masked(*arrays[name], order) for name in names}, copy=False)
    for name, facts in _known(names, survey):
        table[name].unit = facts.unit
        table[name].description = facts.description
    return table


def _full_row(columns, survey, extra):
    known = [name for name, facts in survey.columns.items() if facts.full]
    sent = [name for name in columns if name not in survey.columns]
    return [name for name in [*known, *sent] if name not in extra]


def _array(columns, name, survey, dtype=None):
    facts = survey.columns.get(name) or ColumnFacts(name, dtype)
    values = columns.get(name, [None] * len(columns))
    if name in survey.stamp_columns.values():
        return to_stamps(values, survey.stamp_shape)
    return to_array(values, facts)


def _newest_first(times):
    """Indices of the rows in that order, or None where they have it already."""
    order = np.argsort(-times, kind="stable")
    return None if np.array_equal(order, np.arange(len(order))) else order


def _masked(data, mask, order):
    """The rows in order; a masked array only where something is masked."""
    if order is not None:
        data, mask = data[order], mask[order]
    return np.ma.MaskedArray(data, mask) if mask.any() else data


def _known(names, survey):
    return [(name, survey.columns[name]) for name in names if name in survey.columns]


def missing(columns, survey, objectids):
    """The objects that have no alert in a reply.

    Parameters
    ----------
    columns : `~astroquery_fink.wire.Columns`
    survey : `~astroquery_fink.surveys.Survey`
    objectids : list of str

    Returns
    -------
    absent : list of str
    """
    found = set(_array(columns, survey.object_id, survey)[0].tolist())
    return [objectid for objectid in objectids if objectid not in found]


def cut(columns, survey):
    """The objects of which the server may have left alerts out.

    Parameters
    ----------
    columns : `~astroquery_fink.wire.Columns`
    survey : `~astroquery_fink.surveys.Survey`

    Returns
    -------
    objectids : list of str
    """
    if len(columns) < survey.scan_limit:
        return []
    ids, counts = np.unique(_array(columns, survey.object_id, survey)[0], return_counts=True)
    return ids[counts >= survey.scan_limit].tolist()


def stamps(mapping, survey):
    """The stamps of one alert.

    Parameters
    ----------
    mapping : dict
        As the server sends it: column name to pixel rows.
    survey : `~astroquery_fink.surveys.Survey`

    Returns
    -------
    arrays : dict of str to `~numpy.ndarray`
        By kind, float32, missing pixels NaN; kinds that the server could not serve are absent.

    Raises
    ------
    ValueError
        What was sent is no image.
    """
    sent = {kind: mapping.get(name) for kind, name in survey.stamp_columns.items()}
    return {kind: to_pixels(rows) for kind, rows in sent.items() if rows}


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


def _origin(text):
    """Without the address that the server appends in brackets."""
    return re.sub(r"\s*\(see .*\)$", "", text)


def _text_table(rows, names):
    columns = zip(*rows, strict=True) if rows else [[]] * len(names)
    return Table(
        [Column(list(values), name=name, dtype=str) for name, values in zip(names, columns, strict=True)]
    )
