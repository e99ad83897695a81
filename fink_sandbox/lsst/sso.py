"""The endpoint ``sso``: alerts of known Solar System objects."""

import numpy as np
from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from ..server.arguments import Payload, is_true
from ..server.response import refusal
from ..server.tables import Answer, concatenate, picked
from ..sky.miriade import EPHEMERIS, miriade
from ..sky.moving_objects import WITHOUT_ORBIT, asteroids
from .bodies import Body, body_table, known_by
from .columns import KINDS, chosen, requested
from .responses import newest_first, selected, send
from .survey import Survey
from .visits import HALF_EXPOSURE, julian_dates

__all__ = ["sso"]

DESIGNATION = "r:packed_primary_provisional_designation"
NAME = "f:sso_name"
FOR_EPHEMERIDES = {"r:midpointMjdTai", "r:psfFlux"}
RUBIN = {name: kind for name, kind in KINDS["sso"].items() if name != NAME}


def sso(survey: Survey, payload: Payload) -> Response:
    """Return the alerts of asteroids, with ephemerides on request."""
    words, wanted = str(payload["n_or_d"]).split(","), requested(payload)
    if len(words) > 1 and is_true(payload, "withResiduals"):
        return refusal("`withResiduals` goes with one object only.")
    found = {word: known_by(word) for word in words}
    unknown = [word for word, one in found.items() if one is None and not _is_unseen(word)]
    if unknown:
        return refusal(f"{unknown[0]} is not a valid name, number or designation.")
    seen = {one.packed: one for one in found.values() if one is not None}
    answer = newest_first(_table(survey, list(seen.values()), wanted))
    if answer.columns and (is_true(payload, "withResiduals") or is_true(payload, "withEphem")):
        answer = _with_ephemerides(answer)
    return send(answer, payload)


def _is_unseen(word: str) -> bool:
    """Whether this is a known object that Rubin has not seen."""
    return word.strip().lower() in WITHOUT_ORBIT


def _table(survey: Survey, found: list[Body], wanted: list[str] | None) -> Answer:
    """The alerts with the designation, and with the name as last column."""
    if wanted is None:
        names = list(RUBIN)
    else:
        names = chosen([*[one for one in wanted if one != NAME], DESIGNATION], RUBIN)
    tables = [body_table(survey.sky, one) for one in found]
    columns = concatenate([{name: rows[name] for name in [*names, NAME]} for rows in tables]) if names else {}
    index = [
        f"{packed[1:3]}_{packed}_{mjd}"
        for rows in tables
        for packed, mjd in zip(rows[DESIGNATION], rows["r:midpointMjdTai"], strict=True)
    ]
    answer = selected(columns, index if columns else [], wanted is None)
    last = {NAME: answer.columns.pop(NAME)} if answer.columns else {}
    return Answer(answer.columns | last, answer.index)


def _with_ephemerides(answer: Answer) -> Answer:
    """Rows sorted by name; the columns of the ephemerides come first."""
    if not answer.columns.keys() >= FOR_EPHEMERIDES:
        raise InternalServerError
    mjd = np.array(answer.columns["r:midpointMjdTai"])
    starts = julian_dates(mjd) - HALF_EXPOSURE
    names = np.array(answer.columns[NAME])
    order = np.argsort(names, kind="stable")
    known = {one.name: one for one in asteroids()}
    parts = [miriade(known[name], starts[names == name]) for name in np.unique(names).tolist()]
    seen = {name: [value for part in parts for value in part[name]] for name in EPHEMERIS}
    columns = picked(answer.columns, order)
    with np.errstate(invalid="ignore"):
        magnitude = 31.4 - 2.5 * np.log10(np.array(columns["r:psfFlux"]))
    reduced = magnitude - 5 * np.log10(np.array(seen["Dobs"]) * np.array(seen["Dhelio"]))
    return Answer(seen | columns | {"i:magpsf_red": reduced.tolist()}, [answer.index[row] for row in order])
