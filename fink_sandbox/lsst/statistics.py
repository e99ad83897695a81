"""The endpoint ``statistics``: numbers of alerts, night by night."""

from typing import Any

from astropy.time import Time
from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from ..data import load
from ..server.arguments import Payload
from ..server.tables import Answer
from ..sky.chance import generator
from .responses import send
from .survey import Survey
from .versions import schema_versions
from .visits import DEPTH

__all__ = ["statistics"]

NIGHT = "f:night"
SHARES = {"u": 0.04, "g": 0.14, "r": 0.27, "i": 0.28, "z": 0.19, "y": 0.08}
SAME_AS_ALERTS = ["glint_trail", "isDipole", "pixelFlags_cr", "pixelFlags_saturated", "pixelFlags_streak"]
UNDECODED = 0.05  # share of the nights with one number that is not text
CONSTANTS = load("lsst_alerts.json")["constant"]
VERSIONS = {name: value for name, value in CONSTANTS.items() if name.endswith("_version")}


def statistics(survey: Survey, payload: Payload) -> Response:
    """Return the numbers of the nights whose dates begin with ``date``, as text."""
    if not isinstance(payload["date"], str) or not isinstance(payload.get("columns", "*"), str):
        raise InternalServerError
    dates = Time(survey.sky.cadence.clear_midnights - 0.9, format="jd").strftime("%Y%m%d").tolist()
    rows = [_night(survey.sky.seed, date) for date in dates if date.startswith(payload["date"])]
    names = _names(payload, rows)
    columns = {name: [row[name] for row in rows] for name in names}
    return send(Answer(columns, [row[NIGHT] for row in rows] if columns else []), payload)


def _names(payload: Payload, rows: list[dict[str, Any]]) -> list[str]:
    """Requested columns and the night; a blank in the text empties the response."""
    wanted = payload.get("columns", "*")
    known = [name for name in (rows[0] if rows else ()) if name != NIGHT]
    if "*" in wanted:
        return [*known, NIGHT] if rows else []
    found = [name for name in known if name in wanted.split(",")]
    with_night = NIGHT in wanted.split(",")
    return [*found, NIGHT] if " " not in wanted and (found or (with_night and rows)) else []


def _night(seed: int, date: str) -> dict[str, Any]:
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
    columns: dict[str, Any] = {f"f:{name}": str(value) for name, value in numbers.items()}
    if rng.random() < UNDECODED:
        columns["f:in_tns"] = 0
    (schema,) = schema_versions(Time([f"{date[:4]}-{date[4:6]}-{date[6:]}"]).mjd)
    columns |= VERSIONS | {"f:lsst_schema_version": schema}
    return dict(sorted(columns.items())) | {NIGHT: date}
