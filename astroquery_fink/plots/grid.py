# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The Axes in which light curves are drawn: those of the user, the current one, or a new grid."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..exceptions import FinkQueryError
from ..messages import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["axes_for", "is_constrained", "label_outside"]

_COLUMNS, _LIMIT = 4, 100
_CELL, _MARGIN = (3.3, 2.5), 0.6  # inches; the margin is for the legend above


def axes_for(given: Any, wanted: int) -> np.ndarray:
    """One Axes per object: those given, or new ones."""
    if given is not None:
        axes = np.ravel(np.asarray(given, dtype=object))
        _check_axes(axes)
        if len(axes) != wanted:
            raise FinkQueryError(
                f"ax has {len(axes)} Axes, but the table has {wanted} objects: give one Axes per object."
            )
        return axes
    if wanted == 1:
        return np.array([_current_axes()])
    if wanted > _LIMIT:
        raise FinkQueryError(
            f"table has {wanted} objects, too many for a grid (at most {_LIMIT}): select some of them."
        )
    columns = _columns(wanted)
    rows = -(-wanted // columns)
    figure = _empty_figure((columns * _CELL[0], rows * _CELL[1] + _MARGIN))
    return np.array([figure.add_subplot(rows, columns, number) for number in range(1, wanted + 1)])


def _check_axes(axes: np.ndarray) -> None:
    from matplotlib.axes import Axes

    for one in axes:
        if not isinstance(one, Axes):
            raise FinkQueryError(f"ax={shown(one)} is not an Axes: give one, or an array of them.")


def label_outside(axes: np.ndarray) -> None:
    """Remove the labels of axes that another Axes of a new grid has, to the left or below."""
    columns = _columns(len(axes))
    for number, ax in enumerate(axes):
        if number % columns:
            ax.set_ylabel("")
        if number + columns < len(axes):
            ax.set_xlabel("")
        ax.tick_params(labelsize="small")


def is_constrained(figure: Any) -> bool:
    """Whether a figure makes space for whatever stands beside its Axes."""
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    return isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine)


def _columns(wanted: int) -> int:
    return min(_COLUMNS, wanted if wanted <= 3 else int(np.ceil(np.sqrt(wanted))))


def _current_axes() -> "Axes":
    """The current Axes if it is empty, otherwise one in a new figure."""
    from matplotlib import pyplot

    figure = pyplot.gcf()
    if not figure.axes:
        return _empty_figure(None).add_subplot()
    current = figure.gca()
    return _empty_figure(None, new=True).add_subplot() if current.has_data() else current


def _empty_figure(size: tuple[float, float] | None, new: bool = False) -> "Figure":
    """The current figure if it is empty, otherwise a new one; enlarged if it has the default size."""
    from matplotlib import pyplot, rcParams

    figure = pyplot.figure() if new or pyplot.gcf().axes else pyplot.gcf()
    if figure.get_layout_engine() is None:
        figure.set_layout_engine("constrained")
    if size is not None and np.allclose(figure.get_size_inches(), rcParams["figure.figsize"]):
        figure.set_size_inches(*size)
    return figure
