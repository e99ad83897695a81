# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Light curves as numbers for the SVG template: symbols, error bars and ticks in pixels."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any, NamedTuple

import numpy as np
from astropy.table import Table
from astropy.time import Time

from ...surveys import Survey
from ..brightness import Brightness, brightness_of
from ..looks import QUALITIES
from ..points import Points, timed_points
from ..ranges import longest_bar, range_of
from .values import minus

__all__ = ["HEIGHT", "WIDTH", "Curve", "curve_of"]

WIDTH, HEIGHT = 320, 150  # pixels
_LEFT, _RIGHT, _TOP, _BOTTOM = 42, 8, 8, 30
_SHORTEST = 1.0  # days of the time axis
_MJD_OF_1970 = 40587

Dots = list[tuple[float, float, str]]


class Group(NamedTuple):
    """The points of a band and quality: symbols with their tooltips, and the path of all error bars."""

    band: str
    quality: str
    dots: Dots
    bars: str


class Tick(NamedTuple):
    """A tick: its pixel, and its label in one line or two."""

    at: float
    lines: list[str]


class Curve(NamedTuple):
    """A light curve in pixels."""

    groups: list[Group]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    label: str
    words: str


class _Scale(NamedTuple):
    """A linear map from numbers to pixels."""

    low: float
    high: float
    begin: float
    end: float

    def __call__(self, values: Any) -> np.ndarray:
        fractions = (np.asarray(values) - self.low) / (self.high - self.low)
        return np.clip(self.begin + fractions * (self.end - self.begin), -9, max(WIDTH, HEIGHT) + 9)


def curve_of(table: Table, survey: Survey) -> Curve | None:
    """The light curve of one object as the survey publishes it, with upper limits; None without points."""
    kind = brightness_of(survey.default_brightness)
    timed = timed_points(table, survey, kind, "utc")
    if not timed:
        return None
    x, y = _scales(timed, kind)
    order = list(QUALITIES)[::-1]  # detections are drawn last
    timed.sort(key=lambda one: order.index(one[1].quality))
    groups = [_group(mjd, points, (x, y), kind) for mjd, points in timed]
    counts = {words: _number(timed, quality) for quality, words in _WORDS.items()}
    words = ", ".join(f"{number} {words}" for words, number in counts.items() if number)
    return Curve(groups, _dates(x), _ticks(y), kind.label, words)


_WORDS = {
    "valid": "detections",
    "forced": "forced measurements",
    "badquality": "detections of bad quality",
    "upperlim": "upper limits",
}


def _number(timed: Sequence[tuple[np.ndarray, Points]], quality: str) -> int:
    return sum(len(mjd) for mjd, points in timed if points.quality == quality)


def _scales(timed: Sequence[tuple[np.ndarray, Points]], kind: Brightness) -> tuple[_Scale, _Scale]:
    """The time axis in MJD (UTC), and that of brightness, brighter up."""
    times = np.concatenate([mjd for mjd, _ in timed])
    middle, half = (times.max() + times.min()) / 2, max(float(np.ptp(times)), _SHORTEST) * 0.53
    longest = longest_bar([points for _, points in timed])
    ends = [range_of(points, longest)[:2] for _, points in timed]
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    margin = 0.06 * (high - low) or abs(low) * 0.01 or 0.1
    low, high = low - margin, high + margin
    bottom, top = (high, low) if kind.is_magnitude else (low, high)
    return (
        _Scale(middle - half, middle + half, _LEFT, WIDTH - _RIGHT),
        _Scale(bottom, top, HEIGHT - _BOTTOM, _TOP),
    )


def _group(mjd: np.ndarray, points: Points, scales: tuple[_Scale, _Scale], kind: Brightness) -> Group:
    x, y = scales[0](mjd).round(1).tolist(), scales[1](points.values).round(1).tolist()
    dots = list(zip(x, y, _tooltips(mjd, points, kind), strict=True))
    return Group(points.band, points.quality, dots, _bars(x, points, scales[1]))


def _bars(x: Sequence[float], points: Points, scale: _Scale) -> str:
    """The path of the error bars."""
    if points.errors is None:
        return ""
    low, high = (scale(points.values + sign * points.errors).round(1) for sign in (-1, 1))
    known = np.isfinite(low)
    return "".join(
        f"M{at:g} {a:g}V{b:g}" for at, a, b, has in zip(x, low, high, known, strict=True) if has and a != b
    )


def _tooltips(mjd: np.ndarray, points: Points, kind: Brightness) -> list[str]:
    """Date, band and brightness of each point."""
    dates = [str(date)[:16] for date in np.atleast_1d(Time(mjd, format="mjd", scale="utc").iso)]
    unit = "mag" if kind.unit is None else kind.unit.to_string("unicode")
    name = f"{points.band}{QUALITIES[points.quality][0]}"
    digits = 2 if kind.is_magnitude else 1
    errors = [np.nan] * len(dates) if points.errors is None else points.errors.tolist()
    return [
        f"{date} UTC, {name} {value:.{digits}f}{_plus_minus(error, digits)} {unit}"
        for date, value, error in zip(dates, points.values.tolist(), errors, strict=True)
    ]


def _plus_minus(error: float, digits: int) -> str:
    return f" ± {error:.{digits}f}" if np.isfinite(error) else ""


def _ticks(scale: _Scale) -> list[Tick]:
    """Round numbers of brightness."""
    from matplotlib.ticker import MaxNLocator

    low, high = sorted((scale.low, scale.high))
    found = MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(low, high)
    values = [value for value in found if low <= value <= high]
    return [Tick(round(float(scale(value)), 1), [minus(f"{value:g}")]) for value in values]


def _dates(scale: _Scale) -> list[Tick]:
    """Round dates; the year is below the first, and where it changes."""
    from matplotlib.dates import AutoDateLocator, date2num, num2date

    from ..ticks import DateLabels

    zero = float(date2num(np.datetime64("1970-01-01"))) - _MJD_OF_1970
    ends = (scale.low + zero, scale.high + zero)
    locator = AutoDateLocator(minticks=2, maxticks=5, tz=UTC)
    found = locator.tick_values(*(num2date(end, UTC) for end in ends))
    values = [value for value in found if ends[0] <= value <= ends[1]]
    labels = DateLabels().format_ticks(values)
    ticks = zip(scale(np.asarray(values) - zero).round(1).tolist(), labels, strict=True)
    return [Tick(at, label.split("\n")[::-1]) for at, label in ticks]
