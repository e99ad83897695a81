# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""When a light curve's points are drawn: on the days that they were taken, or at their phase."""

from dataclasses import dataclass

import astropy.units as u
import numpy as np
from astropy.time import Time

from ..exceptions import FinkQueryError
from ..messages import shown

__all__ = ["Days", "Phases", "time_axis"]

_UNIX_EPOCH = 40587.0  # MJD of 1970-01-01, where matplotlib counts days from


@dataclass(frozen=True)
class Days:
    """MJD below, dates above."""

    scale: str

    def places(self, mjd):
        """Where points of these days go, and which points."""
        return mjd, np.arange(len(mjd))

    def label(self, ax):
        """Name the axis."""
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

        ax.set_xlabel(f"MJD ({self.scale.upper()})")
        functions = (lambda mjd: mjd - _UNIX_EPOCH, lambda day: day + _UNIX_EPOCH)
        dates = ax.secondary_xaxis("top", functions=functions)
        locator = AutoDateLocator(maxticks=7)
        dates.xaxis.set_major_locator(locator)
        dates.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))


@dataclass(frozen=True)
class Phases:
    """Two cycles, each point in both."""

    period: float
    epoch: float

    def places(self, mjd):
        """Where points of these days go, and which points."""
        phase = (mjd - self.epoch) / self.period % 1
        return np.concatenate([phase, phase + 1]), np.tile(np.arange(len(mjd)), 2)

    def label(self, ax):
        """Name the axis."""
        ax.set_xlabel(f"Phase (period {self.period:.6g} d)")
        ax.set_xlim(0, 2)


def time_axis(period, epoch, mjd, scale):
    """How times are drawn.

    Parameters
    ----------
    period : `~astropy.units.Quantity` or float or None
        Days where it has no unit; None: not folded.
    epoch : `~astropy.time.Time` or float or None
        MJD where it is a number; None: the first point.
    mjd : `~numpy.ndarray`
    scale : str
        Time scale of ``mjd``.

    Returns
    -------
    axis : `Days` or `Phases`

    Raises
    ------
    FinkQueryError
        The period is no positive time, or the epoch no time.
    """
    if period is None:
        return Days(scale)
    return Phases(_days(period), _epoch(epoch, mjd, scale))


def _days(period):
    try:
        days = float(u.Quantity(period, u.day).value)
    except (TypeError, ValueError) as error:
        raise FinkQueryError(f"period={shown(period)} is no time: give days, or a Quantity.") from error
    if not 0 < days < np.inf:
        raise FinkQueryError(f"period={shown(period)} is not positive: give days, or a Quantity.")
    return days


def _epoch(epoch, mjd, scale):
    if epoch is None:
        return mjd.min() if len(mjd) else 0.0
    try:
        value = getattr(epoch, scale).mjd if isinstance(epoch, Time) else epoch
        if np.ndim(value):
            raise TypeError("more than one time")
        return float(value)
    except (TypeError, ValueError) as error:
        raise FinkQueryError(f"epoch={shown(epoch)} is no time: give a Time, or an MJD.") from error
