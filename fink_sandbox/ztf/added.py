"""The values that the server computes while it answers (family ``v:``)."""

import numpy as np
from astropy.time import Time

from .alerts import FILTERS
from .science import KINDS

__all__ = ["added"]


def added(target, packet):
    """
    All ``v:`` columns of the alerts of one object, oldest first.

    Parameters
    ----------
    target : `~fink_sandbox.sky.sky.Target`
    packet : dict of str to list
        The ``i:`` columns.

    Returns
    -------
    dict of str to list
    """
    jd, start = np.array(packet["i:jd"]), np.array(packet["i:jdstarthist"])
    columns = _rates(packet) | _colours(packet)
    return {
        "v:classification": _classes(target.kind, jd.size),
        **{name: values.tolist() for name, values in columns.items()},
        "v:lastdate": _dates(jd),
        "v:firstdate": _dates(start[:1]) * jd.size,
        "v:lapse": (jd - start).tolist(),
        "v:constellation": [target.constellation] * jd.size,
    }


def _dates(jd):
    return Time(jd, format="jd").iso.tolist()


def _classes(kind, n):
    """The class of every alert; young supernovae have a class of their own."""
    early, late = KINDS[kind]["early"], KINDS[kind]["class"]
    return [early] * min(n, 9) + [late] * (n - 9)


def _rates(packet):
    jd, mag, sigma = (np.array(packet[name]) for name in ("i:jd", "i:magpsf", "i:sigmapsf"))
    rate, error = np.full((2, jd.size), np.nan)
    for fid in FILTERS.values():
        here = np.flatnonzero(np.array(packet["i:fid"]) == fid)
        lapse = np.diff(jd[here])
        rate[here[1:]] = np.diff(mag[here]) / lapse
        error[here[1:]] = np.hypot(sigma[here[1:]], sigma[here[:-1]]) / lapse
    return {"v:rate": rate, "v:sigma(rate)": error}


def _colours(packet):
    """g-r on the nights that have both, and how it changed since the last such night."""
    night = np.array(packet["i:nid"])
    g, r = (_by_night(packet, FILTERS[band]) for band in "gr")
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


def _by_night(packet, fid):
    rows = zip(packet["i:nid"], packet["i:fid"], packet["i:magpsf"], packet["i:sigmapsf"], strict=True)
    return {night: (mag, sigma) for night, band, mag, sigma in rows if band == fid}


def _spread(night, both, values):
    """Values of some nights to all alerts of those nights, NaN elsewhere."""
    known = dict(zip(both, values, strict=False))
    return np.array([known.get(one, np.nan) for one in night.tolist()], dtype=float)
