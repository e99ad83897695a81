# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Times and time ranges."""

import re
from datetime import UTC, datetime
from typing import Any, overload

import astropy.units as u
import numpy as np
from astropy.time import ScaleValueError, Time

from ..exceptions import FinkQueryError
from ..messages import shown

__all__ = ["iso", "iso_date", "iso_down", "iso_up", "parse_time", "time_range"]

_YEAR = re.compile(r"[1-9]\d{3}-", re.ASCII)


def parse_time(value: Any, argument: str) -> Time:
    """Convert a Time, datetime, date or ISO 8601 text to a Time in UTC; numbers could be JD or MJD."""
    try:
        time: Any = _time(value).utc
        _ = time.iso  # fails for years outside the calendar
    except (ValueError, TypeError, OverflowError, ScaleValueError) as error:
        example = "a Time with a scale such as utc, a datetime, or text such as '2026-03-20 12:00:00'"
        raise FinkQueryError(f"{argument}={shown(value)} is not a valid time: give {example}.") from error
    if not time.isscalar:
        raise FinkQueryError(f"{argument} holds several times: give one.")
    if np.any(time.mask):
        raise FinkQueryError(f"{argument} is a masked time: give one that has a value.")
    if not _YEAR.match(str(time.iso)):
        raise FinkQueryError(f"{argument}={time.iso} is not in a year of four digits.")
    return time


def _time(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return value if isinstance(value, Time) else Time(value if isinstance(value, datetime) else str(value))


def time_range(
    start: Any, stop: Any, names: tuple[str, str] = ("start", "stop")
) -> tuple[Time | None, Time | None]:
    """Convert both ends of a time range to UTC; None: no limit."""
    first = None if start is None else parse_time(start, names[0])
    last = None if stop is None else parse_time(stop, names[1])
    if first is not None and last is not None and first >= last:
        message = f"{names[0]}={first.iso} is not before {names[1]}={last.iso}"
        raise FinkQueryError(f"{message}: give an earlier {names[0]}.")
    return first, last


@overload
def iso(time: Time, scale: str = "utc") -> str: ...
@overload
def iso(time: None, scale: str = "utc") -> None: ...
def iso(time: Any, scale: str = "utc") -> str | None:
    """``YYYY-MM-DD hh:mm:ss.sss`` in a time scale; None of None."""
    return None if time is None else getattr(time, scale).iso


def iso_down(time: Time | None, scale: str) -> str | None:
    """Like `iso`, rounded down to milliseconds: a range that begins then includes the time."""
    return None if time is None else _nanoseconds(time, scale)[:-6]


def iso_up(time: Time | None, scale: str) -> str | None:
    """Like `iso`, rounded up to milliseconds: a range that ends then includes the time."""
    return None if time is None else _nanoseconds(time + 999_999 * u.ns, scale)[:-6]


def _nanoseconds(time: Any, scale: str) -> str:
    return Time(getattr(time, scale), precision=9).iso


@overload
def iso_date(time: Time) -> str: ...
@overload
def iso_date(time: None) -> None: ...
def iso_date(time: Any) -> str | None:
    """``YYYY-MM-DD`` in UTC; None of None."""
    return None if time is None else time.utc.iso[:10]
