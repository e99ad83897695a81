# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The clock of a client, with its sleep and its random numbers, which tests can replace."""

from collections.abc import Callable
from dataclasses import dataclass
from random import random
from time import monotonic, sleep, time

__all__ = ["Clock"]


@dataclass(frozen=True)
class Clock:
    """The clock of a client, with its sleep and its random numbers.

    Parameters
    ----------
    now : callable
        Seconds of a clock that is never set back.
    time : callable
        Seconds since 1970.
    sleep : callable
        Wait for this number of seconds.
    random : callable
        A number between 0 and 1.
    """

    now: Callable[[], float] = monotonic
    time: Callable[[], float] = time
    sleep: Callable[[float], None] = sleep
    random: Callable[[], float] = random
