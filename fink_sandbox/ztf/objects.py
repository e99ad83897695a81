"""The endpoint ``objects``: all alerts of one or more objects."""

from werkzeug.exceptions import InternalServerError

from ..server.arguments import (
    STORED,
    asked_columns,
    is_true,
    send,
)
from ..server.tables import Answer, stack
from .images import KINDS
from .survey import COLUMNS

__all__ = ["objects"]

SCAN_LIMIT = 10_000


def objects(sky, payload):
    """
    Answer a question about objects.

    Parameters
    ----------
    sky : `~fink_sandbox.Sky`
    payload : dict
        The arguments of the request.

    Returns
    -------
    `werkzeug.wrappers.Response`
    """
    wanted = asked_columns(payload)
    histories = [(sky.history(objectid), rows) for objectid, rows in _scan(sky, payload["objectId"])]
    answer = _alerts(histories, wanted)
    if is_true(payload, "withcutouts"):
        answer.columns.update(_stamps(sky, histories, answer, payload))
    answer = answer.pick(_repeated(sky, histories, len(answer.index)))
    if "i:jd" in answer.columns:
        answer = answer.sorted_by_time()
    if is_true(payload, "withupperlim"):
        answer = _with_limits(answer, [history for history, _ in histories])
    return send(answer, payload)


def _scan(sky, ids):
    """Objects whose id begins with one of the words, and how many of their oldest rows a scan reaches."""
    found = {}
    for prefix in ids.split(","):
        left = SCAN_LIMIT
        for objectid in sky.beginning_with(prefix.strip()):
            size = len(sky.history(objectid).valid["i:jd"])
            found[objectid] = max(found.get(objectid, 0), min(size, left))
            left -= size
            if left <= 0:
                break
    return found.items()


def _alerts(histories, wanted):
    names = COLUMNS if wanted is None else [name for name in STORED if name in wanted]
    tables = [{name: history.valid[name][:rows] for name in names} for history, rows in histories]
    columns = stack(tables)
    columns = {name: values for name, values in columns.items() if any(one is not None for one in values)}
    return Answer(columns, _labels(histories, wanted, columns))


def _labels(histories, wanted, columns):
    """Row numbers for full rows, else the keys of the database."""
    rows = len(next(iter(columns.values()), ()))
    if wanted is None:
        return list(range(rows))
    keys = (
        zip(history.valid["i:objectId"][:rows], history.valid["i:jd"][:rows], strict=True)
        for history, rows in histories
    )
    return [f"{objectid}_{jd}" for pairs in keys for objectid, jd in pairs][:rows]


def _stamps(sky, histories, answer, payload):
    """Stamp columns; a kind that does not exist makes a column of empty lists."""
    if not {"i:objectId", "i:candid"} <= answer.columns.keys():
        raise InternalServerError
    kinds = [payload["cutout-kind"]] if "cutout-kind" in payload else KINDS
    alerts = [(history.valid["i:objectId"][0], row) for history, rows in histories for row in range(rows)]
    return {
        f"b:cutout{kind}_stampData": [sky.image(*alert, kind) if kind in KINDS else [] for alert in alerts]
        for kind in kinds
    }


def _repeated(sky, histories, rows):
    """All rows, and once more those of the alerts that the server repeats."""
    candids = [candid for history, size in histories for candid in history.valid["i:candid"][:size]]
    return [*range(rows), *(row for row in range(rows) if candids[row] in sky.repeated)]


def _with_limits(answer, histories):
    """The alerts and, below them, rows that ignore the wanted columns; then all by time."""
    upper = _tagged(stack([history.upperlim for history in histories]), "upperlim")
    bad = _tagged(stack([history.badquality for history in histories]), "badquality")
    if bad["d:tag"] and "i:jd" not in answer.columns:
        raise InternalServerError
    if bad["d:tag"]:
        bad = _without_times(bad, set(answer.columns["i:jd"]))
    valid = answer.columns | {"d:tag": ["valid"] * len(answer.index)}
    if "i:candid" not in valid:
        for table in (upper, bad):
            table["i:candid"] = [float(candid) for candid in table["i:candid"]]
    columns = stack([valid, upper, bad])
    together = Answer(columns, list(range(len(columns["d:tag"]))))
    return together.sorted_by_time() if "i:jd" in columns else together


def _without_times(table, times):
    """The server drops rows at the time of a valid row, be it of the same object or of another one."""
    keep = [row for row, jd in enumerate(table["i:jd"]) if jd not in times]
    return {name: [values[row] for row in keep] for name, values in table.items()}


def _tagged(table, tag):
    """A table without rows keeps none of its own columns."""
    rows = len(table["i:jd"]) if table else 0
    return (table if rows else {}) | {"d:tag": [tag] * rows, "i:candid": [-1] * rows}
