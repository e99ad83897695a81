"""The endpoints that answer with the newest alerts of a kind: ``latests``, ``anomaly`` and ``tracklet``."""

import numpy as np
from werkzeug.exceptions import InternalServerError

from ..server.arguments import (
    STORED,
    asked_columns,
    day,
    number,
    send,
)
from ..server.pool import Pool
from ..server.response import plain, refusal
from ..sky.pixels import newest_of_each
from .science import KINDS
from .survey import COLUMNS

__all__ = ["anomaly", "latests", "tracklet"]

DEFAULT_COUNT = 10
LOW_STATE, HIGH_STATE = "(CTA) Blazar low state", "(CTA) Blazar high state"
GROUPED = {LOW_STATE, HIGH_STATE, "SLSN candidate"}
COLOURS = {"v:rate", "v:sigma(rate)", "v:g-r", "v:sigma(g-r)", "v:rate(g-r)", "v:sigma(rate(g-r))"}
TRENDS = {
    "rising": ("d:mag_rate", lambda rate: rate < 0),
    "fading": ("d:mag_rate", lambda rate: rate > 0),
    "low_state": (None, None),
    "new_low_state": ("d:blazar_stats_m0", lambda before: before >= 1),
}
ANOMALOUS = -0.05


def latests(sky, payload, limit):
    """
    Answer a question about a class.

    The n newest alerts are taken first, and then those with another trend are thrown away. An alert whose
    time is ``stopdate`` is not in the answer, one whose time is ``startdate`` is.

    Parameters
    ----------
    sky : `~fink_sandbox.Sky`
    payload : dict
        The arguments of the request.
    limit : int
        No answer has more rows, whatever n is.

    Returns
    -------
    `werkzeug.wrappers.Response`
    """
    name, trend = payload["class"], payload.get("trend")
    if trend is not None and trend not in TRENDS:
        return plain(f"\n{trend} is no valid trend.\nA trend is one of: {', '.join(TRENDS)}\n")
    if trend in ("low_state", "new_low_state") and name != LOW_STATE:
        return plain(f"\nThe trend {trend} goes with the class {LOW_STATE} only; {name} is another.\n")
    pool = Pool(sky.tables(lambda target: _may_be(target.kind, name)))
    count = min(int(number(payload, "n", DEFAULT_COUNT)), limit)
    stop = day(payload["stopdate"]) if "stopdate" in payload else np.inf
    rows = _newest(pool, _of_class(pool, name), _start(payload, "startdate"), stop, count)
    names = _names(payload, COLOURS if "color" not in payload else set())
    if name in GROUPED and {"i:objectId", "i:jd"} <= set(names):
        rows = newest_of_each(pool, rows)
        rows = rows[np.argsort(-pool.array("i:jd")[rows], kind="stable")]
    rows = _with_trend(pool, rows, trend, names)
    label = "d:tns" if name.startswith("(TNS) ") else "v:classification"
    return send(pool.rows(rows, names, [label, "i:jd", "i:objectId"]), payload)


def anomaly(sky, payload):
    """
    Answer a question about alerts with a low anomaly score; alerts of ``stop_date`` itself are in the answer.

    Parameters
    ----------
    sky : `~fink_sandbox.Sky`
    payload : dict
        The arguments of the request.

    Returns
    -------
    `werkzeug.wrappers.Response`
    """
    pool = Pool(sky.tables())
    stop = day(payload["stop_date"]) + 1 if "stop_date" in payload else np.inf
    strange = pool.array("d:anomaly_score", float) < ANOMALOUS
    count = int(number(payload, "n", DEFAULT_COUNT))
    rows = _newest(pool, strange, _start(payload, "start_date"), stop, count)
    return send(pool.rows(rows, _names(payload, COLOURS), ["i:jd", "i:objectId"]), payload)


def tracklet(sky, payload):
    """
    Answer a question about satellites and debris.

    Parameters
    ----------
    sky : `~fink_sandbox.Sky`
    payload : dict
        The arguments of the request.

    Returns
    -------
    `werkzeug.wrappers.Response`
    """
    if "id" in payload:
        beginning = payload["id"]
    elif "date" in payload:
        digits = payload["date"].replace("-", "").replace(":", "").replace(" ", "_")
        beginning = f"TRCK_{digits}"
    else:
        return refusal("`date` must be given, as YYYY-MM-DD hh:mm:ss or the beginning of it, or `id`")
    pool = Pool(sky.tables(lambda target: False))
    names = pool.values("d:tracklet")
    found = np.array([name.startswith(beginning) and name != "" for name in names])
    rows = _newest(pool, found, -np.inf, np.inf, len(names))
    return send(pool.rows(rows, _names(payload, COLOURS), ["d:tracklet", "i:objectId"]), payload)


def _names(payload, without):
    wanted = asked_columns(payload)
    if wanted is None:
        return [name for name in COLUMNS if name not in without]
    return [name for name in STORED if name in wanted]


def _start(payload, name):
    return day(payload[name]) if name in payload else -np.inf


def _may_be(kind, name):
    """Whether alerts of such an object can be of the class."""
    one = KINDS[kind]
    return name.partition(") ")[2] in (one["columns"].get("d:tns"), one["class"]) or (
        name in (one["early"], one["class"]) or (name in (LOW_STATE, HIGH_STATE) and kind == "blazar")
    )


def _of_class(pool, name):
    if name in (LOW_STATE, HIGH_STATE):
        state = "d:blazar_stats_m2" if name == LOW_STATE else "d:blazar_stats_instantness_high"
        values = pool.array(state, float)
        return (values >= 0) & (values < 1) if name == LOW_STATE else values >= 1
    if name.startswith("(TNS) "):
        return pool.array("d:tns") == name.removeprefix("(TNS) ")
    return pool.array("v:classification") == name.removeprefix("(SIMBAD) ")


def _newest(pool, chosen, start, stop, count):
    """The newest alerts of a span of time; those of one time in the order of their ids, the last first."""
    jd = pool.array("i:jd", float)
    rows = np.flatnonzero(chosen & (jd >= start) & (jd < stop))
    order = np.lexsort((pool.array("i:objectId")[rows], jd[rows]))[::-1]
    return rows[order[:count]]


def _with_trend(pool, rows, trend, names):
    """A trend can only be told by a column that was asked for."""
    column, has = TRENDS.get(trend, (None, None))
    if column is None or not rows.size:
        return rows
    if column not in names:
        if trend == "new_low_state":
            return rows
        raise InternalServerError
    return rows[has(pool.array(column, float)[rows])]
