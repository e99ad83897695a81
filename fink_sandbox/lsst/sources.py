"""The endpoints ``sources``, ``objects`` and ``fp``: what there is of objects whose numbers are known."""

from werkzeug.exceptions import InternalServerError

from ..server.tables import stack
from .alerts import keys
from .columns import (
    EVERYWHERE,
    KINDS,
    asked,
    chosen,
)
from .responses import newest_first, selected, send

__all__ = ["forced", "objects", "sources"]


def sources(survey, payload):
    """
    Answer a question about alerts of objects.

    Parameters
    ----------
    survey : `~fink_sandbox.lsst.survey.Survey`
    payload : dict
        The arguments of the request.

    Returns
    -------
    `werkzeug.wrappers.Response`
    """
    histories = _found(survey, payload["diaObjectId"])
    rows = [(name, one.sources) for name, one in histories]
    return send(newest_first(_answer(rows, "sources", payload, _beginning(payload))), payload)


def objects(survey, payload):
    """
    Answer a question about objects, one row each, in the order of the numbers given.

    Parameters
    ----------
    survey : `~fink_sandbox.lsst.survey.Survey`
    payload : dict
        The arguments of the request.

    Returns
    -------
    `werkzeug.wrappers.Response`
    """
    rows = [(name, one.summary) for name, one in _found(survey, payload["diaObjectId"])]
    return send(_answer(rows, "objects", payload), payload)


def forced(survey, payload):
    """
    Answer a question about forced photometry.

    Parameters
    ----------
    survey : `~fink_sandbox.lsst.survey.Survey`
    payload : dict
        The arguments of the request.

    Returns
    -------
    `werkzeug.wrappers.Response`
    """
    rows = [(name, one.forced) for name, one in _found(survey, payload["diaObjectId"])]
    return send(newest_first(_answer(rows, "fp", payload)), payload)


def _found(survey, ids):
    """
    Objects with one of the numbers. A list is cut at the commas and stripped, a single number is not.

    Numbers must be text; a list in JSON finds nothing.
    """
    if isinstance(ids, list):
        return []
    if not isinstance(ids, str):
        raise InternalServerError
    names = [one.strip() for one in ids.split(",")] if "," in ids else [ids]
    targets = survey.targets
    found = [(name, survey.history(name)) for name in dict.fromkeys(names) if name in targets]
    return [(name, one) for name, one in found if one is not None]


def _beginning(payload):
    """With which digits the time of the wanted rows begins; not heeded beside a list."""
    if "midpointMjdTai" not in payload or "," in payload["diaObjectId"]:
        return ""
    return str(payload["midpointMjdTai"])


def _answer(tables, name, payload, beginning=""):
    """Chosen columns of the rows whose time begins so."""
    wanted = asked(payload)
    names = chosen(wanted, KINDS[name])
    index = [key for number, rows in tables for key in _keys(number, rows)]
    kept = [row for row, key in enumerate(index) if key.rpartition("_")[2].startswith(beginning)]
    columns = stack([{one: rows[one] for one in names} for _, rows in tables])
    columns = {one: [cells[row] for row in kept] for one, cells in columns.items()}
    return selected(columns, [index[row] for row in kept], wanted is EVERYWHERE)


def _keys(number, rows):
    """Of the database; an object has one row, so its time is not in the key."""
    if "r:midpointMjdTai" in rows:
        return keys(number, rows["r:midpointMjdTai"])
    return [f"{number[-3:]}_{number}"]
