"""The history of one object in ZTF and Fink: alerts, upper limits and detections of bad quality."""

from dataclasses import dataclass

import numpy as np

from ..server.tables import Columns
from ..sky.detections import detect
from ..sky.observe import Photometry
from ..sky.targets import Target
from .added import added
from .alerts import Alerts, alert_columns, filter_numbers, measure
from .columns import COLUMNS
from .science import science

__all__ = ["History", "history"]

LIMIT_COLUMNS = ["i:objectId", "i:jd", "i:fid", "i:diffmaglim"]
BAD_COLUMNS = [*LIMIT_COLUMNS, "i:magpsf", "i:sigmapsf", "i:magnr", "i:sigmagnr", "i:distnr", "i:isdiffpos"]
HISTORY_DAYS = 30.0


@dataclass(frozen=True)
class History:
    """Tables of one object, oldest row first."""

    alerts: Alerts  # from which the cutouts are drawn
    valid: Columns  # the alerts, with all columns
    upperlim: Columns  # here and below, numbers other than the time are text
    badquality: Columns


def history(target: Target) -> History:
    """Everything about one object."""
    found = detect(target)
    jd = found.photometry.visits.jd
    alerts = measure(target, found.photometry.select(found.valid))
    recent = _before_an_alert(jd, alerts.jd)
    detections = jd[found.valid | (found.bad & recent)]
    limits = found.photometry.select(found.limits)
    columns = alert_columns(target, alerts, detections, jd)
    columns |= science(target, alerts, columns, limits) | added(target, columns)
    return History(
        alerts,
        {name: columns[name] for name in COLUMNS},
        _limit_table(target, found.photometry.select(found.limits & recent)),
        _bad_table(target, found.photometry.select(found.bad & recent)),
    )


def _before_an_alert(jd: np.ndarray, alert_jd: np.ndarray) -> np.ndarray:
    """Mask of the times that are in an alert's history, the thirty days before it."""
    following = np.append(alert_jd, np.inf)[np.searchsorted(alert_jd, jd)]
    return following - jd < HISTORY_DAYS


def _limit_table(target: Target, photometry: Photometry) -> Columns:
    visits = photometry.visits
    return {
        "i:objectId": [target.objectid] * visits.jd.size,
        "i:jd": visits.jd.tolist(),
        "i:fid": [str(number) for number in filter_numbers(visits.band).tolist()],
        "i:diffmaglim": [f"{depth:.4f}" for depth in visits.depth.tolist()],
    }


def _bad_table(target: Target, photometry: Photometry) -> Columns:
    if photometry.flux.size == 0:
        return {name: [] for name in BAD_COLUMNS}
    jd = photometry.visits.jd
    columns = alert_columns(target, measure(target, photometry), jd, jd)
    table = {name: [str(value) for value in columns[name]] for name in BAD_COLUMNS}
    return table | {"i:jd": columns["i:jd"]}
