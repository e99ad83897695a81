# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Light curves for fits of transient models with redback."""

from collections.abc import Callable
from typing import Any

import astropy.units as u
import numpy as np
from astropy.table import Table
from astropy.time import Time

from ..arguments.times import parse_time
from ..arguments.types import TimeLike
from ..exceptions import FinkQueryError
from ..messages import shown
from ..surveys import Survey, survey_of
from ..surveys.photometry import magnitude, plain
from .epochs import middle_of_exposures
from .points import Points, difference_points
from .selection import object_name

__all__ = ["to_redback"]

_MILLIJANSKY = u.Jy.to(u.mJy)


def to_redback(
    table: Table,
    *,
    data_mode: str = "flux_density",
    epoch: TimeLike = None,
    scale: str = "utc",
    withupperlim: bool = False,
) -> dict[str, Any]:
    """Convert the light curve of one object to the arguments of a transient of redback.

    They suit ``OpticalTransient`` and its subclasses ``Supernova``, ``Kilonova``, ``Afterglow`` and ``TDE``:
    ``Supernova(**to_redback(table), redshift=0.02)``.

    Parameters
    ----------
    table : `~astropy.table.Table`
        From ``query_object``, of either survey.
    data_mode : str, optional
        ``"flux_density"``: fluxes of the difference, with their sign. redback compares them with models at
        one frequency per band. ``"magnitude"``: magnitudes of the difference; points whose flux is below its
        error, negative ones among them, are left out.
    epoch : `~astropy.time.Time`, `~datetime.datetime` or str, optional
        The zero of ``time``, for example the time of a gamma-ray burst. None: the first alert.
    scale : str, optional
        The time scale: ``"utc"``, ``"tai"``, ``"tt"`` or ``"tdb"``.
    withupperlim : bool, optional
        Include upper limits, with False in ``detections``. Detections of bad quality are always left out.

    Returns
    -------
    arguments : dict
        Oldest point first:

        - ``name``: the object id; ``data_mode``;
        - ``time``: days since ``epoch``, negative before it; ``time_mjd``: MJD. Both are the middle of the
          exposure, or its start where its length is unknown;
        - ``flux_density`` [mJy] or ``magnitude`` [AB], and its 1-sigma error ``flux_density_err`` or
          ``magnitude_err``;
        - ``bands``: ``ztfg``, ``ztfr``, ``ztfi``; ``lsstu`` to ``lssty``;
        - if upper limits are included: ``detections``, and ``upper_limit_sigma``, which is 5 for ZTF.

        A visit of Rubin with a detection and a forced flux is one point, the forced flux.

    Raises
    ------
    FinkQueryError
        The table lacks a required column or holds several objects; an argument is invalid.

    Notes
    -----
    Needs no package; redback is installed by ``pip install redback``. ``Supernova`` and the like make a
    folder of this name in the working directory, ``OpticalTransient`` does not.

    Examples
    --------
    >>> from astroquery_fink.lightcurve import to_redback
    >>> arguments = to_redback(Fink.query_object("ZTF99simsnia"))
    >>> list(arguments)
    ['name', 'data_mode', 'time', 'time_mjd', 'bands', 'flux_density', 'flux_density_err']
    >>> arguments["name"], float(arguments["time"][0])
    ('ZTF99simsnia', 0.0)
    """
    convert = _mode(data_mode)
    points = difference_points(table, "to_redback", scale, withupperlim)
    values, errors = convert(points)
    known = np.isfinite(values)
    survey = survey_of(table)
    zero = _first_alert(points, table, survey) if epoch is None else parse_time(epoch, "epoch")
    mjd = points.time.mjd
    arguments = {
        "name": object_name(table, survey),
        "data_mode": data_mode,
        "time": (mjd - getattr(zero, points.time.scale).mjd)[known],
        "time_mjd": mjd[known],
        "bands": np.array([survey.photometry.bandpasses[name] for name in points.band[known].tolist()], str),
        data_mode: values[known],
        f"{data_mode}_err": errors[known],
    }
    return arguments | (_limits(points, known) if points.is_limit.any() else {})


def _flux_density(points: Points) -> tuple[np.ndarray, np.ndarray]:
    return points.flux * _MILLIJANSKY, points.error * _MILLIJANSKY


def _magnitude(points: Points) -> tuple[np.ndarray, np.ndarray]:
    """Magnitudes and errors, NaN where the flux is below its error."""
    flux = np.ma.masked_where(points.flux < points.error, points.flux)
    values, errors = magnitude(flux, np.ma.array(points.error))
    return np.ma.filled(values, np.nan), np.ma.filled(errors, np.nan)


def _mode(data_mode: Any) -> Callable[[Points], tuple[np.ndarray, np.ndarray]]:
    modes = {"flux_density": _flux_density, "magnitude": _magnitude}
    if not isinstance(data_mode, str) or data_mode not in modes:
        raise FinkQueryError(f"data_mode={shown(data_mode)} is not one of {', '.join(map(repr, modes))}.")
    return modes[data_mode]


def _first_alert(points: Points, table: Table, survey: Survey) -> Time:
    """The time of the first row with an alert id; of the first point if no row has one."""
    name, rows = survey.columns.alert_id, points.rows
    times = np.ma.filled(plain(table[survey.columns.time]).astype(float), np.nan)
    if name in table.colnames:
        alerts = np.flatnonzero(np.isfinite(times) & ~np.ma.getmaskarray(plain(table[name])))
        rows = alerts if len(alerts) else rows
    if not len(rows):
        return Time(0, format="mjd", scale=points.time.scale)
    first = rows[np.argmin(times[rows])]
    return middle_of_exposures(table[first : first + 1], survey)[0][0]


def _limits(points: Points, known: np.ndarray) -> dict[str, Any]:
    significance = (points.flux / points.error)[points.is_limit][0]
    return {"detections": ~points.is_limit[known], "upper_limit_sigma": float(round(significance, 6))}
