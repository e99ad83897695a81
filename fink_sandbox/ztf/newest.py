"""The newest alerts of a time range, as several endpoints return them."""

import numpy as np

from ..server.arguments import Payload, day
from ..server.pool import Pool

__all__ = ["DEFAULT_COUNT", "newest", "start_of"]

DEFAULT_COUNT = 10


def start_of(payload: Payload, name: str) -> float:
    """Julian date in an argument, by default long ago."""
    return day(payload[name]) if name in payload else -np.inf


def newest(pool: Pool, chosen: np.ndarray, start: float, stop: float, count: int) -> np.ndarray:
    """Rows of the newest chosen alerts, by time and id."""
    jd = pool.array("i:jd", float)
    rows = np.flatnonzero(chosen & (jd >= start) & (jd < stop))
    order = np.lexsort((pool.array("i:objectId")[rows], jd[rows]))[::-1]
    return rows[order[:count]]
