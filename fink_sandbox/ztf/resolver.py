"""The endpoint ``resolver``: names of objects in other catalogues, and objects by name."""

from typing import Any

from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from ..server.arguments import Payload, number, send
from ..server.tables import Answer
from ..sky.moving_objects import asteroids
from ..sky.names import sesame, simbad, tns
from .survey import Survey

__all__ = ["resolver"]

DEFAULT_COUNT = 10
MATCHED = ["i:objectId", "d:cdsxmatch", "i:ra", "i:dec", "i:candid", "i:jd"]
Rows = list[tuple[Any, dict[str, Any]]]  # label and cells


def resolver(survey: Survey, payload: Payload) -> Response:
    """Resolve a name, or with JSON's true as ``reverse`` an object id."""
    if payload["resolver"] not in RESOLVERS:
        raise InternalServerError
    resolve = RESOLVERS[payload["resolver"]][payload.get("reverse") is True]
    rows = resolve(survey, payload["name"], int(number(payload, "nmax", DEFAULT_COUNT)))
    names = list(rows[0][1]) if rows else []
    columns = {name: [row[name] for _, row in rows] for name in names}
    return send(Answer(columns, [key for key, _ in rows]), payload)


def _tns(survey: Survey, name: str, nmax: int) -> Rows:
    """Objects whose names begin with `name`, in order of the names."""
    return [pair for pair in _tns_rows(survey) if pair[0].startswith(name.lower())][:nmax]


def _tns_reverse(survey: Survey, name: str, nmax: int) -> Rows:
    return [pair for pair in _tns_rows(survey) if f"_{name.lower()}" in pair[0]][:nmax]


def _tns_rows(survey: Survey) -> Rows:
    rows = []
    for one in tns():
        target = survey.sky.target(one["internalname"])
        row = {
            "d:fullname": one["fullname"],
            "d:ra": f"{target.ra:.6f}",
            "d:declination": f"{target.dec:.6f}",
        }
        row |= {f"d:{name}": one[name] for name in ("type", "redshift", "internalname")}
        rows.append((f"{one['fullname']}_{one['internalname']}".lower(), row))
    return rows


def _simbad(survey: Survey, name: str, nmax: int) -> Rows:
    return [(0, sesame(survey.sky.target(one["objectid"]), one)) for one in simbad(name)]


def _simbad_reverse(survey: Survey, name: str, nmax: int) -> Rows:
    """Crossmatches of the alerts of an object; all values are text."""
    rows: Rows = []
    for objectid in survey.sky.beginning_with(name):
        valid = survey.history(objectid).valid
        alerts = zip(*(valid[column] for column in MATCHED), strict=True)
        rows += [
            (f"{alert[0]}_{alert[-1]}", dict(zip(MATCHED, map(str, alert), strict=True))) for alert in alerts
        ]
    return rows[:nmax]


def _ssodnet(survey: Survey, name: str, nmax: int) -> Rows:
    """Asteroids whose name or number begins with `name`, or is `name` for ``nmax=1``."""
    wanted = name.lower()
    rows = [pair for pair in _ssodnet_rows() if pair[0].startswith(f"{wanted}@" if nmax == 1 else wanted)]
    return rows if nmax == 1 else rows[:nmax]


def _ssodnet_reverse(survey: Survey, name: str, nmax: int) -> Rows:
    ids = survey.sky.beginning_with(name)[:nmax]
    names = {ssnamenr for objectid in ids for ssnamenr in survey.history(objectid).valid["i:ssnamenr"]}
    return [
        (key, row)
        for key, row in _ssodnet_rows()
        if row["i:ssnamenr"] in names and key.startswith(f"{row['i:name'].lower()}@")
    ]


def _ssodnet_rows() -> Rows:
    rows = []
    for body in asteroids():
        number_ = "" if body.number is None else str(body.number)
        for word in filter(None, [body.name, number_]):
            for count, ssnamenr in enumerate(body.ssnamenr):
                row = {"i:ssnamenr": ssnamenr, "i:name": body.name, "i:number": number_}
                rows.append((f"{word.lower()}@{count}", row))
    return sorted(rows, key=lambda pair: pair[0])


RESOLVERS = {
    "tns": (_tns, _tns_reverse),
    "simbad": (_simbad, _simbad_reverse),
    "ssodnet": (_ssodnet, _ssodnet_reverse),
}
