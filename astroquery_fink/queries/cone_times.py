# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Time ranges of cone searches."""

from dataclasses import dataclass
from numbers import Real

import astropy.units as u
import numpy as np
from astropy.time import Time

from ..arguments.choices import choice
from ..arguments.time_span import TimeSpan
from ..arguments.times import iso_down, iso_up, time_range
from ..arguments.types import ConeTimes, Payload, TimeLike
from ..exceptions import FinkQueryError
from ..messages import shown
from ..surveys import Survey
from ..tables.build import rows
from ..tables.decode import Columns

__all__ = ["ConeTimeRange", "cone_time_range"]

_LONGEST = 36_525  # days


@dataclass(frozen=True)
class ConeTimeRange:
    """The time range of a cone search: its payload, and which of the rows received are in it.

    Parameters
    ----------
    survey : `~astroquery_fink.surveys.Survey`
    start, stop : `~astropy.time.Time` or None
    window : float or None
        Days after ``start``, if the server is to find the end itself.
    kind : str or None
        One of ``survey.cone.kinds``; None if there is only one kind, or no time range.
    """

    survey: Survey
    start: Time | None
    stop: Time | None
    window: float | None
    kind: str | None

    @property
    def payload(self) -> Payload:
        """The arguments for the server; both ends are included."""
        scale = self.survey.time_scale
        return {
            "startdate": iso_down(self.start, scale),
            "stopdate": iso_up(self.stop, scale),
            "window": self.window,
            "kind": self.kind,
        }

    @property
    def version(self) -> str:
        """The first version of the server that has this kind; empty if all have it."""
        return self.survey.cone.kinds[self.kind].version if self.kind else ""

    @property
    def columns(self) -> list[str]:
        """The columns that the kind compares with start and stop."""
        kind = self.survey.cone.kinds.get(self.kind or "")
        return [kind.from_start, kind.to_stop] if kind else []

    def includes(self, columns: Columns) -> np.ndarray:
        """Which rows are in the range; unknown times are not."""
        if self.kind is None:
            return np.full(len(columns), True)
        from_start, to_stop = (self._times(columns, name) for name in self.columns)
        inside = np.full(len(columns), True)
        if self.start is not None:
            inside &= self._span.begins_before(from_start)
        if self.stop is not None:
            inside &= self._span.ends_after(to_stop)
        return inside

    def _times(self, columns: Columns, name: str) -> np.ndarray:
        return np.ma.filled(np.ma.asarray(rows(columns, self.survey, [name])[name]), np.nan)

    @property
    def _span(self) -> TimeSpan:
        return TimeSpan(self.survey, self.start, self.stop)


def cone_time_range(
    survey: Survey,
    start: TimeLike | None,
    stop: TimeLike | None,
    window: float | None,
    kind: ConeTimes | None,
) -> ConeTimeRange:
    """Check the arguments for the time range of a cone search."""
    begin, end = time_range(start, stop)
    if window is not None:
        if begin is None or end is not None:
            message = f"window={shown(window)} is days after start: give it with start and without stop."
            raise FinkQueryError(message)
        window = _days(window)
    bounded = begin is not None or end is not None
    checked = _kind(kind, survey, bounded)
    if begin is None and end is not None and not survey.cone.stop_alone:
        begin = Time(survey.begin)
    if checked and window and begin:  # the server would count from a rounded start
        end, window = begin.tai + window * u.day, None
    return ConeTimeRange(survey, begin, end, window, checked)


def _days(window: float) -> float:
    """A number of days, an integer as it is."""
    number = isinstance(window, Real) and not isinstance(window, bool)
    if not number or not 0 < float(window) <= _LONGEST:
        limits = f"above 0 and at most {_LONGEST:,}; without window and stop the time range has no end"
        raise FinkQueryError(f"window={shown(window)} is not a valid number of days: give one {limits}.")
    return window if isinstance(window, int) else float(window)


def _kind(kind: str | None, survey: Survey, bounded: bool) -> str | None:
    """The kind of a time range, the survey's default if None; without a range it would mean nothing."""
    if kind is not None:
        survey.check("kind")
        kind = choice(kind, survey.cone.kinds, "kind")
        if not bounded:
            remedy = "give start, stop, or start and window with it, or leave it out"
            raise FinkQueryError(f"kind={kind!r} says how a time range is meant: {remedy}.")
    return (kind or next(iter(survey.cone.kinds), None)) if bounded else None
