# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What the light curves on an Axes show, so that the next one is drawn in the same quantities."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

import numpy as np
from astropy.table import Table

from ..exceptions import FinkQueryError
from ..messages import shown
from ..surveys import Survey
from .brightness import Brightness, Ordinate, brightness_of
from .folding import Angles, Days, Phases, time_axis
from .points import mjd_of

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["Curve", "Drawn", "Wanted", "drawn_on", "frame_of", "refuse_light_curves", "remember"]


@dataclass(frozen=True)
class Wanted:
    """The quantities that a user asked for; None: those of the Axes, or of the survey."""

    brightness: Any
    fluxunit: Any
    period: Any
    epoch: Any
    yscale: Any


@dataclass(frozen=True)
class Curve:
    """One light curve on an Axes."""

    survey: str
    scale: str  # of its times in the Table
    name: str  # of the object
    label: str  # by the user
    axis: Days | Phases | Angles
    kind: Ordinate


@dataclass(frozen=True)
class Drawn:
    """Some points of a light curve."""

    curve: Curve
    words: str  # band and quality, for the legend
    low: float  # the range of the points and their error bars
    high: float
    is_cut: bool  # some error bars reach far out of the range


_DRAWN: "WeakKeyDictionary[Artist, Drawn]" = WeakKeyDictionary()


def remember(artist: Any, drawn: Drawn) -> None:
    """Keep what an artist or a container of artists shows, as long as it exists."""
    key = _key(artist)
    if key is not None:
        _DRAWN[key] = drawn


def drawn_on(ax: "Axes") -> list[tuple[Any, Drawn]]:
    """The artists that show light curves on an Axes, in the order of drawing."""
    inside = {_key(container) for container in ax.containers}
    artists = [*ax.texts, *(line for line in ax.lines if line not in inside), *ax.containers]
    return [(artist, _DRAWN[key]) for artist in artists if (key := _key(artist)) in _DRAWN]


def _key(artist: Any) -> Any:
    """The artist, or the first artist of a container, to which no weak reference is possible."""
    from matplotlib.container import Container

    return next(iter(artist.get_children()), None) if isinstance(artist, Container) else artist


def frame_of(
    wanted: Wanted, earlier: list[Drawn], survey: Survey, table: Table
) -> tuple[Days | Phases, Brightness]:
    """The horizontal axis and the kind of brightness of a light curve on an Axes."""
    if earlier:
        axis, shown_kind = earlier[0].curve.axis, earlier[0].curve.kind
        return _same_axis(wanted, axis), _same_kind(wanted, cast(Brightness, shown_kind))
    name = survey.default_brightness if wanted.brightness is None else wanted.brightness
    kind = brightness_of(name, wanted.fluxunit)
    if wanted.period is None and wanted.epoch is not None:
        raise FinkQueryError(f"epoch={shown(wanted.epoch)} is for folded light curves: give period, too.")
    mjd = mjd_of(table, survey, survey.time_scale)
    return time_axis(wanted.period, wanted.epoch, mjd, survey.time_scale), kind


def refuse_light_curves(earlier: list[Drawn]) -> None:
    """Refuse an Axes that shows a light curve, for a phase curve."""
    if any(not isinstance(drawn.curve.axis, Angles) for drawn in earlier):
        raise FinkQueryError("ax shows a light curve, which has no phase angles: give another ax.")


def _same_axis(wanted: Wanted, axis: Days | Phases | Angles) -> Days | Phases:
    """The axis that is shown, unless another one is wanted."""
    if isinstance(axis, Angles):
        raise FinkQueryError("ax shows a phase curve, which has no times: give another ax.")
    if wanted.period is None and wanted.epoch is None:
        return axis
    if isinstance(axis, Days):
        name, value = ("epoch", wanted.epoch) if wanted.period is None else ("period", wanted.period)
        raise _differs(f"{name}={shown(value)}", "a light curve that is not folded", name)
    period = axis.period if wanted.period is None else wanted.period
    epoch = axis.epoch if wanted.epoch is None else wanted.epoch
    if time_axis(period, epoch, np.array([]), axis.scale) != axis:
        raise _differs(
            f"period={shown(wanted.period)}, epoch={shown(wanted.epoch)}",
            f"a light curve folded on {axis.period:.9g} d from MJD {axis.epoch:.9g} ({axis.scale.upper()})",
            "period and epoch",
        )
    return axis


def _same_kind(wanted: Wanted, kind: Brightness) -> Brightness:
    """The kind of brightness that is shown, unless another one is wanted."""
    if wanted.brightness is not None and brightness_of(wanted.brightness).name != kind.name:
        raise _differs(f"brightness={shown(wanted.brightness)}", repr(kind.name), "brightness")
    if wanted.fluxunit is not None and brightness_of(kind.name, wanted.fluxunit).unit != kind.unit:
        raise _differs(f"fluxunit={shown(wanted.fluxunit)}", f"fluxes in {kind.unit}", "fluxunit")
    return kind


def _differs(given: str, present: str, remedy: str) -> FinkQueryError:
    return FinkQueryError(f"{given}, but ax shows {present}: leave out {remedy}, or give another ax.")
