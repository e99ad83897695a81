"""The endpoint ``resolver``: names of objects in other catalogues, and objects by name."""

from typing import Any

import numpy as np
from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from ..data import load
from ..server.arguments import Payload
from ..server.tables import Answer
from ..sky.names import sesame, simbad, tns
from .bodies import bodies, body_table, known_by
from .ids import salt
from .responses import send
from .survey import Survey

__all__ = ["resolver"]

DEFAULT_COUNT = 10
SYNONYMS = load("lsst_objects.json")["tns"]
DISCOVERED = "2024-06-01 06:00:00.000"
Rows = list[tuple[Any, dict[str, Any]]]  # label and cells


def resolver(survey: Survey, payload: Payload) -> Response:
    """Resolve a name, or with JSON's true as ``reverse`` a number."""
    name, count = payload["name_or_id"], payload.get("nmax", DEFAULT_COUNT)
    if payload["resolver"] not in RESOLVERS or not isinstance(name, str) or not isinstance(count, int):
        raise InternalServerError
    resolve = RESOLVERS[payload["resolver"]][payload.get("reverse") is True]
    rows = resolve(survey, name)[: max(count, 0)]
    names = dict.fromkeys(column for _, row in rows for column in row)
    columns = {column: [row.get(column) for _, row in rows] for column in names}
    return send(Answer(columns, [key for key, _ in rows]), payload)


def _tns(survey: Survey, name: str) -> Rows:
    """
    Objects whose names begin with `name`, the word before the number included.

    The key of a row begins with the last letter of the name, so that a shortened name finds nothing.
    """
    wanted = name.lower()
    beginning = f"{wanted[-1]}_{wanted}" if wanted else ""
    return [pair for pair in _tns_rows(survey) if pair[0].startswith(beginning)]


def _tns_rows(survey: Survey) -> Rows:
    rows = []
    for one in tns():
        target, fullname = survey.sky.target(one["internalname"]), one["fullname"]
        for internal in [one["internalname"], *SYNONYMS[fullname]]:
            row = {
                "f:declination": f"{target.dec:.6f}",
                "f:discoverydate": DISCOVERED,
                "f:fullname": fullname,
                "f:internalname": internal,
                "f:ra": f"{target.ra:.6f}",
                "f:redshift": one["redshift"],
                "f:salt": fullname[-1],
                "f:type": one["type"],
            }
            rows.append((f"{fullname[-1]}_{fullname}_{internal}".lower(), row))
    return sorted(rows, key=lambda pair: pair[0])


def _tns_reverse(survey: Survey, name: str) -> Rows:
    """One row, which for an object without a name has only its number."""
    return _summary(survey, name, ["f:xm_tns_fullname", "f:xm_tns_redshift", "f:xm_tns_type"])


def _summary(survey: Survey, name: str, columns: list[str]) -> Rows:
    """Some columns of an object or of its newest alert, as text."""
    history = survey.history(name) if name in survey.targets else None
    if history is None:
        return []
    known = {one: history.summary[one][-1] for one in columns if one in history.summary}
    known |= {one: history.sources[one][-1] for one in columns if one not in known}
    row = {one: str(value) for one, value in known.items() if value is not None}
    return [(f"{salt(name)}_{name}", row | {"r:diaObjectId": name})]


def _simbad(survey: Survey, name: str) -> Rows:
    return [(0, sesame(survey.sky.target(one["objectid"]), one)) for one in simbad(name)]


def _simbad_reverse(survey: Survey, name: str) -> Rows:
    return _summary(survey, name, ["f:main_label_crossmatch", "r:dec", "r:ra"])


def _ssodnet(survey: Survey, name: str) -> Rows:
    """One row per alert; an unknown name breaks the server."""
    one = known_by(name)
    if one is None:
        raise InternalServerError
    rows = body_table(survey.sky, one)
    names = ["r:diaSourceId", "r:packed_primary_provisional_designation", "r:ssObjectId", "f:sso_name"]
    order = np.argsort(rows["r:midpointMjdTai"])[::-1].tolist()
    return [(rows["r:diaSourceId"][row], {name: rows[name][row] for name in names}) for row in order]


def _ssodnet_reverse(survey: Survey, name: str) -> Rows:
    """One row: the newest alert, with all values as text."""
    return [
        (
            one.packed,
            {
                "r:diaSourceId": str(body_table(survey.sky, one)["r:diaSourceId"][-1]),
                "r:packed_primary_provisional_designation": one.packed,
                "r:ssObjectId": name,
                "r:unpacked_primary_provisional_designation": one.designation,
            },
        )
        for one in bodies()
        if str(one.number) == name
    ]


RESOLVERS = {
    "tns": (_tns, _tns_reverse),
    "simbad": (_simbad, _simbad_reverse),
    "ssodnet": (_ssodnet, _ssodnet_reverse),
}
