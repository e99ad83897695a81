# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Days below an Axes and dates above it; import this module where it is used, because it needs matplotlib."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, date2num, num2date
from matplotlib.ticker import Formatter, MaxNLocator

__all__ = ["DateLabels", "add_dates"]

_FIELDS = ("%Y", "%b", "%d", "%H:%M", "%H:%M:%S")  # each follows those before it, but seconds replace minutes
_CONTEXTS = ("", "%Y", "%Y %b", "%Y %b %d", "%Y %b %d")


def add_dates(ax: Axes) -> None:
    """Label the MJD below an Axes without an offset, and add an axis of dates above it."""
    ax.xaxis.set_major_locator(_DayLocator())
    ax.ticklabel_format(axis="x", style="plain", useOffset=False)
    first = float(date2num(np.datetime64("1858-11-17")))  # MJD 0 as matplotlib counts days
    dates = ax.secondary_xaxis("top", functions=(lambda mjd: mjd + first, lambda day: day - first))
    dates.xaxis.set_major_locator(_DateLocator(tz=UTC))
    dates.xaxis.set_major_formatter(DateLabels())
    dates.tick_params(labelsize="small", pad=2)


class _DayLocator(MaxNLocator):
    """Round days, as many as there is space for."""

    def __init__(self) -> None:
        super().__init__(steps=[1, 2, 2.5, 5, 10])

    def __call__(self) -> Sequence[float]:
        space: int = self.axis.get_tick_space()  # type: ignore[union-attr]
        self.set_params(nbins=int(np.clip(space // 2, 2, 8)))
        return super().__call__()


class _DateLocator(AutoDateLocator):
    """Round dates, as many as there is space for."""

    def __call__(self) -> Sequence[float]:
        space = max(2, self.axis.get_tick_space() // 2)  # type: ignore[union-attr]
        self.minticks = 3 if space >= 7 else 2
        self.maxticks = dict.fromkeys(self.maxticks, int(np.clip(space, 5, 8)))
        ticks = super().__call__()
        return ticks[:: -(-len(ticks) // space) or 1]


class DateLabels(Formatter):
    """The part of each date that the ticks need; the first one has the rest above it, and each new month."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return num2date(x, UTC).strftime("%Y-%m-%d %H:%M:%S")

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """The labels of all ticks."""
        times = [num2date(value, UTC) for value in values]
        field = max(map(_finest_field, times), default=0)
        contexts = [time.strftime(_CONTEXTS[field]) for time in times]
        labels = [time.strftime(_FIELDS[field]) for time in times]
        return [
            label if context == before else f"{context}\n{label}"
            for label, context, before in zip(labels, contexts, ["", *contexts], strict=False)
        ]


def _finest_field(time: datetime) -> int:
    """The finest field of a date that is not at its first value."""
    fields = (time.month > 1, time.day > 1, time.hour or time.minute, time.second or time.microsecond)
    return max((number for number, used in enumerate(fields, 1) if used), default=0)
