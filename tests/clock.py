# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A clock that a test sets and that waits without taking time."""

__all__ = ["FakeClock"]


class FakeClock:
    """Stands still until the client waits or a test moves it.

    Parameters
    ----------
    start : float
        The time at the start, in seconds since 1970.
    luck : float
        The value of ``random``: waits take this share of the longest wait.
    """

    def __init__(self, start=1.77e9, luck=0.0):
        self.start, self.luck = start, luck
        self.seconds, self.waits = 0.0, []
        self.looked_at = lambda: None

    def now(self):
        self.looked_at()
        return self.seconds

    def time(self):
        return self.start + self.seconds

    def sleep(self, seconds):
        self.waits.append(seconds)
        self.seconds += seconds

    def random(self):
        return self.luck
