# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Titles and legends of the light curves on an Axes, which name what tells them apart."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import numpy as np

from .grid import is_constrained
from .overlay import Curve, drawn_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend

__all__ = ["add_legends", "set_labels", "time_label", "title_of"]

_SLOW = 3_000  # points among which matplotlib takes too long to look for space
_WIDE = 4  # inches
_MANY = 18  # entries
_LEGENDS: "WeakSet[Legend]" = WeakSet()


def title_of(curves: Iterable[Curve]) -> str:
    """The names of the objects."""
    return ", ".join(dict.fromkeys(curve.name for curve in curves if curve.name))


def time_label(curves: list[Curve]) -> str:
    """The label of the horizontal axis, which names times that were converted."""
    axis = curves[0].axis
    others = [
        f"{curve.survey} converted from {curve.scale.upper()}"
        for curve in curves
        if curve.scale != axis.scale
    ]
    return axis.label(list(dict.fromkeys(others)))


def set_labels(ax: "Axes") -> None:
    """Label all points, for the legend; with several light curves, by what tells them apart."""
    shown = [(artist, drawn) for artist, drawn in drawn_on(ax) if drawn.words]
    curves = list(dict.fromkeys(drawn.curve for _, drawn in shown))
    prefixes = dict(zip(curves, _prefixes(curves), strict=True))
    for artist, drawn in shown:
        artist.set_label(f"{prefixes[drawn.curve]}{drawn.words}")


def _prefixes(curves: list[Curve]) -> list[str]:
    """The label of the user, or what differs among the light curves: the survey, or the object."""
    objects = {(curve.survey, curve.name) for curve in curves}
    differs = "survey" if len({curve.survey for curve in curves}) == len(objects) else "name"
    own = differs if len(objects) > 1 else "label"
    words = [curve.label or getattr(curve, own) for curve in curves]
    return [f"{word} " if word else "" for word in words]


def add_legends(axes: np.ndarray) -> None:
    """Add a legend to a single Axes, or to each figure of several Axes."""
    if len(axes) == 1:
        _add_to_axes(axes[0])
        return
    figures = {id(ax.figure): ax.figure for ax in axes}
    for figure in figures.values():
        _add_to_figure(figure, _entries(ax for ax in axes if ax.figure is figure))


def _entries(axes: Iterable["Axes"]) -> dict[str, Any]:
    """Label -> handle, each label once."""
    entries: dict[str, Any] = {}
    for ax in axes:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    return entries


def _add_to_axes(ax: "Axes") -> None:
    """Beside a wide Axes if the figure makes space for it; otherwise inside, away from the points."""
    entries = _entries([ax])
    if not entries:
        return
    location: dict[str, Any] = {"loc": "best"}
    if is_constrained(ax.figure) and ax.bbox.width > _WIDE * ax.figure.dpi:
        location = {"loc": "upper left", "bbox_to_anchor": (1.01, 1), "borderaxespad": 0}
    elif sum(np.size(line.get_xdata()) for line in ax.lines) > _SLOW:
        location = {"loc": "upper right"}
    size: dict[str, Any] = {"fontsize": "small"}
    if len(entries) > _MANY:
        size = {"fontsize": "x-small", "labelspacing": 0.3, "ncols": 1 + len(entries) // 28}
    ax.legend(entries.values(), entries, **size, **location)


def _add_to_figure(figure: Any, entries: dict[str, Any]) -> None:
    """One legend above all Axes; it replaces an earlier one of light curves."""
    for legend in [legend for legend in figure.legends if legend in _LEGENDS]:
        legend.remove()
    if entries:
        where = "outside upper center" if is_constrained(figure) else "upper center"
        lines = -(-len(entries) // max(1, int(figure.bbox.width / figure.dpi / 1.2)))
        columns = -(-len(entries) // lines)
        _LEGENDS.add(figure.legend(entries.values(), entries, fontsize="small", ncols=columns, loc=where))
