# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Figures of phase curves of Solar System objects."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from astropy.table import Row, Table

from ..exceptions import FinkQueryError
from ..surveys import Survey, survey_of
from ..surveys.phase_curves import PhaseColumns
from ..surveys.photometry import plain
from ..tables.optional import require
from .brightness import Ordinate
from .drawing import draw_curve
from .folding import Angles
from .grid import axes_for, label_outside
from .legends import add_legends, set_labels
from .looks import look_of, normalized
from .overlay import Curve, Drawn, drawn_on, refuse_light_curves, remember
from .phase_models import PhaseModel, model_of
from .points import Points, split_by

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_phase_curve"]

__doctest_requires__: dict[str, list[str]] = {"plot_phase_curve": ["sbpy"]}

_REDUCED = Ordinate(title="Reduced magnitude")
_DASHES = ("-", "--", "-.", ":")


def plot_phase_curve(
    table: Table,
    model: Table | Row | None = None,
    *,
    ax: "Axes | np.ndarray | Iterable[Axes] | None" = None,
    **kwargs: Any,
) -> "Axes | np.ndarray":
    """Draw the phase curve of a Solar System object: its reduced magnitude against its phase angle.

    Detections in which the object was fainter than the reference image are left out.

    Parameters
    ----------
    table : `~astropy.table.Table`
        From ``query_sso(..., withephem=True)`` or ``query_sso_bulk``, of one object or several.
    model : `~astropy.table.Table` or `~astropy.table.Row`, optional
        From ``query_ssoft`` with the flavor ``"HG"``, ``"HG1G2"`` or ``"SHG1G2"``: the fits of these objects,
        or of all objects. Each band is a line, from H at phase angle 0. In the flavor ``"SHG1G2"`` an oblate
        object also changes with the direction from which it is seen: the line is the median of the
        detections of a band, with a shaded range from the brightest to the faintest direction. Needs
        ``pip install "astroquery_fink[asteroids]"``. None: the detections alone.
    ax : `~matplotlib.axes.Axes` or array of them, optional
        One Axes per object, as in `plot_lightcurve`.
    **kwargs
        Passed to `~matplotlib.axes.Axes.errorbar`; ``color`` and ``label`` as in `plot_lightcurve`.

    Returns
    -------
    ax : `~matplotlib.axes.Axes` or `~numpy.ndarray`
        For several objects an array of Axes, in the order of the table.

    Raises
    ------
    FinkQueryError
        The table lacks a required column, ``model`` has no row of an object or is of another flavor, sbpy is
        not installed, or ``ax`` does not have one Axes per object or shows something else.

    References
    ----------
    HG: Bowell et al. 1989, Asteroids II, 524. HG1G2: Muinonen et al. 2010, Icarus 209, 542. SHG1G2: Carry et
    al. 2024, A&A 687, A38, whose term of the spin is

    .. math::

       2.5 \\log_{10} (1 - (1 - R) |\\cos \\Lambda|), \\quad
       \\cos \\Lambda = \\sin \\delta \\sin \\delta_0
       + \\cos \\delta \\cos \\delta_0 \\cos (\\alpha - \\alpha_0)

    Examples
    --------
    >>> from astroquery_fink.plots import plot_phase_curve
    >>> table = Fink.query_sso(9900001, withephem=True)
    >>> model = Fink.query_ssoft(number=9900001, flavor="HG")
    >>> ax = plot_phase_curve(table, model)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('Phase angle (deg)', 'Reduced magnitude (AB)')
    """
    require("plot_phase_curve", ("matplotlib",), "plot")
    survey = survey_of(table)
    objects = _objects(table, survey, _source(table, survey))
    models = [None if model is None else model_of(model, one.name, survey) for one in objects]
    style = normalized(kwargs)
    axes = axes_for(ax, len(objects))
    for one_ax in axes:
        refuse_light_curves([shown for _, shown in drawn_on(one_ax)])
    for one_ax, one, its_model in zip(axes, objects, models, strict=True):
        _draw(one_ax, one, its_model, style)
    if ax is None and len(axes) > 1:
        label_outside(axes)
    add_legends(axes)
    return axes if len(axes) > 1 else axes[0]


class _Object(NamedTuple):
    """The detections of an object, one element each."""

    name: str
    survey: Survey
    band: np.ma.MaskedArray  # values of the column
    phase: np.ndarray  # degrees
    magnitude: np.ndarray  # reduced
    error: np.ndarray
    ra: np.ndarray  # degrees
    dec: np.ndarray


def _source(table: Table, survey: Survey) -> PhaseColumns:
    """The columns of alerts, or those of the monthly table."""
    sources = survey.phase_curves.sources
    for source in sources:
        if set(source.needed) <= set(table.colnames):
            if table[source.phase].dtype.kind == "O":
                raise FinkQueryError("table has one row per object: leave out lists=True of query_sso_bulk.")
            return source
    alerts, bulk = (", ".join(source.needed) for source in sources)
    raise FinkQueryError(
        f"plot_phase_curve needs the columns {alerts} of query_sso(..., withephem=True), "
        f"or {bulk} of query_sso_bulk."
    )


