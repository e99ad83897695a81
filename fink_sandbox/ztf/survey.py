"""The history of one object as ZTF and Fink tell it: alerts, upper limits and detections of bad quality."""

from dataclasses import dataclass

import numpy as np

from ..data import load
from ..sky.observe import Photometry
from .added import added
from .alerts import (
    FILTERS,
    Alerts,
    candidate,
    measure,
)
from .science import science

__all__ = ["COLUMNS", "History", "has_enough_alerts", "history"]

COLUMNS = load("ztf_columns.json")
LIMIT_COLUMNS = ["i:objectId", "i:jd", "i:fid", "i:diffmaglim"]
BAD_COLUMNS = [*LIMIT_COLUMNS, "i:magpsf", "i:sigmapsf", "i:magnr", "i:sigmagnr", "i:distnr", "i:isdiffpos"]
HISTORY_DAYS = 30.0
MARGINAL = 3.5
SPOILED = 0.03
HIGHEST_DENSITY = 256


@dataclass(frozen=True)
class History:
    """
    Three tables, each a dict of lists, oldest row first.

    Attributes
    ----------
    alerts : `~fink_sandbox.ztf.packets.Alerts`
        What the stamps are drawn from.
    valid : dict
        The alerts, with all columns.
    upperlim, badquality : dict
        Numbers are text in these two, but for the time.
    """

    alerts: Alerts
    valid: dict
    upperlim: dict
    badquality: dict


@dataclass(frozen=True)
class _Sorted:
    """Masks over the visits of one object."""

    photometry: Photometry
    valid: np.ndarray
    bad: np.ndarray

    @property
    def limits(self):
        return ~self.valid & ~self.bad


def history(target):
    """
    Everything about one object.

    Parameters
    ----------
    target : `~fink_sandbox.sky.sky.Target`

    Returns
    -------
    History
    """
    found = _enough(target)
    jd = found.photometry.visits.jd
    alerts = measure(target, found.photometry.select(found.valid))
    recent = _before_an_alert(jd, alerts.jd)
    detections = jd[found.valid | (found.bad & recent)]
    limits = found.photometry.select(found.limits)
    packet = candidate(target, alerts, detections, jd)
    columns = packet | science(target, alerts, packet, limits) | added(target, packet)
    return History(
        alerts,
        {name: columns[name] for name in COLUMNS},
        _limit_table(target, found.photometry.select(found.limits & recent)),
        _bad_table(target, found.photometry.select(found.bad & recent)),
    )


def has_enough_alerts(target):
    """
    Whether the survey, however dense, finds as many alerts as the target is to have, and at least one.

    Parameters
    ----------
    target : `~fink_sandbox.sky.sky.Target`

    Returns
    -------
    bool
    """
    return bool(_enough(target).valid.sum() >= (target.wanted or 1))


def _enough(target):
    """The visits of a survey dense enough for the wanted number of alerts, cut after the last of them."""
    density = 1
    found = _sort(target, density)
    while found.valid.sum() < (target.wanted or 1) and density < HIGHEST_DENSITY:
        density *= 2
        found = _sort(target, density)
    if target.wanted is None:
        return found
    surplus = np.cumsum(found.valid) > target.wanted
    return _Sorted(found.photometry, found.valid & ~surplus, found.bad & ~surplus)


def _sort(target, density):
    photometry = target.observe(density)
    chance = target.generator(f"quality {density}").random(photometry.flux.size)
    spoiled = chance < SPOILED * (1 + (photometry.visits.seeing > 3))
    valid = photometry.detected() & ~spoiled
    marginal = (photometry.significance > MARGINAL) & (chance < 0.5) & (photometry.flux > 0)
    return _Sorted(photometry, valid, ~valid & ((photometry.detected() & spoiled) | marginal))


def _before_an_alert(jd, alert_jd):
    """Which times an alert packet still tells of: the thirty days before an alert."""
    following = np.append(alert_jd, np.inf)[np.searchsorted(alert_jd, jd)]
    return following - jd < HISTORY_DAYS


def _limit_table(target, photometry):
    visits = photometry.visits
    return {
        "i:objectId": [target.objectid] * visits.jd.size,
        "i:jd": visits.jd.tolist(),
        "i:fid": [str(FILTERS[band]) for band in visits.band.tolist()],
        "i:diffmaglim": [f"{depth:.4f}" for depth in visits.depth.tolist()],
    }


def _bad_table(target, photometry):
    if photometry.flux.size == 0:
        return {name: [] for name in BAD_COLUMNS}
    packet = candidate(target, measure(target, photometry), photometry.visits.jd, photometry.visits.jd)
    table = {name: [str(value) for value in packet[name]] for name in BAD_COLUMNS}
    return table | {"i:jd": packet["i:jd"]}
