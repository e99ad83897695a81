"""The endpoint ``resolver``: what an object is called elsewhere, and which alerts have a name."""

from astropy.coordinates import Angle
from werkzeug.exceptions import InternalServerError

from ..data import load
from ..server.arguments import number, send
from ..server.tables import Answer
from ..sky.moving_objects import asteroids

__all__ = ["resolver", "sesame"]

NAMES = load("names.json")
DEFAULT_COUNT = 10
MATCHED = ["i:objectId", "d:cdsxmatch", "i:ra", "i:dec", "i:candid", "i:jd"]


def resolver(sky, payload):
    """
    Answer a question about names; ``reverse`` asks by the id of an object, and is heard only as JSON's true.

    Parameters
    ----------
    sky : `~fink_sandbox.Sky`
    payload : dict
        The arguments of the request.

    Returns
    -------
    `werkzeug.wrappers.Response`
    """
    if payload["resolver"] not in RESOLVERS:
        raise InternalServerError
    ask = RESOLVERS[payload["resolver"]][payload.get("reverse") is True]
    rows = ask(sky, payload["name"], int(number(payload, "nmax", DEFAULT_COUNT)))
    names = list(rows[0][1]) if rows else []
    columns = {name: [row[name] for _, row in rows] for name in names}
    return send(Answer(columns, [key for key, _ in rows]), payload)


def _tns(sky, name, nmax):
    """Names that begin so, in the order of the names; no name, all of them."""
    return [pair for pair in _tns_rows(sky) if pair[0].startswith(name.lower())][:nmax]


def _tns_reverse(sky, name, nmax):
    return [pair for pair in _tns_rows(sky) if f"_{name.lower()}" in pair[0]][:nmax]


def _tns_rows(sky):
    rows = []
    for one in NAMES["tns"]:
        target = sky.target(one["internalname"])
        row = {
            "d:fullname": one["fullname"],
            "d:ra": f"{target.ra:.6f}",
            "d:declination": f"{target.dec:.6f}",
        }
        row |= {f"d:{name}": one[name] for name in ("type", "redshift", "internalname")}
        rows.append((f"{one['fullname']}_{one['internalname']}".lower(), row))
    return rows


def _simbad(sky, name, nmax):
    """One object at most, by its whole name, in the words of the name service Sesame."""
    found = [one for one in NAMES["simbad"] if one["oname"].lower() == name.strip().lower()]
    return [(0, sesame(sky.target(one["objectid"]), one)) for one in found]


def sesame(target, one):
    """What the name service tells of an object."""
    hours = Angle(target.ra, "deg").to_string("hourangle", sep=":", precision=2, pad=True)
    degrees = Angle(target.dec, "deg").to_string("deg", sep=":", precision=1, pad=True, alwayssign=True)
    return {
        "name": "S=Simbad (simulated)",
        "oid": one["oid"],
        "oname": one["oname"],
        "otype": one["otype"],
        "jpos": f"{hours} {degrees}",
        "jradeg": target.ra,
        "jdedeg": target.dec,
        "refPos": "2099simulated",
        "z": one["z"],
        "nrefs": one["nrefs"],
    }


def _simbad_reverse(sky, name, nmax):
    """What the alerts of an object were matched with; all values are text."""
    rows = []
    for objectid in sky.beginning_with(name):
        valid = sky.history(objectid).valid
        alerts = zip(*(valid[column] for column in MATCHED), strict=True)
        rows += [
            (f"{alert[0]}_{alert[-1]}", dict(zip(MATCHED, map(str, alert), strict=True))) for alert in alerts
        ]
    return rows[:nmax]


def _ssodnet(sky, name, nmax):
    """Asteroids whose name or number begins so; for one match only, those that are called just so."""
    wanted = name.lower()
    rows = [pair for pair in _ssodnet_rows() if pair[0].startswith(f"{wanted}@" if nmax == 1 else wanted)]
    return rows if nmax == 1 else rows[:nmax]


def _ssodnet_reverse(sky, name, nmax):
    ids = sky.beginning_with(name)[:nmax]
    called = {number for objectid in ids for number in sky.history(objectid).valid["i:ssnamenr"]}
    return [
        (key, row)
        for key, row in _ssodnet_rows()
        if row["i:ssnamenr"] in called and key.startswith(f"{row['i:name'].lower()}@")
    ]


def _ssodnet_rows():
    rows = []
    for body in asteroids():
        number = "" if body.number is None else str(body.number)
        for word in filter(None, [body.name, number]):
            for count, ssnamenr in enumerate(body.ssnamenr):
                row = {"i:ssnamenr": ssnamenr, "i:name": body.name, "i:number": number}
                rows.append((f"{word.lower()}@{count}", row))
    return sorted(rows, key=lambda pair: pair[0])


RESOLVERS = {
    "tns": (_tns, _tns_reverse),
    "simbad": (_simbad, _simbad_reverse),
    "ssodnet": (_ssodnet, _ssodnet_reverse),
}
