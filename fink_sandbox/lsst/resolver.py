"""The endpoint ``resolver``: what an object is called elsewhere, and which objects have a name."""

import numpy as np
from werkzeug.exceptions import InternalServerError

from ..data import load
from ..server.tables import Answer
from ..ztf.resolver import sesame
from .bodies import bodies, body_table, known_by
from .responses import send
from .science import tns_names

__all__ = ["resolver"]

DEFAULT_COUNT = 10
SYNONYMS = load("lsst_objects.json")["tns"]
DISCOVERED = "2024-06-01 06:00:00.000"


def resolver(survey, payload):
    """
    Answer a question about names; ``reverse`` asks by number, and is heard only as JSON's true.

    Parameters
    ----------
    survey : `~fink_sandbox.lsst.survey.Survey`
    payload : dict
        The arguments of the request.

    Returns
    -------
    `werkzeug.wrappers.Response`
    """
    name, count = payload["name_or_id"], payload.get("nmax", DEFAULT_COUNT)
    if payload["resolver"] not in RESOLVERS or not isinstance(name, str) or not isinstance(count, int):
        raise InternalServerError
    ask = RESOLVERS[payload["resolver"]][payload.get("reverse") is True]
    rows = ask(survey, name)[: max(count, 0)]
    names = dict.fromkeys(column for _, row in rows for column in row)
    columns = {column: [row.get(column) for _, row in rows] for column in names}
    return send(Answer(columns, [key for key, _ in rows]), payload)


def _tns(survey, name):
    """
    Names that begin so, the word before the number included; no name, all of them.

    The key of a row begins with the last letter of the name, so that a name cut short finds nothing.
    """
    wanted = name.lower()
    beginning = f"{wanted[-1]}_{wanted}" if wanted else ""
    return [pair for pair in _tns_rows(survey) if pair[0].startswith(beginning)]


def _tns_rows(survey):
    rows = []
    for objectid, one in tns_names().items():
        target, fullname = survey.sky.target(objectid), one["fullname"]
        for internal in [objectid, *SYNONYMS[fullname]]:
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


def _tns_reverse(survey, name):
    """One row; of an object without name only its number."""
    return _summary(survey, name, ["f:xm_tns_fullname", "f:xm_tns_redshift", "f:xm_tns_type"])


def _summary(survey, name, columns):
    """What the newest alert of an object has of some columns, as text."""
    history = survey.history(name) if name in survey.targets else None
    if history is None:
        return []
    known = {one: history.summary[one][-1] for one in columns if one in history.summary}
    known |= {one: history.sources[one][-1] for one in columns if one not in known}
    row = {one: str(value) for one, value in known.items() if value is not None}
    return [(f"{name[-3:]}_{name}", row | {"r:diaObjectId": name})]


def _simbad(survey, name):
    """One object at most, by its whole name, in the words of the name service Sesame."""
    names = load("names.json")["simbad"]
    found = [one for one in names if one["oname"].lower() == name.strip().lower()]
    return [(0, sesame(survey.sky.target(one["objectid"]), one)) for one in found]


def _simbad_reverse(survey, name):
    return _summary(survey, name, ["f:main_label_crossmatch", "r:dec", "r:ra"])


def _ssodnet(survey, name):
    """One row an alert; a name that is not known breaks the server."""
    one = known_by(name)
    if one is None:
        raise InternalServerError
    rows = body_table(survey.sky, one)
    names = ["r:diaSourceId", "r:packed_primary_provisional_designation", "r:ssObjectId", "f:sso_name"]
    order = np.argsort(rows["r:midpointMjdTai"])[::-1].tolist()
    return [(rows["r:diaSourceId"][row], {name: rows[name][row] for name in names}) for row in order]


def _ssodnet_reverse(survey, name):
    """One row: the newest alert, all values being text."""
    found = [one for one in bodies() if str(one.number) == name]
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
        for one in found
    ]


RESOLVERS = {
    "tns": (_tns, _tns_reverse),
    "simbad": (_simbad, _simbad_reverse),
    "ssodnet": (_ssodnet, _ssodnet_reverse),
}
