# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Drawing of one light curve into an Axes, beside those that it shows."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..exceptions import FinkQueryError
from ..messages import shown
from .folding import Days
from .legends import set_labels, title_of
from .looks import QUALITIES, look_of
from .overlay import Curve, Drawn, drawn_on, remember
from .points import Points
from .ranges import longest_bar, range_of, set_range, set_scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_curve"]


def draw_curve(
    ax: "Axes",
    curve: Curve,
    points: list[tuple[np.ndarray, Points]],
    style: dict[str, Any],
    yscale: str | None = None,
) -> None:
    """Draw points at times or phase angles, and set title, labels, scale and range."""
    earlier = [drawn for _, drawn in drawn_on(ax)]
    curves = list(dict.fromkeys(drawn.curve for drawn in earlier))
    if not curves:
        _prepare(ax, curve)
    is_ranged = ax.get_autoscaley_on() or any(drawn.is_cut for drawn in earlier)
    number = [*curves, curve].index(curve)
    _draw_points(ax, points, curve, look=lambda one: _look(one, ax, number, style))
    if ax.get_title() == title_of(curves):
        ax.set_title(title_of([*curves, curve]), pad=4)
    set_labels(ax)
    set_scale(ax, yscale, [one for _, one in points])
    if is_ranged:
        _cut_range(ax)


def _prepare(ax: "Axes", curve: Curve) -> None:
    """Set ticks, label and direction of the axes for the first light curve."""
    curve.axis.prepare(ax)
    ax.set_ylabel(curve.kind.label)
    if curve.kind.is_magnitude and not ax.yaxis_inverted():
        ax.invert_yaxis()


def _draw_points(
    ax: "Axes",
    points: list[tuple[np.ndarray, Points]],
    curve: Curve,
    look: Callable[[Points], dict[str, Any]],
) -> None:
    """Draw all points, or words if there are none; remember what each artist shows."""
    if not points:
        words = ax.text(0.5, 0.5, f"no {curve.kind.title.lower()}", transform=ax.transAxes, ha="center")
        remember(words, Drawn(curve, "", np.inf, -np.inf, is_cut=False))
        return
    longest = longest_bar([one for _, one in points])
    for mjd, one in points:
        container = _errorbar(ax, *curve.axis.coordinates(mjd), one, look(one))
        words = one.band + QUALITIES[one.quality][0]
        remember(container, Drawn(curve, words, *range_of(one, longest)))
    _widen_single_time(ax, curve, np.concatenate([mjd for mjd, _ in points]))


def _errorbar(ax: "Axes", x: np.ndarray, order: np.ndarray, points: Points, look: dict[str, Any]) -> Any:
    errors = None if points.errors is None else points.errors[order]
    try:
        return ax.errorbar(x, points.values[order], yerr=errors, **look)
    except (AttributeError, TypeError, ValueError) as error:
        raise FinkQueryError(f"errorbar does not take these keywords, {shown(look)}: {error}") from error


def _look(points: Points, ax: "Axes", number: int, style: dict[str, Any]) -> dict[str, Any]:
    """The style of some points: that of the user for detections, and the colour of the user for all."""
    base = look_of(points.band, points.quality, number, ax) | {"zorder": 2 if points.errors is None else 3}
    taken = style.keys() - {"label"} if points.quality == "valid" else style.keys() & {"color"}
    return base | {name: style[name] for name in taken}


def _widen_single_time(ax: "Axes", curve: Curve, mjd: np.ndarray) -> None:
    """Show a day around points at one time, for which matplotlib would show years."""
    if isinstance(curve.axis, Days) and np.ptp(mjd) == 0:
        ax.update_datalim([(mjd[0] - 0.5, 0), (mjd[0] + 0.5, 0)], updatey=False)
        ax.autoscale_view(scaley=False)


def _cut_range(ax: "Axes") -> None:
    """Leave the ends of very long error bars out of the range."""
    drawn = [one for _, one in drawn_on(ax)]
    if any(one.is_cut for one in drawn):
        set_range(ax, min(one.low for one in drawn), max(one.high for one in drawn))
