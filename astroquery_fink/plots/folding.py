# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The horizontal axis: days, phases of a period, or phase angles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import astropy.units as u
import numpy as np
from astropy.time import Time

from ..exceptions import FinkQueryError
from ..messages import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Angles", "Days", "Phases", "time_axis"]


@dataclass(frozen=True)
class Days:
    """An axis with MJD at the bottom and dates at the top, both in one time scale."""

    scale: str

    def coordinates(self, mjd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The coordinates of all points, and the index of the time of each."""
        return mjd, np.arange(len(mjd))

    def prepare(self, ax: "Axes") -> None:
        """Set the ticks of an empty Axes."""
        from .ticks import add_dates

        add_dates(ax)

    def label(self, converted: Sequence[str]) -> str:
        """The label, with the surveys whose times were converted, and from which scale."""
        return f"MJD ({'; '.join([self.scale.upper(), *converted])})"


@dataclass(frozen=True)
class Phases:
    """An axis of two cycles, with each point in both; period in days, epoch an MJD in the time scale."""

    scale: str
    period: float
    epoch: float

    def coordinates(self, mjd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The coordinates of all points, and the index of the time of each."""
        phase = (mjd - self.epoch) / self.period % 1
        return np.concatenate([phase, phase + 1]), np.tile(np.arange(len(mjd)), 2)

    def prepare(self, ax: "Axes") -> None:
        """Set the range of an empty Axes."""
        ax.set_xlim(0, 2)

    def label(self, converted: Sequence[str]) -> str:
        """The label, with the surveys whose times were converted, and from which scale."""
        return f"Phase ({'; '.join([f'period {self.period:.6g} d', *converted])})"


@dataclass(frozen=True)
class Angles:
    """An axis of phase angles in degrees."""

    scale: str = ""  # for angles, which have no time scale

    def coordinates(self, angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The coordinates of all points, and the index of the angle of each."""
        return angles, np.arange(len(angles))

    def prepare(self, ax: "Axes") -> None:
        """An empty Axes needs nothing."""

    def label(self, converted: Sequence[str]) -> str:
        """The label; angles have no time scale."""
        return "Phase angle (deg)"


def time_axis(period: Any, epoch: Any, mjd: np.ndarray, scale: str) -> Days | Phases:
    """The axis for a period (None: not folded) and an epoch (None: the first of the times)."""
    if period is None:
        return Days(scale)
    return Phases(scale, _days(period), _epoch(epoch, mjd, scale))


def _days(period: Any) -> float:
    try:
        days = float(u.Quantity(period, u.day).value)
    except (TypeError, ValueError) as error:
        raise FinkQueryError(
            f"period={shown(period)} is not a duration: give days, or a Quantity."
        ) from error
    if not 0 < days < np.inf:
        raise FinkQueryError(f"period={shown(period)} is not positive: give days, or a Quantity.")
    return days


def _epoch(epoch: Any, mjd: np.ndarray, scale: str) -> float:
    if epoch is None:
        known = mjd[np.isfinite(mjd)]
        return float(known.min()) if len(known) else 0.0
    try:
        value = getattr(epoch, scale).mjd if isinstance(epoch, Time) else epoch
        if np.ndim(value):
            raise TypeError("more than one time")
        return float(value)
    except (TypeError, ValueError) as error:
        raise FinkQueryError(f"epoch={shown(epoch)} is not a valid time: give a Time, or an MJD.") from error
