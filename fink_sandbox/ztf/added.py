"""The values that the server computes for a response (family ``v:``)."""

from collections.abc import Iterable

import numpy as np
from astropy.time import Time

from ..server.tables import Columns
from ..sky.targets import Target
from .alerts import FILTERS
from .science import KINDS

__all__ = ["added"]


def added(target: Target, columns: Columns) -> Columns:
    """All ``v:`` columns of the alerts of one object, from the ``i:`` columns."""
    jd, start = np.array(columns["i:jd"]), np.array(columns["i:jdstarthist"])
    rates = _rates(columns) | _colours(columns)
    return {
        "v:classification": _classes(target.kind, jd.size),
        **{name: values.tolist() for name, values in rates.items()},
        "v:lastdate": _dates(jd),
        "v:firstdate": _dates(start[:1]) * jd.size,
        "v:lapse": (jd - start).tolist(),
        "v:constellation": [target.constellation] * jd.size,
    }


def _dates(jd: np.ndarray) -> list[str]:
    return Time(jd, format="jd").iso.tolist()


def _classes(kind: str, n: int) -> list[str]:
    """The class of every alert; young supernovae have a class of their own."""
    early, late = KINDS[kind]["early"], KINDS[kind]["class"]
    return [early] * min(n, 9) + [late] * (n - 9)


def _rates(columns: Columns) -> dict[str, np.ndarray]:
    jd, mag, sigma = (np.array(columns[name]) for name in ("i:jd", "i:magpsf", "i:sigmapsf"))
    rate, error = np.full((2, jd.size), np.nan)
    for fid in FILTERS.values():
        here = np.flatnonzero(np.array(columns["i:fid"]) == fid)
        lapse = np.diff(jd[here])
        rate[here[1:]] = np.diff(mag[here]) / lapse
        error[here[1:]] = np.hypot(sigma[here[1:]], sigma[here[:-1]]) / lapse
    return {"v:rate": rate, "v:sigma(rate)": error}


def _colours(columns: Columns) -> dict[str, np.ndarray]:
    """Colour g-r of the nights with both bands, and its rate of change."""
    night = np.array(columns["i:nid"])
    g, r = (_by_night(columns, FILTERS[band]) for band in "gr")
    both = sorted(g.keys() & r.keys())
    value = np.array([g[one][0] - r[one][0] for one in both])
    error = np.array([np.hypot(g[one][1], r[one][1]) for one in both])
    lapse = np.diff(both)
    measured = {
        "v:g-r": value,
        "v:sigma(g-r)": error,
        "v:rate(g-r)": [np.nan, *np.diff(value) / lapse],
        "v:sigma(rate(g-r))": [np.nan, *np.hypot(error[1:], error[:-1]) / lapse],
    }
    return {name: _spread(night, both, values) for name, values in measured.items()}


def _by_night(columns: Columns, fid: int) -> dict[int, tuple[float, float]]:
    rows = zip(columns["i:nid"], columns["i:fid"], columns["i:magpsf"], columns["i:sigmapsf"], strict=True)
    return {night: (mag, sigma) for night, band, mag, sigma in rows if band == fid}


def _spread(night: np.ndarray, both: list[int], values: Iterable[float]) -> np.ndarray:
    """For each alert the value of its night, NaN if it has none."""
    known = dict(zip(both, values, strict=False))
    return np.array([known.get(one, np.nan) for one in night.tolist()], dtype=float)
