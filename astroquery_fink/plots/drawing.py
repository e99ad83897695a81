# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Drawing of one light curve into an Axes, beside those that it shows."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..exceptions import FinkQueryError
from ..messages import shown
from .folding import Days
from .legends import set_labels, time_label, title_of
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
    with_points = list(dict.fromkeys(drawn.curve for drawn in earlier if drawn.words))
    number = [*with_points, curve].index(curve)
    is_ranged = ax.get_autoscaley_on() or any(drawn.is_cut for drawn in earlier)
    if points and not with_points:
        _prepare(ax, curve)
    _draw_points(ax, points, curve, look=lambda one: _look(one, ax, number, style))
    _label(ax, [drawn.curve for drawn in earlier], curve)
    set_labels(ax)
    set_scale(ax, yscale, [one for _, one in points])
    if is_ranged:
        _cut_range(ax)


def _label(ax: "Axes", earlier: list[Curve], curve: Curve) -> None:
    """Set title and labels, but not those that the user has changed or removed."""
    if ax.get_title() == title_of(earlier):
        ax.set_title(title_of([*earlier, curve]), pad=4)
    if not earlier or ax.get_xlabel() == time_label(earlier):
        ax.set_xlabel(time_label([*earlier, curve]))
    if not earlier:
        ax.set_ylabel(curve.kind.label)


def _prepare(ax: "Axes", curve: Curve) -> None:
    """Set ticks, label and direction of the axes for the first points."""
    for text, _ in drawn_on(ax):  # of light curves without points
        text.set_visible(False)
        ax.tick_params(labelbottom=True, labelleft=True)
    curve.axis.prepare(ax)
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
        _write_that_none(ax, curve)
        return
    longest = longest_bar([one for _, one in points])
    for mjd, one in points:
        container = _errorbar(ax, *curve.axis.coordinates(mjd), one, look(one))
        words = one.band + QUALITIES[one.quality][0]
        remember(container, Drawn(curve, words, *range_of(one, longest)))
    _widen_single_time(ax, curve, np.concatenate([mjd for mjd, _ in points]))


def _write_that_none(ax: "Axes", curve: Curve) -> None:
    """Write that a light curve has no points, in an Axes without any."""
    text = ax.text(0.5, 0.5, f"no {curve.kind.title.lower()}", transform=ax.transAxes, ha="center")
    if any(drawn.words for _, drawn in drawn_on(ax)):
        text.set_visible(False)
    else:
        ax.tick_params(labelbottom=False, labelleft=False)
    remember(text, Drawn(curve, "", np.inf, -np.inf, is_cut=False))


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
