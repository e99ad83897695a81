"""Random numbers that depend only on the seed and on names, so that every process draws the same."""

from collections.abc import Mapping
from zlib import crc32

import numpy as np

__all__ = ["draw", "draw_columns", "generator"]


def generator(seed: int, *names: str) -> np.random.Generator:
    """Random generator for one purpose, for example an object id and ``"visits"``."""
    return np.random.default_rng([seed, *(crc32(name.encode()) for name in names)])


def draw(
    rng: np.random.Generator, low: float, high: float, decimals: int | None = None, size: int | None = None
) -> np.ndarray:
    """Draw numbers from a range; without decimals they are integers."""
    if decimals is None:
        return np.asarray(rng.integers(int(low), int(high), size=size))
    return np.asarray(np.round(rng.uniform(low, high, size), decimals))


def draw_columns(rng: np.random.Generator, n: int, plan: Mapping[str, Mapping]) -> dict:
    """
    Draw columns that mean little in a simulation, from a plan.

    The plan has constants, and ranges per object and per alert: ``[low, high, decimals]``, where numbers
    without decimals are integers.
    """
    columns = {name: [value] * n for name, value in plan["constant"].items()}
    columns |= {name: [draw(rng, *limits).item()] * n for name, limits in plan["object"].items()}
    columns |= {name: draw(rng, *limits, size=n) for name, limits in plan["alert"].items()}
    return columns
