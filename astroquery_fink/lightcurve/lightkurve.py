# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Light curves for lightkurve."""

from importlib import import_module
from typing import Any

import astropy.units as u
from astropy.table import Table
from astropy.time import Time

from ..exceptions import FinkQueryError
from ..messages import shown
from ..surveys import Survey, survey_of
from ..surveys.photometry import Measurement
from ..tables.optional import require
from .brightness import MATCH_RADIUS
from .fluxes import flux_unit
from .points import points_of
from .selection import object_name, require_columns, require_one_object

__all__ = ["to_lightkurve"]
__doctest_requires__: dict[str, list[str]] = {"to_lightkurve": ["lightkurve"]}


def to_lightkurve(
    table: Table,
    band: str,
    *,
    brightness: str = "flux",
    unit: u.UnitBase | str = "uJy",
    scale: str = "utc",
) -> Any:
    """Convert the light curve of one object in one band to a ``LightCurve`` of lightkurve.

    Parameters
    ----------
    table : `~astropy.table.Table`
        From ``query_object``, of either survey.
    band : str
        ``"g"``, ``"r"`` or ``"i"``; for Rubin also ``"u"``, ``"z"`` or ``"y"``.
    brightness : str, optional
        ``"flux"``: the flux of the source itself (see ``add_apparent_magnitude``), for variable stars and
        quasars. ``"difference flux"``: the flux of the difference, for transients.
    unit : `~astropy.units.Unit` or str, optional
        Of the fluxes, such as ``"mJy"``.
    scale : str, optional
        The time scale: ``"utc"``, ``"tai"``, ``"tt"`` or ``"tdb"``. Light curves in one scale can be
        appended to each other. Times are at the observatory, not at the barycentre.

    Returns
    -------
    curve : ``lightkurve.LightCurve``
        Oldest point first, with ``time`` (JD of the middle of each exposure), ``flux`` and ``flux_err``. Rows
        without a flux or an error, upper limits and detections of bad quality are left out. A visit of Rubin
        with a detection and a forced flux is one point, the forced flux. ``meta`` has ``LABEL``, ``OBJECT``
        and ``BAND``.

    Raises
    ------
    FinkQueryError
        The table lacks a required column or holds several objects; an argument is invalid; lightkurve is not
        installed.

    Examples
    --------
    >>> from astroquery_fink.lightcurve import to_lightkurve
    >>> curve = to_lightkurve(Fink.query_object("ZTF99simrrly"), "r")
    >>> curve.label
    'ZTF99simrrly r'
    >>> periodogram = curve.to_periodogram(minimum_period=0.2, maximum_period=2)
    >>> print(f"{periodogram.period_at_max_power:.4f}")
    0.5522 d
    """
    require("to_lightkurve", ["lightkurve"], "interop")
    survey, target = survey_of(table), flux_unit(unit)
    columns, measured = _brightness(brightness, survey)
    require_columns(table, columns, "to_lightkurve")
    require_one_object(table, "to_lightkurve")
    points = points_of(table, "to_lightkurve", scale, measured, band=band)
    name = object_name(table, survey)
    factor = u.Jy.to(target) * target
    return import_module("lightkurve").LightCurve(
        time=Time(points.time, format="jd"),
        flux=points.flux * factor,
        flux_err=points.error * factor,
        meta={"LABEL": f"{name} {band}".strip(), "OBJECT": name, "BAND": band},
    )


def _brightness(kind: Any, survey: Survey) -> tuple[tuple[str, ...], Any]:
    """The columns that a kind of brightness needs, and its function."""
    photometry = survey.photometry

    def source(table: Table) -> Measurement:
        return photometry.source_flux(table, MATCH_RADIUS)

    kinds = {
        "flux": (photometry.source_columns, source),
        "difference flux": (photometry.difference_columns, photometry.difference_flux),
    }
    if not isinstance(kind, str) or kind not in kinds:
        raise FinkQueryError(f"brightness={shown(kind)} is not one of {', '.join(map(repr, kinds))}.")
    return kinds[kind]
