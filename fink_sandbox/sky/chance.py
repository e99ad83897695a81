"""Random numbers that depend on the seed and on names only, so that every process draws the same."""

from zlib import crc32

import numpy as np

__all__ = ["generator"]


def generator(seed, *names):
    """
    Random generator of one purpose.

    Parameters
    ----------
    seed : int
        Seed of the simulated sky.
    *names : str
        What the numbers are for, for example an object id and ``"visits"``.

    Returns
    -------
    `numpy.random.Generator`
    """
    return np.random.default_rng([seed, *(crc32(name.encode()) for name in names)])
