# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Ticks at days, dates and fluxes; import this module where it is used, because it needs matplotlib."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from operator import add
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, date2num, num2date
from matplotlib.ticker import Formatter, FuncFormatter, Locator, MaxNLocator, ScalarFormatter

__all__ = ["DateLabels", "add_dates", "mark_powers"]

_FIELDS = ("%Y", "%b", "%d", "%H:%M", "%H:%M:%S")  # each follows those before it, but seconds replace minutes
_CONTEXTS = (" ", "%Y", "%Y %b", "%Y %b %d", "%Y %b %d")


def add_dates(ax: Axes) -> None:
    """Label the MJD below an Axes without an offset, and add an axis of dates above it."""
    ax.xaxis.set_major_locator(_DayLocator())
    days = ScalarFormatter(useOffset=False)
    days.set_scientific(False)
    ax.xaxis.set_major_formatter(days)
    first = float(date2num(np.datetime64("1858-11-17")))  # MJD 0 as matplotlib counts days
    functions: Any = (partial(add, first), partial(add, -first))
    dates = ax.secondary_xaxis("top", functions=functions)
    dates.xaxis.set_major_locator(_DateLocator(tz=UTC))
    dates.xaxis.set_major_formatter(DateLabels())
    dates.tick_params(labelsize="small", pad=1.5, length=2.5)


def mark_powers(ax: Axes, smallest: float) -> None:
    """Label 0 and the powers of ten from the smallest one, on both sides of 0."""
    ax.yaxis.set_major_locator(_PowerLocator(smallest))
    ax.yaxis.set_major_formatter(FuncFormatter(_short))


def _short(value: float, _: int | None) -> str:
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")


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
        first, last = sorted(self.axis.get_view_interval())  # type: ignore[union-attr]
        ticks = [tick for tick in super().__call__() if first <= tick <= last]
        return ticks[:: -(-len(ticks) // space) or 1]


class _PowerLocator(Locator):
    """0 and the powers of ten on both sides of it, or round numbers if there are hardly any powers."""

    def __init__(self, smallest: float) -> None:
        self.first = int(np.ceil(np.log10(smallest)))

    def __call__(self) -> Sequence[float]:
        return self.tick_values(*self.axis.get_view_interval())  # type: ignore[union-attr]

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        """The ticks between two values."""
        low, high = sorted((vmin, vmax))
        last = int(np.floor(np.log10(max(-low, high, 10.0**self.first))))
        step = 1 + (last - self.first) // 6
        powers = 10.0 ** np.arange(self.first, last + 1, step)
        ticks = np.array([*-powers[::-1], 0, *powers])
        ticks = ticks[(low <= ticks) & (ticks <= high)]
        return ticks.tolist() if len(ticks) > 2 else MaxNLocator(5).tick_values(low, high)


class DateLabels(Formatter):
    """The part of each date that the ticks need, and above it the rest of the date where it changes."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return num2date(x, UTC).strftime("%Y-%m-%d %H:%M:%S")

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """The labels of all ticks."""
        times = [num2date(value, UTC) for value in values]
        field = max(map(_finest_field, times), default=0)
        befores = [None, *times[:-1]]
        return [_label(time, before, field) for time, before in zip(times, befores, strict=True)]


def _label(time: datetime, before: datetime | None, field: int) -> str:
    """A field of a date, below the rest of the date if that differs from the date before."""
    label, context = time.strftime(_FIELDS[field]), time.strftime(_CONTEXTS[field])
    if before is None:
        return f"{context}\n{label}"
    if context == before.strftime(_CONTEXTS[field]):
        return label
    return f"{context.removeprefix(before.strftime('%Y '))}\n{label}"


def _finest_field(time: datetime) -> int:
    """The finest field of a date that is not at its first value."""
    fields = (time.month > 1, time.day > 1, time.hour or time.minute, time.second or time.microsecond)
    return max((number for number, used in enumerate(fields, 1) if used), default=0)
