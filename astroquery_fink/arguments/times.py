# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""When: moments and spans, as the server wants them."""

import re
from datetime import UTC, datetime

import numpy as np
from astropy.time import ScaleValueError, Time

from ..exceptions import FinkQueryError
from ..messages import shown

__all__ = ["iso", "iso_date", "parse_time", "time_range"]

_YEAR = re.compile(r"[1-9]\d{3}-", re.ASCII)


def parse_time(value, argument):
    """A moment.

    Parameters
    ----------
    value : `~astropy.time.Time`, `~datetime.datetime`, `~datetime.date` or str
        Text as ISO 8601. Without a time zone, UTC.
    argument : str
        Its name, for the message.

    Returns
    -------
    time : `~astropy.time.Time`
        UTC.

    Raises
    ------
    FinkQueryError
        It is no moment; a bare number might be JD or MJD and is refused, too.
    """
    try:
        time = _time(value).utc
        _ = time.iso  # which fails for years that no calendar has
    except (ValueError, TypeError, OverflowError, ScaleValueError) as error:
        example = "a Time with a scale such as utc, a datetime, or text such as '2026-03-20 12:00:00'"
        raise FinkQueryError(f"{argument}={shown(value)} is no moment: give {example}.") from error
    if not time.isscalar:
        raise FinkQueryError(f"{argument} holds several times; one is wanted.")
    if np.any(time.mask):
        raise FinkQueryError(f"{argument} is a masked time: give one that has a value.")
    if not _YEAR.match(str(time.iso)):
        raise FinkQueryError(f"{argument}={time.iso} is not in a year of four digits.")
    return time


def _time(value):
    if isinstance(value, datetime) and value.tzinfo:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return value if isinstance(value, Time) else Time(value if isinstance(value, datetime) else str(value))


def time_range(start, stop, names=("start", "stop")):
    """Two moments, either of which may be open.

    Parameters
    ----------
    start, stop : as `moment` takes them, or None
    names : tuple of str
        Of the arguments, for the message.

    Returns
    -------
    start, stop : `~astropy.time.Time`, or None
    """
    start = None if start is None else parse_time(start, names[0])
    stop = None if stop is None else parse_time(stop, names[1])
    if start is not None and stop is not None and start >= stop:
        raise FinkQueryError(f"{names[0]}={start.iso} is not before {names[1]}={stop.iso}.")
    return start, stop


def iso(time, scale="utc"):
    """``YYYY-MM-DD hh:mm:ss.sss``, or None.

    Parameters
    ----------
    time : `~astropy.time.Time`, or None
    scale : str, optional
        The time scale to write it in.

    Returns
    -------
    text : str, or None
    """
    return None if time is None else getattr(time, scale).iso


def iso_date(time):
    """``YYYY-MM-DD``, or None.

    Parameters
    ----------
    time : `~astropy.time.Time`, or None

    Returns
    -------
    text : str, or None
    """
    return None if time is None else time.utc.iso[:10]
