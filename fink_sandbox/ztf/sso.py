"""The endpoint ``sso``: alerts of known Solar System objects."""

import numpy as np
from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from ..server.arguments import Payload, is_true, send
from ..server.pool import Pool
from ..server.response import refusal
from ..server.tables import Answer, Columns, picked
from ..sky.miriade import EPHEMERIS, miriade
from ..sky.moving_objects import WITHOUT_ORBIT, Body, asteroids
from ..sky.orbits import COLOURS, phase_law
from ..sky.seeing import IMAGES
from .alerts import FILTERS
from .columns import chosen, requested
from .survey import Survey

__all__ = ["sso"]

IDS = {"i:objectId", "i:candid"}
FOR_EPHEMERIDES = {"i:jd", "i:magpsf"}
FOR_RESIDUALS = FOR_EPHEMERIDES | {"i:fid", "i:ra", "i:dec", "i:sigmapsf"}
Bodies = dict[str, Body | None]  # by name in the alerts, None without an orbit


def sso(survey: Survey, payload: Payload) -> Response:
    """Return alerts of asteroids, with ephemerides, residuals, cutouts on request."""
    wanted, text = requested(payload), str(payload["n_or_d"]).replace(" ", "")
    with_residuals, with_cutouts = is_true(payload, "withResiduals"), is_true(payload, "withcutouts")
    if with_cutouts and wanted is not None and not set(wanted) >= IDS:
        return refusal("`columns` must name i:objectId and i:candid for stamps.")
    if "," in text and with_residuals:
        return refusal("`withResiduals` goes with one object only.")
    bodies = _bodies(text.split(","))
    if bodies is None:
        return refusal(f"{payload['n_or_d']} is not a valid name, number or designation.")
    kind = payload.get("cutout-kind", "Science")
    if with_cutouts and kind not in IMAGES:
        return refusal(f"`cutout-kind` is one of {', '.join(IMAGES)}.")
    pool, rows = _found(survey, bodies)
    answer = _table(pool, rows, wanted, bodies)
    if rows.size and with_cutouts:
        answer.columns[f"b:cutout{kind}_stampData"] = _cutouts(survey, pool, rows, kind)
    if not rows.size or not (with_residuals or is_true(payload, "withEphem")):
        return send(answer, payload)
    if not (FOR_RESIDUALS if with_residuals else FOR_EPHEMERIDES) <= answer.columns.keys():
        raise InternalServerError
    known = {name: body for name, body in bodies.items() if body is not None}
    if len(known) < len(bodies):
        return refusal("There are no ephemerides of this object.")
    return send(_with_ephemerides(answer, known, with_residuals), payload)


def _bodies(words: list[str]) -> Bodies | None:
    """The objects of the words; None if a word is unknown."""
    known: Bodies = {}
    for word in words:
        body = next((one for one in asteroids() if word.lower() in one.names), None)
        if body is not None:
            known |= dict.fromkeys(body.ssnamenr, body)
        elif word.lower() in WITHOUT_ORBIT:
            known[WITHOUT_ORBIT[word.lower()]] = None
        elif not (word.endswith("P") or word.startswith("C/")):
            return None
    return known


def _found(survey: Survey, bodies: Bodies) -> tuple[Pool, np.ndarray]:
    """All alerts of asteroids, and the rows of these bodies, newest first."""
    pool = Pool(survey.tables(lambda target: target.kind == "asteroid"))
    rows = np.flatnonzero(np.isin(pool.array("i:ssnamenr"), list(bodies)))
    return pool, rows[np.argsort(-pool.array("i:jd")[rows], kind="stable")]


def _table(pool: Pool, rows: np.ndarray, wanted: list[str] | None, bodies: Bodies) -> Answer:
    """The alerts with names and numbers; the name in the alerts is always included."""
    names = chosen(None if wanted is None else [*wanted, "i:ssnamenr"])
    answer = pool.rows(rows, names, ["i:ssnamenr", "i:jd", "i:objectId"])
    found = [(name, bodies[name]) for name in answer.columns.get("i:ssnamenr", ())]
    if found:
        answer.columns["sso_name"] = [body.name if body else name for name, body in found]
        answer.columns["sso_number"] = _numbers([body and body.number for _, body in found])
    return answer


def _numbers(values: list[int | None]) -> list[int | None] | list[float | None]:
    """Integers, but floats if some are missing."""
    mixed = None in values
    return [value if value is None or not mixed else float(value) for value in values]


def _cutouts(survey: Survey, pool: Pool, rows: np.ndarray, kind: str) -> list[np.ndarray]:
    images = []
    for objectid, candid in zip(*(pool.pick(name, rows) for name in ("i:objectId", "i:candid")), strict=True):
        row = survey.history(objectid).valid["i:candid"].index(candid)
        images.append(survey.image(objectid, row, kind))
    return images


def _with_ephemerides(answer: Answer, bodies: dict[str, Body], with_residuals: bool) -> Answer:
    """Rows sorted by the name in the alerts, ephemerides before them."""
    names = np.array(answer.columns["i:ssnamenr"])
    order = np.argsort(names, kind="stable")
    columns = picked(answer.columns, order)
    jd = np.array(columns["i:jd"])
    parts = [miriade(body, jd[names[order] == name]) for name, body in sorted(bodies.items())]
    seen = {name: [value for part in parts for value in part[name]] for name in EPHEMERIS}
    columns = seen | columns
    distance = np.array(seen["Dobs"]) * np.array(seen["Dhelio"])
    columns["i:magpsf_red"] = (np.array(columns["i:magpsf"]) - 5 * np.log10(distance)).tolist()
    if with_residuals:
        columns["residuals_shg1g2"] = _residuals(next(iter(bodies.values())), columns)
    return Answer(columns, [answer.index[row] for row in order])


def _residuals(body: Body, columns: Columns) -> list[float]:
    """Reduced magnitudes minus those of the true phase curve."""
    colour = {FILTERS[band]: value for band, value in COLOURS.items()}
    law = phase_law(np.array(columns["Phase"]), body.orbit.G)
    model = body.orbit.H + law + np.array([colour[number] for number in columns["i:fid"]])
    return (np.array(columns["i:magpsf_red"]) - model).tolist()
