# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""One line of text per alert: time, object, band, brightness and class, or chosen columns."""

import math
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from astropy.table import Table

from ..surveys import Survey, survey_of

__all__ = ["text_lines"]

_CLASS = "v:classification"
_WIDTHS = {str: 12, int: 19}  # characters of ids


def _times(table: Table, survey: Survey) -> list[str]:
    """Times in UTC, to the second."""
    if survey.columns.time not in table.colnames:
        return []
    with warnings.catch_warnings(action="ignore"):  # of leap seconds in the future
        times = survey.times(table[[survey.columns.time]]).utc
        times.precision = 0
        texts = np.ma.filled(np.ma.asarray(times.iso), "")
    return [f"{text:19}" for text in texts]


def _ids(table: Table, survey: Survey) -> list[str]:
    """Ids of objects, or else of Solar System objects."""
    names = [name for name in (survey.columns.object_id, survey.solar_system.name) if name in table.colnames]
    return [f"{text:<{_WIDTHS[survey.ids.type]}}" for text in _first(table, names)] if names else []


def _bands(table: Table, survey: Survey) -> list[str]:
    name = survey.columns.band
    if name not in table.colnames:
        return []
    return [survey.bands.get(value, " ") if value is not None else " " for value in _plain(table[name])]


def _brightness(table: Table, survey: Survey) -> list[str]:
    """Brightness with its error, to two digits of that, and the unit."""
    name, error = survey.columns.brightness, survey.columns.brightness_error
    if name not in table.colnames:
        return []
    errors = _plain(table[error]) if error in table.colnames else [None] * len(table)
    unit = str(table[name].unit or "")
    pairs = zip(_plain(table[name]), errors, strict=True)
    texts = [f"{_measured(value, error)} {unit}" if value is not None else "" for value, error in pairs]
    width = max(map(len, texts), default=0)
    return [f"{text:>{width}}" for text in texts]


def _measured(value: float, error: float | None) -> str:
    if error is None or not 0 < error < math.inf:
        return f"{value:g}"
    digits = max(0, 1 - math.floor(math.log10(error)))
    return f"{value:.{digits}f} +/- {error:.{digits}f}"


def _classes(table: Table, survey: Survey) -> list[str]:
    """The class by Fink, or else the type in a catalogue."""
    names = [name for name in (_CLASS, *survey.resolver_columns["type"]) if name in table.colnames]
    return _first(table, names) if names else []


def _named(table: Table, name: str) -> list[str]:
    """A column as text with name and unit, such as ``i:magpsf=18.1 mag``."""
    unit = f" {table[name].unit}" if table[name].unit else ""
    return [f"{name}={'' if value is None else f'{value}{unit}'}" for value in _plain(table[name])]


def _first(table: Table, names: list[str]) -> list[str]:
    """The first value of some columns that is not missing, as text."""
    columns = [_plain(table[name]) for name in names]
    return [
        next((str(value) for value in row if value is not None), "") for row in zip(*columns, strict=True)
    ]


def _plain(column: Any) -> list[Any]:
    """Python values; None for missing ones."""
    values = np.ma.masked_invalid(column) if column.dtype.kind == "f" else np.ma.asarray(column)
    return values.tolist()


_PARTS = (_times, _ids, _bands, _brightness, _classes)


def text_lines(table: Table, *, all_columns: bool, topic: bool) -> Iterator[str]:
    """A line per row, with time, object, band, brightness and class, or with all columns by name."""
    parts = [] if all_columns else [part(table, survey_of(table)) for part in _PARTS]
    columns = list(filter(None, parts)) or [_named(table, name) for name in table.colnames]
    if topic:
        columns.insert(0, [table.meta["topic"]] * len(table))
    for row in zip(*columns, strict=True):
        yield "  ".join(row).rstrip()
