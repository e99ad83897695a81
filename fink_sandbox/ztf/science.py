"""The values of Fink's science modules (family ``d:``)."""

import numpy as np

from ..data import load
from .alerts import FILTERS, drawn
from .features import NOT_COMPUTED, features

__all__ = ["KINDS", "science"]

KINDS = load("ztf_kinds.json")
COMMON = load("ztf_science.json")
HISTORY_DAYS = 30.0
ENOUGH_FOR_A_SCORE = 4
LOW_STATE, HIGH_STATE = 0.25, 0.9  # share of the alerts that are fainter


def science(target, alerts, packet, limits):
    """
    All ``d:`` columns of the alerts.

    Parameters
    ----------
    target : `~fink_sandbox.sky.sky.Target`
    alerts : `~fink_sandbox.ztf.packets.Alerts`
    packet : dict of str to list
        The ``i:`` columns.
    limits : `~fink_sandbox.sky.observe.Photometry`
        Visits without detection.

    Returns
    -------
    dict of str to list
    """
    n = alerts.jd.size
    columns = drawn(target.generator("modules"), n, COMMON)
    columns |= {name: [value] * n for name, value in KINDS[target.kind]["columns"].items()}
    columns |= {f"d:lc_features_{band}": _feature_texts(band, packet) for band in "gr"}
    columns |= _rates(packet, limits)
    columns |= _first_detection(packet)
    if target.kind == "blazar":
        columns |= _states(packet)
    columns["d:nalerthist"] = _recent(alerts.jd)
    columns["d:anomaly_score"] = _scores(columns["d:anomaly_score"], alerts.fid)
    return {name: np.asarray(values).tolist() for name, values in columns.items()}


def _states(packet):
    """Brightness in units of the low and of the high state, now and before."""
    light = 10 ** (-0.4 * np.array(packet["i:magpsf"]))
    low, high = np.quantile(light, [LOW_STATE, HIGH_STATE])
    before = np.concatenate([light[:1], light[:-1]])
    return {
        "d:blazar_stats_m0": before / low,
        "d:blazar_stats_m1": (light + before) / 2 / low,
        "d:blazar_stats_m2": light / low,
        "d:blazar_stats_instantness_low": light / low,
        "d:blazar_stats_robustness_low": (light + before) / 2 / low,
        "d:blazar_stats_instantness_high": light / high,
        "d:blazar_stats_robustness_high": (light + before) / 2 / high,
    }


def _recent(jd):
    return np.arange(jd.size) + 1 - np.searchsorted(jd, jd - HISTORY_DAYS)


def _scores(scores, fid):
    """No score before one of the two bands has enough alerts."""
    counts = np.maximum(np.cumsum(fid == FILTERS["g"]), np.cumsum(fid == FILTERS["r"]))
    enough = counts >= ENOUGH_FOR_A_SCORE
    return [score if known else None for score, known in zip(scores.tolist(), enough, strict=True)]


def _feature_texts(band, packet):
    """None before the first point of the band, then features of one point, then of the light curve."""
    here = np.array(packet["i:fid"]) == FILTERS[band]
    curve = [np.array(packet[name])[here] for name in ("i:jd", "i:magpsf", "i:sigmapsf")]
    texts = [NOT_COMPUTED]
    if here.any():
        texts += [features(*(values[:1] for values in curve)), features(*curve)]
    count = np.cumsum(here)
    state = (count >= 1).astype(int) + (count >= ENOUGH_FOR_A_SCORE)
    return [texts[one] for one in state.tolist()]


def _first_detection(packet):
    start, first = np.array(packet["i:jdstarthist"]), packet["i:jd"][0]
    return {"d:jd_first_real_det": [first] * start.size, "d:jdstarthist_dt": np.round(first - start, 7)}


def _rates(packet, limits):
    """Change of magnitude since the last detection or upper limit of the same band."""
    jd, fid = np.array(packet["i:jd"]), np.array(packet["i:fid"])
    points = [jd, fid, np.array(packet["i:magpsf"]), np.array(packet["i:sigmapsf"]), np.zeros(jd.size)]
    n = limits.visits.jd.size
    fainter = [limits.visits.jd, _fid(limits), limits.visits.depth, np.full(n, 0.2), np.ones(n)]
    jd, fid, mag, sigma, upper = (np.concatenate(pair) for pair in zip(points, fainter, strict=True))
    previous = _previous(jd, fid)[: len(packet["i:jd"])]
    known = previous >= 0
    row = np.arange(previous.size)
    lapse = np.where(known, jd[row] - jd[previous], np.nan)
    rate = (mag[row] - mag[previous]) / lapse
    error = np.hypot(sigma[row], sigma[previous]) / lapse
    return {
        "d:mag_rate": rate,
        "d:sigma_rate": error,
        "d:lower_rate": rate - 1.645 * error,
        "d:upper_rate": rate + 1.645 * error,
        "d:delta_time": lapse,
        "d:from_upper": known & (upper[previous] > 0),
    }


def _fid(photometry):
    return np.array([FILTERS[band] for band in photometry.visits.band.tolist()], dtype=int)


def _previous(jd, fid):
    """Index of the one before in time of the same band, -1 where there is none."""
    previous = np.full(jd.size, -1)
    for number in FILTERS.values():
        here = np.flatnonzero(fid == number)
        here = here[jd[here].argsort()]
        previous[here[1:]] = here[:-1]
    return previous