def _objects(table: Table, survey: Survey, source: PhaseColumns) -> list[_Object]:
    """The detections of each object, in the order of the table; positions are NaN if there are none."""
    magnitude, error = _reduced(table, survey, source)
    ra, dec = (_floats(table, name) for name in (source.ra, source.dec))
    arrays: tuple[Any, ...] = (
        plain(table[source.band]),
        _floats(table, source.phase),
        magnitude,
        error,
        ra,
        dec,
    )
    names = plain(table[source.name]).filled("") if source.name in table.colnames else np.full(len(table), "")
    objects = split_by(names.astype(str)) or [("", np.arange(0))]
    return [_Object(name, survey, *(array[rows] for array in arrays)) for name, rows in objects]


def _reduced(table: Table, survey: Survey, source: PhaseColumns) -> tuple[np.ndarray, np.ndarray]:
    """Reduced magnitudes and their errors; NaN where the object was fainter than the reference."""
    magnitude, error = _floats(table, source.magnitude), _floats(table, source.error)
    for distance in source.distances:
        magnitude = magnitude - 5 * np.log10(_floats(table, distance))
    photometry = survey.photometry
    if not source.distances and set(photometry.difference_columns) <= set(table.colnames):
        flux, _ = photometry.difference_flux(table)
        magnitude = np.where(np.ma.filled(flux > 0, True), magnitude, np.nan)
        if not source.error:
            error = np.ma.filled(photometry.difference_magnitude(table)[1], np.nan)
    return magnitude, np.where(error >= 0, error, np.nan)


def _floats(table: Table, column: str) -> np.ndarray:
    """The values of a column, NaN where they are masked or the table has no such column."""
    if column not in table.colnames:
        return np.full(len(table), np.nan)
    return np.ma.filled(plain(table[column]).astype(float), np.nan)


def _draw(ax: "Axes", one: _Object, model: PhaseModel | None, style: dict[str, Any]) -> None:
    """Draw the detections, and the model in their bands."""
    curve = Curve(one.survey.title, "", one.name, str(style.get("label") or ""), Angles(), _REDUCED)
    points = _points(one)
    draw_curve(ax, curve, points, style)
    if model is None or not points:
        return
    number = list(dict.fromkeys(shown.curve for _, shown in drawn_on(ax))).index(curve)
    values = {band: str(value) for value, band in one.survey.bands.items()}
    lines = {of_band.band: _line(one, model, values[of_band.band], of_band.rows) for _, of_band in points}
    if not any(lines.values()):
        raise FinkQueryError(f"model has no parameters of {one.name} in the band(s) {', '.join(lines)}.")
    for band, line in lines.items():
        if line is not None:
            _draw_line(ax, line, curve, f"{band} {model.flavor}", number)
    set_labels(ax)


def _points(one: _Object) -> list[tuple[np.ndarray, Points]]:
    """The phase angles and the points of each band."""
    good = np.isfinite(one.phase) & np.isfinite(one.magnitude)
    rows = {
        band: np.flatnonzero(np.ma.filled(one.band == value, False) & good)
        for value, band in one.survey.bands.items()
    }
    return [
        (one.phase[chosen], Points(band, "valid", chosen, one.magnitude[chosen], one.error[chosen]))
        for band, chosen in rows.items()
        if len(chosen)
    ]


class _Line(NamedTuple):
    """A model in a band, as seen from the median direction, and from the brightest and the faintest one."""

    phase: np.ndarray
    middle: np.ndarray
    bright: np.ndarray
    faint: np.ndarray


def _line(one: _Object, model: PhaseModel, band: str, rows: np.ndarray) -> _Line | None:
    """The model from phase angle 0 to the largest one, with the range of the spin at some detections."""
    phase = np.linspace(0, np.nanmax(one.phase), 200)
    magnitudes = model.magnitudes(band, phase)
    if not np.isfinite(magnitudes).all():
        return None
    spin = model.spin(one.ra[rows], one.dec[rows])
    if not np.isfinite(spin).any():
        raise FinkQueryError(f"model of flavor {model.flavor!r} needs the positions (ra, dec) in table.")
    return _Line(phase, *(magnitudes + of_all(spin) for of_all in (np.nanmedian, np.nanmin, np.nanmax)))


def _draw_line(ax: "Axes", line: _Line, curve: Curve, words: str, number: int) -> None:
    """Draw the model in a band."""
    color = look_of(words[0], "valid", number, ax)["color"]
    (drawn,) = ax.plot(line.phase, line.middle, color=color, ls=_DASHES[number % 4], lw=1.2, zorder=2)
    remember(drawn, Drawn(curve, words, np.min(line.bright), np.max(line.faint), is_cut=False))
    if (line.faint > line.bright).any():
        ax.fill_between(line.phase, line.bright, line.faint, color=color, alpha=0.15, lw=0, zorder=1)
