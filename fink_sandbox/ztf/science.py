"""The values of Fink's science modules (family ``d:``)."""

import numpy as np

from ..data import load
from ..server.tables import Columns
from ..sky.chance import draw_columns
from ..sky.observe import Photometry
from ..sky.targets import Target
from .alerts import FILTERS, Alerts, filter_numbers
from .columns import shortened
from .features import NOT_COMPUTED, features

__all__ = ["KINDS", "science"]

KINDS = load("ztf_kinds.json")
COMMON = load("ztf_science.json")
HISTORY_DAYS = 30.0
ENOUGH_FOR_A_SCORE = 4
LOW_STATE, HIGH_STATE = 0.25, 0.9  # share of the alerts that are fainter


def science(target: Target, alerts: Alerts, columns: Columns, limits: Photometry) -> Columns:
    """All ``d:`` columns, from the ``i:`` columns and the visits without a detection."""
    n = alerts.jd.size
    found = draw_columns(target.generator("modules"), n, COMMON)
    found |= {name: [value] * n for name, value in KINDS[target.kind]["columns"].items()}
    found |= {f"d:lc_features_{band}": _feature_texts(band, columns) for band in "gr"}
    found |= _rates(columns, limits)
    found |= _first_detection(columns)
    if target.kind == "blazar":
        found |= _states(columns)
    found["d:nalerthist"] = _recent(alerts.jd)
    found["d:anomaly_score"] = _scores(found["d:anomaly_score"], alerts.fid)
    return shortened({name: np.asarray(values).tolist() for name, values in found.items()})


def _states(columns: Columns) -> dict[str, np.ndarray]:
    """Brightness in units of the low and of the high state."""
    light = 10 ** (-0.4 * np.array(columns["i:magpsf"]))
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


def _recent(jd: np.ndarray) -> np.ndarray:
    return np.arange(jd.size) + 1 - np.searchsorted(jd, jd - HISTORY_DAYS)


def _scores(scores: np.ndarray, fid: np.ndarray) -> list[float | None]:
    """No score until one of the two bands has enough alerts."""
    counts = np.maximum(np.cumsum(fid == FILTERS["g"]), np.cumsum(fid == FILTERS["r"]))
    enough = counts >= ENOUGH_FOR_A_SCORE
    return [score if known else None for score, known in zip(scores.tolist(), enough, strict=True)]


def _feature_texts(band: str, columns: Columns) -> list[str]:
    """Features of each alert: none, those of one point, then those of the curve."""
    here = np.array(columns["i:fid"]) == FILTERS[band]
    curve = [np.array(columns[name])[here] for name in ("i:jd", "i:magpsf", "i:sigmapsf")]
    texts = [NOT_COMPUTED]
    if here.any():
        texts += [features(*(values[:1] for values in curve)), features(*curve)]
    count = np.cumsum(here)
    state = (count >= 1).astype(int) + (count >= ENOUGH_FOR_A_SCORE)
    return [texts[one] for one in state.tolist()]


def _first_detection(columns: Columns) -> dict:
    start, first = np.array(columns["i:jdstarthist"]), columns["i:jd"][0]
    return {"d:jd_first_real_det": [first] * start.size, "d:jdstarthist_dt": np.round(first - start, 7)}


def _rates(columns: Columns, limits: Photometry) -> dict[str, np.ndarray]:
    """Change of magnitude since the last detection or upper limit of the same band."""
    jd, fid = np.array(columns["i:jd"]), np.array(columns["i:fid"])
    points = [jd, fid, np.array(columns["i:magpsf"]), np.array(columns["i:sigmapsf"]), np.zeros(jd.size)]
    n = limits.visits.jd.size
    fainter = [
        limits.visits.jd,
        filter_numbers(limits.visits.band),
        limits.visits.depth,
        np.full(n, 0.2),
        np.ones(n),
    ]
    jd, fid, mag, sigma, upper = (np.concatenate(pair) for pair in zip(points, fainter, strict=True))
    previous = _previous(jd, fid)[: len(columns["i:jd"])]
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


def _previous(jd: np.ndarray, fid: np.ndarray) -> np.ndarray:
    """Index of the previous one in the same band, -1 for the first."""
    previous = np.full(jd.size, -1)
    for number in FILTERS.values():
        here = np.flatnonzero(fid == number)
        here = here[jd[here].argsort()]
        previous[here[1:]] = here[:-1]
    return previous
