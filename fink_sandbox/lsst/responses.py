"""From rows to the response format: gaps, order, and the formats that break."""

from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from ..server.arguments import Payload
from ..server.arguments import send as send_table
from ..server.tables import Answer, Columns, picked
from .columns import TEXT

__all__ = ["gaps_last", "newest_first", "selected", "send"]

GAP = "nan"
TIME = "r:midpointMjdTai"


def selected(columns: Columns, index: list[str], whole: bool) -> Answer:
    """
    Drop what the server drops from rows with keys.

    If all columns were requested (`whole`), columns without a value stay. Otherwise they are dropped, and so
    are rows without any value; columns whose first cell is empty come last.
    """
    if whole or not columns:
        return Answer(columns if index else {}, index if columns else [])
    rows = [row for row in range(len(index)) if any(cells[row] is not None for cells in columns.values())]
    kept = picked(columns, rows)
    kept = {name: cells for name, cells in kept.items() if any(cell is not None for cell in cells)}
    return Answer(gaps_last(kept), [index[row] for row in rows])


def gaps_last(columns: Columns) -> Columns:
    """Columns whose first cell is empty come last."""
    return {name: columns[name] for name in sorted(columns, key=lambda name: columns[name][0] is None)}


def newest_first(answer: Answer) -> Answer:
    """Sorted by time if the time is among the columns, else as stored."""
    return answer.sorted_by_time(TIME) if TIME in answer.columns else answer


def send(answer: Answer, payload: Payload) -> Response:
    """
    Response with a table in the requested format.

    Text and truth values that only some rows lack become the word "nan"; a VOTable breaks on text that all
    rows lack.
    """
    without = [name for name, cells in answer.columns.items() if cells and set(cells) == {None}]
    if payload.get("output-format") == "votable" and TEXT.intersection(without):
        raise InternalServerError
    filled = {name: _filled(cells) for name, cells in answer.columns.items()}
    return send_table(Answer(filled, answer.index), payload)


def _filled(cells: list) -> list:
    known = [cell for cell in cells if cell is not None]
    if not known or len(known) == len(cells) or not isinstance(known[0], str | bool):
        return cells
    return [GAP if cell is None else cell for cell in cells]
