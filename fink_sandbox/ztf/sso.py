"""The endpoint ``sso``: alerts of known Solar System objects."""

import numpy as np
from werkzeug.exceptions import InternalServerError

from ..server.arguments import (
    STORED,
    asked_columns,
    is_true,
    send,
)
from ..server.pool import Pool
from ..server.response import refusal
from ..server.tables import Answer
from ..sky.miriade import EPHEMERIS, miriade, residuals
from ..sky.moving_objects import asteroids
from .images import KINDS
from .latests import COLOURS
from .survey import COLUMNS

__all__ = ["sso"]

IDS = {"i:objectId", "i:candid"}
FOR_EPHEMERIDES = {"i:jd", "i:magpsf"}
FOR_RESIDUALS = FOR_EPHEMERIDES | {"i:fid", "i:ra", "i:dec", "i:sigmapsf"}
WITHOUT_ORBIT = {"99sim1": "99SIM1"}


def sso(sky, payload):
    """
    Answer a question about known Solar System objects.

    Parameters
    ----------
    sky : `~fink_sandbox.Sky`
    payload : dict
        The arguments of the request.

    Returns
    -------
    `werkzeug.wrappers.Response`
    """
    wanted, text = asked_columns(payload), str(payload["n_or_d"]).replace(" ", "")
    with_residuals, with_stamps = is_true(payload, "withResiduals"), is_true(payload, "withcutouts")
    with_ephemerides = with_residuals or is_true(payload, "withEphem")
    if with_stamps and wanted is not None and not set(wanted) >= IDS:
        return refusal("`columns` must name i:objectId and i:candid for stamps.")
    if "," in text and with_residuals:
        return refusal("`withResiduals` goes with one object only.")
    called = _called(text.split(","))
    if called is None:
        return refusal(f"{payload['n_or_d']} is no name, number or designation that is known.")
    kind = payload.get("cutout-kind", "Science")
    if with_stamps and kind not in KINDS:
        return refusal(f"`cutout-kind` is one of {', '.join(KINDS)}.")
    pool, rows = _found(sky, called)
    answer = _table(pool, rows, wanted, called)
    if not rows.size:
        return send(answer, payload)
    if with_stamps:
        answer.columns[f"b:cutout{kind}_stampData"] = _stamps(sky, pool, rows, kind)
    if not with_ephemerides:
        return send(answer, payload)
    return _with_ephemerides(answer, pool, rows, called, with_residuals, payload)


def _called(words):
    """By name in the alerts, the body, None where it has no orbit; no dict at all for an unknown word."""
    known = {}
    for word in words:
        body = next((one for one in asteroids() if word.lower() in one.names), None)
        if body is not None:
            known |= dict.fromkeys(body.ssnamenr, body)
        elif word.lower() in WITHOUT_ORBIT:
            known[WITHOUT_ORBIT[word.lower()]] = None
        elif not (word.endswith("P") or word.startswith("C/")):
            return None
    return known


def _found(sky, called):
    """Newest alert first."""
    pool = Pool(sky.tables(lambda target: target.kind == "asteroid"))
    rows = np.flatnonzero(np.isin(pool.array("i:ssnamenr"), list(called)))
    return pool, rows[np.argsort(-pool.array("i:jd")[rows], kind="stable")]


def _table(pool, rows, wanted, called):
    """The alerts and what they belong to; the name in the alerts always comes."""
    if wanted is None:
        names = [name for name in COLUMNS if name not in COLOURS]
    else:
        names = [name for name in STORED if name in [*wanted, "i:ssnamenr"]]
    answer = pool.rows(rows, names, ["i:ssnamenr", "i:jd", "i:objectId"])
    bodies = [(name, called[name]) for name in answer.columns.get("i:ssnamenr", ())]
    if bodies:
        answer.columns["sso_name"] = [body.name if body else name for name, body in bodies]
        answer.columns["sso_number"] = _numbers([body and body.number for _, body in bodies])
    return answer


def _numbers(values):
    """Integers, but floats where some have none."""
    mixed = None in values
    return [value if value is None or not mixed else float(value) for value in values]


def _stamps(sky, pool, rows, kind):
    images = []
    for objectid, candid in zip(*(pool.pick(name, rows) for name in ("i:objectId", "i:candid")), strict=True):
        row = sky.history(objectid).valid["i:candid"].index(candid)
        images.append(sky.image(objectid, row, kind))
    return images


def _with_ephemerides(answer, pool, rows, called, with_residuals, payload):
    """Object by object as the survey names them; the columns of the ephemerides come first."""
    if not (FOR_RESIDUALS if with_residuals else FOR_EPHEMERIDES) <= answer.columns.keys():
        raise InternalServerError
    if None in called.values():
        return refusal("There are no ephemerides of this object.")
    order = np.argsort(np.array(answer.columns["i:ssnamenr"]), kind="stable")
    columns = {name: [values[row] for row in order] for name, values in answer.columns.items()}
    parts = [miriade(body, np.array(_of(columns, name, "i:jd"))) for name, body in sorted(called.items())]
    seen = {name: [value for part in parts for value in part[name]] for name in EPHEMERIS}
    columns = seen | columns
    distance = np.array(seen["Dobs"]) * np.array(seen["Dhelio"])
    columns["i:magpsf_red"] = (np.array(columns["i:magpsf"]) - 5 * np.log10(distance)).tolist()
    if with_residuals:
        columns["residuals_shg1g2"] = residuals(next(iter(called.values())), columns)
    return send(Answer(columns, [answer.index[row] for row in order]), payload)


def _of(columns, ssnamenr, name):
    pairs = zip(columns["i:ssnamenr"], columns[name], strict=True)
    return [value for one, value in pairs if one == ssnamenr]
