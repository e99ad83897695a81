"""From rows to the wire: gaps, order, and the formats that break."""

from werkzeug.exceptions import InternalServerError

from ..server.arguments import send as send_table
from ..server.tables import Answer
from .columns import TEXT

__all__ = ["gaps_last", "newest_first", "selected", "send"]

GAP = "nan"
TIME = "r:midpointMjdTai"


def selected(columns, index, whole):
    """
    Rows and columns that are left of the chosen ones.

    Parameters
    ----------
    columns : dict of str to list
    index : list of str
        Keys of the rows.
    whole : bool
        All columns were asked for: those without a value stay. Else they go, and with them the rows without
        any value; columns whose first cell is empty come last.

    Returns
    -------
    `~fink_sandbox.server.tables.Answer`
    """
    if whole or not columns:
        return Answer(columns if index else {}, index if columns else [])
    rows = [row for row in range(len(index)) if any(cells[row] is not None for cells in columns.values())]
    kept = {name: [cells[row] for row in rows] for name, cells in columns.items()}
    kept = {name: cells for name, cells in kept.items() if any(cell is not None for cell in cells)}
    return Answer(gaps_last(kept), [index[row] for row in rows])


def gaps_last(columns):
    """Columns whose first cell is empty come last."""
    return {name: columns[name] for name in sorted(columns, key=lambda name: columns[name][0] is None)}


def newest_first(answer):
    """Sorted by time where the time is in the reply, else as stored."""
    return answer.sorted_by_time(TIME) if TIME in answer.columns else answer


def send(answer, payload):
    """
    Response that carries a table.

    Text and truth values that some rows lack become the word "nan"; a VOTable breaks on text that all rows
    lack.

    Parameters
    ----------
    answer : `~fink_sandbox.server.tables.Answer`
    payload : dict
        The arguments of the request.

    Returns
    -------
    `werkzeug.wrappers.Response`
    """
    without = [name for name, cells in answer.columns.items() if cells and set(cells) == {None}]
    if payload.get("output-format") == "votable" and TEXT.intersection(without):
        raise InternalServerError
    filled = {name: _filled(cells) for name, cells in answer.columns.items()}
    return send_table(Answer(filled, answer.index), payload)


def _filled(cells):
    known = [cell for cell in cells if cell is not None]
    if not known or len(known) == len(cells) or not isinstance(known[0], str | bool):
        return cells
    return [GAP if cell is None else cell for cell in cells]
