# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A time range that is compared with the time columns of a survey."""

from dataclasses import dataclass

import numpy as np
from astropy.time import Time

from ..surveys import Survey
from .times import iso

__all__ = ["TimeSpan"]

_MILLISECOND = 1 / 86_400_000  # days; texts of times have this precision


@dataclass(frozen=True)
class TimeSpan:
    """A time range, both ends included, to the millisecond.

    Parameters
    ----------
    survey : `~astroquery_fink.surveys.Survey`
    start, stop : `~astropy.time.Time` or None
        None: no limit.
    """

    survey: Survey
    start: Time | None
    stop: Time | None

    @property
    def is_bounded(self) -> bool:
        return self.start is not None or self.stop is not None

    @property
    def meta(self) -> dict[str, str]:
        """Both ends in UTC, without those that are not limited."""
        ends = {"start": iso(self.start), "stop": iso(self.stop)}
        return {name: text for name, text in ends.items() if text is not None}

    def begins_before(self, values: np.ndarray) -> np.ndarray:
        """Which values of a time column are not before the start; NaN never is."""
        return values >= (-np.inf if self.start is None else self._value(self.start) - _MILLISECOND)

    def ends_after(self, values: np.ndarray) -> np.ndarray:
        """Which values of a time column are not after the stop; NaN never is."""
        return values <= (np.inf if self.stop is None else self._value(self.stop) + _MILLISECOND)

    def includes(self, values: np.ndarray) -> np.ndarray:
        """Which values of a time column are in the range; unknown times are not."""
        known = np.ma.filled(np.ma.asarray(values).astype(float), np.nan)
        return self.begins_before(known) & self.ends_after(known)

    def _value(self, time: Time) -> float:
        """The time in the format and the scale of the survey's time columns."""
        return getattr(time, self.survey.time_scale).to_value(self.survey.time_format)
