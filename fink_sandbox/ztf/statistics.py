"""The endpoint ``statistics``: numbers of alerts, night by night."""

from astropy.time import Time
from werkzeug.wrappers import Response

from ..server.arguments import Payload, send
from ..server.tables import Answer
from ..sky.chance import generator
from .columns import requested
from .survey import Survey

__all__ = ["statistics"]

KEYS = ["key:key", "key:time"]
NOON = 0.5  # days from midnight to the time of a night's numbers


def statistics(survey: Survey, payload: Payload) -> Response:
    """Return the numbers of the nights whose dates begin with ``date``, as text."""
    sky = survey.sky
    midnights = sky.cadence.clear_midnights
    dates = Time(midnights, format="jd").strftime("%Y%m%d").tolist()
    rows = [
        _night(sky.seed, date, midnight)
        for date, midnight in zip(dates, midnights.tolist(), strict=True)
        if date.startswith(str(payload["date"]))
    ]
    if str(payload.get("schema")) == "True":
        names = [name for name in _night(sky.seed, dates[0], midnights[0]) if name not in KEYS]
        return send(Answer({"schema": names}, list(range(len(names)))), payload)
    wanted = requested(payload)
    names = [name for name in (rows[0] if rows else ()) if wanted is None or name in [*wanted, *KEYS]]
    columns = {name: [row[name] for row in rows] for name in names}
    return send(Answer(columns, [row["key:key"] for row in rows]), payload)


def _night(seed: int, date: str, midnight: float) -> dict[str, str]:
    rng = generator(seed, date, "statistics")
    exposures, raw = int(rng.integers(300, 800)), int(rng.integers(60_000, 300_000))
    science = round(raw * rng.uniform(0.6, 0.75))
    green = round(science * rng.uniform(0.4, 0.5))
    numbers = {
        "basic:raw": raw,
        "basic:sci": science,
        "basic:n_g": green,
        "basic:n_r": science - green,
        "basic:exposures": exposures,
        "basic:fields": exposures - int(rng.integers(20, 100)),
        "class:Unknown": round(science * rng.uniform(0.3, 0.4)),
        "class:SN candidate": int(rng.integers(50, 250)),
        "basic:date": date,
        "key:key": f"ztf_{date}",
        "key:time": round((midnight + NOON - 2440587.5) * 86_400_000),
    }
    return {name: str(value) for name, value in numbers.items()}
