"""The endpoint ``latests``: the newest alerts of a class."""

from collections.abc import Callable

import numpy as np
from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from ..server.arguments import Payload, day, number, send
from ..server.pool import Pool
from ..server.response import plain
from .columns import COLOURS, chosen, requested
from .newest import DEFAULT_COUNT, newest, start_of
from .pixels import newest_of_each
from .science import KINDS
from .survey import Survey

__all__ = ["latests"]

LOW_STATE, HIGH_STATE = "(CTA) Blazar low state", "(CTA) Blazar high state"
GROUPED = {LOW_STATE, HIGH_STATE, "SLSN candidate"}
Condition = Callable[[np.ndarray], np.ndarray]
TRENDS: dict[str, tuple[str, Condition] | None] = {
    "rising": ("d:mag_rate", lambda rate: rate < 0),
    "fading": ("d:mag_rate", lambda rate: rate > 0),
    "low_state": None,
    "new_low_state": ("d:blazar_stats_m0", lambda before: before >= 1),
}


def latests(survey: Survey, payload: Payload, limit: int) -> Response:
    """
    Return the newest alerts of a class, at most `limit` rows.

    The server takes the n newest alerts first and drops those with another trend then. An alert at
    ``startdate`` is in the response, one at ``stopdate`` is not.
    """
    name, trend = payload["class"], payload.get("trend")
    if trend is not None and trend not in TRENDS:
        return plain(f"\n{trend} is no valid trend.\nA trend is one of: {', '.join(TRENDS)}\n")
    if trend in ("low_state", "new_low_state") and name != LOW_STATE:
        return plain(f"\nThe trend {trend} goes with the class {LOW_STATE} only; {name} is another.\n")
    pool = Pool(survey.tables(lambda target: _may_be(target.kind, name)))
    count = min(int(number(payload, "n", DEFAULT_COUNT)), limit)
    stop = day(payload["stopdate"]) if "stopdate" in payload else np.inf
    rows = newest(pool, _of_class(pool, name), start_of(payload, "startdate"), stop, count)
    names = chosen(requested(payload), COLOURS if "color" not in payload else set())
    if name in GROUPED and {"i:objectId", "i:jd"} <= set(names):
        rows = newest_of_each(pool, rows)
        rows = rows[np.argsort(-pool.array("i:jd")[rows], kind="stable")]
    rows = _with_trend(pool, rows, trend, names)
    label = "d:tns" if name.startswith("(TNS) ") else "v:classification"
    return send(pool.rows(rows, names, [label, "i:jd", "i:objectId"]), payload)


def _may_be(kind: str, name: str) -> bool:
    """Whether alerts of an object of this kind can be of the class."""
    one = KINDS[kind]
    return name.partition(") ")[2] in (one["columns"].get("d:tns"), one["class"]) or (
        name in (one["early"], one["class"]) or (name in (LOW_STATE, HIGH_STATE) and kind == "blazar")
    )


def _of_class(pool: Pool, name: str) -> np.ndarray:
    if name in (LOW_STATE, HIGH_STATE):
        state = "d:blazar_stats_m2" if name == LOW_STATE else "d:blazar_stats_instantness_high"
        values = pool.array(state, float)
        return (values >= 0) & (values < 1) if name == LOW_STATE else values >= 1
    if name.startswith("(TNS) "):
        return pool.array("d:tns") == name.removeprefix("(TNS) ")
    return pool.array("v:classification") == name.removeprefix("(SIMBAD) ")


def _with_trend(pool: Pool, rows: np.ndarray, trend: str | None, names: list[str]) -> np.ndarray:
    """Rows with the trend, which the server can see only in a requested column."""
    condition = None if trend is None else TRENDS[trend]
    if condition is None or not rows.size:
        return rows
    column, has = condition
    if column not in names:
        if trend == "new_low_state":
            return rows
        raise InternalServerError
    return rows[has(pool.array(column, float)[rows])]
