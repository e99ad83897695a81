"""The endpoint ``objects``: all alerts of one or more objects."""

from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from ..server.arguments import Payload, is_true, send
from ..server.tables import Answer, Columns, concatenate, picked
from ..sky.seeing import IMAGES
from .columns import chosen, requested
from .history import History
from .survey import Survey

__all__ = ["objects"]

SCAN_LIMIT = 10_000
Scanned = list[tuple[History, int]]  # histories, and how many of their rows a scan reaches


def objects(survey: Survey, payload: Payload) -> Response:
    """Return the alerts of objects, with upper limits and cutouts on request."""
    wanted = requested(payload)
    scanned = _scan(survey, payload["objectId"])
    answer = _alerts(scanned, wanted)
    if is_true(payload, "withcutouts"):
        answer.columns.update(_cutouts(survey, scanned, answer, payload))
    answer = answer.pick(_repeated(survey, scanned, len(answer.index)))
    if "i:jd" in answer.columns:
        answer = answer.sorted_by_time()
    if is_true(payload, "withupperlim"):
        answer = _with_limits(answer, [history for history, _ in scanned])
    return send(answer, payload)


def _scan(survey: Survey, ids: str) -> Scanned:
    """Objects whose ids begin with one of the words, up to the limit of a scan."""
    found: dict[str, int] = {}
    for prefix in ids.split(","):
        left = SCAN_LIMIT
        for objectid in survey.sky.beginning_with(prefix.strip()):
            size = len(survey.history(objectid).valid["i:jd"])
            found[objectid] = max(found.get(objectid, 0), min(size, left))
            left -= size
            if left <= 0:
                break
    return [(survey.history(objectid), rows) for objectid, rows in found.items()]


def _alerts(scanned: Scanned, wanted: list[str] | None) -> Answer:
    names = chosen(wanted, without=set())
    tables = [{name: history.valid[name][:rows] for name in names} for history, rows in scanned]
    columns = concatenate(tables)
    columns = {name: values for name, values in columns.items() if any(one is not None for one in values)}
    return Answer(columns, _labels(scanned, wanted, columns))


def _labels(scanned: Scanned, wanted: list[str] | None, columns: Columns) -> list[int] | list[str]:
    """Row numbers of full rows, else the keys of the database."""
    rows = len(next(iter(columns.values()), ()))
    if wanted is None:
        return list(range(rows))
    keys = (
        zip(history.valid["i:objectId"][:rows], history.valid["i:jd"][:rows], strict=True)
        for history, rows in scanned
    )
    return [f"{objectid}_{jd}" for pairs in keys for objectid, jd in pairs][:rows]


def _cutouts(survey: Survey, scanned: Scanned, answer: Answer, payload: Payload) -> Columns:
    """Columns of cutouts; an unknown kind makes a column of empty lists."""
    if not {"i:objectId", "i:candid"} <= answer.columns.keys():
        raise InternalServerError
    kinds = [payload["cutout-kind"]] if "cutout-kind" in payload else IMAGES
    alerts = [(history.valid["i:objectId"][0], row) for history, rows in scanned for row in range(rows)]
    return {
        f"b:cutout{kind}_stampData": [
            survey.image(*alert, kind) if kind in IMAGES else [] for alert in alerts
        ]
        for kind in kinds
    }


def _repeated(survey: Survey, scanned: Scanned, rows: int) -> list[int]:
    """All rows, and once more those of repeated alerts."""
    alerts = [
        pair
        for history, size in scanned
        for pair in zip(history.valid["i:objectId"][:size], history.valid["i:jd"][:size], strict=True)
    ]
    return [*range(rows), *(row for row in range(rows) if alerts[row] in survey.sky.repeated)]


def _with_limits(answer: Answer, histories: list[History]) -> Answer:
    """Concatenate alerts and rows of all their own columns, sorted by time."""
    upper = _tagged(concatenate([history.upperlim for history in histories]), "upperlim")
    bad = _tagged(concatenate([history.badquality for history in histories]), "badquality")
    if bad["d:tag"] and "i:jd" not in answer.columns:
        raise InternalServerError
    if bad["d:tag"]:
        bad = _without_times(bad, set(answer.columns["i:jd"]))
    valid = answer.columns | {"d:tag": ["valid"] * len(answer.index)}
    if "i:candid" not in valid:
        for table in (upper, bad):
            table["i:candid"] = [float(candid) for candid in table["i:candid"]]
    columns = concatenate([valid, upper, bad])
    together = Answer(columns, list(range(len(columns["d:tag"]))))
    return together.sorted_by_time() if "i:jd" in columns else together


def _without_times(table: Columns, times: set[float]) -> Columns:
    """Drop rows at the time of a valid row of any object, as the server does."""
    return picked(table, [row for row, jd in enumerate(table["i:jd"]) if jd not in times])


def _tagged(table: Columns, tag: str) -> Columns:
    """A table with its tag; without rows it loses its own columns."""
    rows = len(table["i:jd"]) if table else 0
    return (table if rows else {}) | {"d:tag": [tag] * rows, "i:candid": [-1] * rows}
