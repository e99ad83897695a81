# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A Table that fits a terminal, and colours where the terminal has them."""

import os
import textwrap
from typing import Any, TextIO

import numpy as np
from astropy.table import Column, Table

from ..messages import counted
from ..surveys import survey_of

__all__ = ["fitted", "painted"]

_STYLES = {"bold": "1", "dim": "2", "red": "31", "yellow": "33"}
_CLASS = "v:classification"
_SHORTEST_TEXT = 20  # characters of a text that is cut
_OTHER_LINES = 4  # lines besides rows: names, units, dashes, and the next prompt


def painted(text: str, style: str, stream: TextIO) -> str:
    """A text in a colour, if the stream is a terminal that has colours and ``NO_COLOR`` is not set."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty()
    return text if plain else f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def fitted(table: Table, width: int, height: int, stream: TextIO) -> list[str]:
    """The lines of a table that fit: the most useful columns, the first rows, and how many there are."""
    if not table.colnames or not len(table):
        return [painted("0 rows", "dim", stream)]
    shown = _columns_that_fit(table[_useful_first(table)][: max(1, height - _OTHER_LINES)], width)
    room_for_note = len(_note(table, shown, width))
    shown = shown[: max(1, height - _OTHER_LINES - room_for_note)]
    note = _note(table, shown, width)
    align = ["<" if _is_text(shown[name]) else ">" for name in shown.colnames]
    lines = [line.rstrip()[:width] for line in shown.pformat(max_lines=-1, max_width=-1, align=align)]
    head = len(lines) - len(shown)
    names, *units = lines[:head]
    return [
        painted(names, "bold", stream),
        *(painted(line, "dim", stream) for line in units),
        *lines[head:],
        *(painted(line, "dim", stream) for line in note),
    ]


def _note(table: Table, shown: Table, width: int) -> list[str]:
    """The last lines: how much of the table is shown."""
    rows = _some(len(shown), len(table), "row")
    columns = _some(len(shown.colnames), len(table.colnames), "column")
    complete = (len(shown), len(shown.colnames)) == (len(table), len(table.colnames))
    return textwrap.wrap(f"{rows}, {columns}{'' if complete else '; -o FILE writes all'}", max(width, 1))


def _some(shown: int, number: int, noun: str) -> str:
    """How many there are, and how many of them are shown, such as ``7 of 164 columns``."""
    return counted(number, noun) if shown == number else f"{shown:,} of {counted(number, noun)}"


def _useful_first(table: Table) -> list[str]:
    """The names of all columns: ids, times, brightness, classes and positions come first."""
    survey = survey_of(table)
    columns = survey.columns
    if not {columns.object_id, columns.time} & set(table.colnames):
        return table.colnames
    useful = (
        *(columns.object_id, survey.solar_system.name, columns.time, columns.band, columns.brightness),
        *(columns.brightness_error, columns.tag, survey.cone.separation, _CLASS),
        *(*survey.resolver_columns["type"], columns.ra, columns.dec, columns.limit),
    )
    first = [name for name in useful if name in table.colnames and not _is_empty(table[name])]
    return list(dict.fromkeys(first + table.colnames))


def _is_empty(column: Any) -> bool:
    """Whether no row has a value."""
    return bool(np.all(getattr(column, "mask", False)))


def _columns_that_fit(table: Table, width: int) -> Table:
    """The first columns that fit side by side; a long text is cut to the room that is left."""
    chosen, room = [], width
    for name in table.colnames:
        column = table[name]
        needed = len(table[[name]].pformat(max_lines=-1, max_width=-1)[0])
        if needed > room and _is_text(column) and (room >= _SHORTEST_TEXT or not chosen):
            column, needed = _cut(column, room), room
        if needed > room and chosen:
            break
        chosen.append(column)
        room -= needed + 1
    return Table(chosen, names=table.colnames[: len(chosen)], copy=False)


def _is_text(column: Any) -> bool:
    return getattr(column, "dtype", np.dtype(float)).kind == "U"


def _cut(column: Column, room: int) -> Column:
    """The texts of a column, those that are too long with "…" at their end."""
    texts = np.ma.filled(column, "")
    long = np.char.str_len(texts) > room
    cut = column.astype(f"U{room}")
    cut[long] = np.char.add(texts[long].astype(f"U{max(room - 1, 1)}"), "…")
    return cut
