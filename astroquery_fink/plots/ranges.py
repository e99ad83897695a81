# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The vertical axis of light curves: its scale, its direction, and a range for the points."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..exceptions import FinkQueryError
from ..messages import shown
from .brightness import Brightness
from .points import Points

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["check_scale", "longest_bar", "range_of", "set_range", "set_scale"]

_SCALES = ("linear", "asinh")


def check_scale(yscale: Any, kind: Brightness) -> None:
    """Refuse an unknown scale, and one that makes no sense for magnitudes."""
    if yscale is None:
        return
    if not isinstance(yscale, str) or yscale not in _SCALES:
        raise FinkQueryError(f"yscale={shown(yscale)} is not a valid scale: give 'linear' or 'asinh'.")
    if yscale == "asinh" and kind.is_magnitude:
        raise FinkQueryError(
            f"yscale='asinh' is for fluxes, but brightness={kind.name!r} is a magnitude: "
            "give brightness='difference flux' or 'flux'."
        )


def set_scale(ax: "Axes", yscale: str | None, points: Iterable[Points]) -> None:
    """Set the scale; asinh is linear within the median error, and logarithmic beyond."""
    if yscale == "asinh":
        from .ticks import mark_powers

        errors = _errors(points)
        width = float(np.median(errors)) if len(errors) else 1.0
        ax.set_yscale("asinh", linear_width=width)
        mark_powers(ax, width)
    elif yscale is not None:
        ax.set_yscale(yscale)


def longest_bar(points: Sequence[Points]) -> float:
    """The longest error bar that the range of the axis includes: longer ones would hide the points."""
    errors = _errors(points)
    values = np.concatenate([one.values for one in points])
    return max(float(np.ptp(values)), 5 * float(np.median(errors))) if len(errors) else 0.0


def range_of(points: Points, longest: float) -> tuple[float, float, bool]:
    """The range of points with their error bars, which are cut at the longest, and whether one is cut."""
    values, errors = points.values, 0.0 if points.errors is None else np.nan_to_num(points.errors)
    bars = np.minimum(errors, longest)
    return float(np.min(values - bars)), float(np.max(values + bars)), bool(np.any(errors > longest))


def set_range(ax: "Axes", low: float, high: float) -> None:
    """Set the range of the axis, with a margin and in its direction."""
    transform = ax.yaxis.get_transform()
    start, end = transform.transform(np.array([low, high]))
    margin = 0.05 * (end - start)
    ends = transform.inverted().transform(np.array([start - margin, end + margin]))
    ax.set_ylim(*(ends[::-1] if ax.yaxis_inverted() else ends))


def _errors(points: Iterable[Points]) -> np.ndarray:
    """The known errors of all points."""
    known = [one.errors[one.errors > 0] for one in points if one.errors is not None]
    return np.concatenate(known) if known else np.array([])
