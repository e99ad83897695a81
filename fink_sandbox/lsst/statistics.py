"""The endpoint ``statistics``: numbers of alerts, night by night."""

from astropy.time import Time
from werkzeug.exceptions import InternalServerError

from ..data import load
from ..server.tables import Answer
from ..sky.chance import generator
from .responses import send
from .visits import DEPTH

__all__ = ["statistics"]

NIGHT = "f:night"
SHARES = {"u": 0.04, "g": 0.14, "r": 0.27, "i": 0.28, "z": 0.19, "y": 0.08}
SAME_AS_ALERTS = ["glint_trail", "isDipole", "pixelFlags_cr", "pixelFlags_saturated", "pixelFlags_streak"]
UNDECODED = 0.05  # share of the nights on which one number is not decoded
VERSIONS = [name for name in load("lsst_alerts.json")["constant"] if name.endswith("_version")]


def statistics(survey, payload):
    """
    Answer a question about nights; all values are text, but for a zero that was not decoded.

    Parameters
    ----------
    survey : `~fink_sandbox.lsst.survey.Survey`
    payload : dict
        The arguments of the request.

    Returns
    -------
    `werkzeug.wrappers.Response`
    """
    if not isinstance(payload["date"], str) or not isinstance(payload.get("columns", "*"), str):
        raise InternalServerError
    dates = Time(survey.sky.cadence.clear_midnights - 0.9, format="jd").strftime("%Y%m%d").tolist()
    rows = [_night(survey.sky.seed, date) for date in dates if date.startswith(payload["date"])]
    names = _names(payload, rows)
    columns = {name: [row[name] for row in rows] for name in names}
    return send(Answer(columns, [row[NIGHT] for row in rows] if columns else []), payload)


def _names(payload, rows):
    """The night always comes, and comes last; blanks in the text are not forgiven."""
    wanted = payload.get("columns", "*")
    known = [name for name in (rows[0] if rows else ()) if name != NIGHT]
    if "*" in wanted:
        return [*known, NIGHT] if rows else []
    found = [name for name in known if name in wanted.split(",")]
    asked_for_night = NIGHT in wanted.split(",")
    return [*found, NIGHT] if " " not in wanted and (found or (asked_for_night and rows)) else []


def _night(seed, date):
    rng = generator(seed, date, "rubin statistics")
    alerts = int(rng.integers(200_000, 900_000))
    by_band = rng.multinomial(alerts, [SHARES[band] for band in DEPTH])
    numbers = {"alerts": alerts, "objects": round(alerts * 0.8), "visits": int(rng.integers(300, 900))}
    numbers |= {f"alerts_{band}": count for band, count in zip(DEPTH, by_band.tolist(), strict=True)}
    numbers |= dict.fromkeys(SAME_AS_ALERTS, alerts)
    numbers |= {
        "is_sso": round(alerts * rng.uniform(0.1, 0.3)),
        "is_first": round(alerts * rng.uniform(0.2, 0.4)),
        "is_cataloged": round(alerts * rng.uniform(0.4, 0.6)),
        "in_tns": int(rng.integers(5, 60)),
    }
    columns = {f"f:{name}": str(value) for name, value in numbers.items()}
    if rng.random() < UNDECODED:
        columns["f:in_tns"] = 0
    columns |= {name: load("lsst_alerts.json")["constant"][name] for name in VERSIONS}
    return dict(sorted(columns.items())) | {NIGHT: date}
