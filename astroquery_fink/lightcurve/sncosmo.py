# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Light curves for fits of supernova models with sncosmo."""

import astropy.units as u
import numpy as np
from astropy.table import Column, Table

from ..surveys import survey_of
from .fluxes import zero_point
from .points import difference_points

__all__ = ["to_sncosmo"]


def to_sncosmo(table: Table, *, scale: str = "utc", withupperlim: bool = False) -> Table:
    """Convert the light curve of one object to the table that sncosmo takes.

    Fluxes are from the difference images, with their sign: the light of a supernova without its galaxy.

    Parameters
    ----------
    table : `~astropy.table.Table`
        From ``query_object``, of either survey.
    scale : str, optional
        The time scale: ``"utc"``, ``"tai"``, ``"tt"`` or ``"tdb"``. Tables in one scale can be stacked.
    withupperlim : bool, optional
        Include upper limits as a flux of 0 with a 1-sigma error of a fifth of the limiting flux: ZTF's limits
        are those of a detection at 5 sigma. Detections of bad quality are always left out.

    Returns
    -------
    photometry : `~astropy.table.Table`
        Oldest row first, with the columns

        - ``time`` [d]: MJD of the middle of the exposure. ZTF's upper limits, and tables without
          ``i:exptime``, have its start, which is 15 s earlier for an exposure of 30 s;
        - ``band``: ``ztfg``, ``ztfr``, ``ztfi``; ``lsstu`` to ``lssty``, as sncosmo names its bandpasses;
        - ``flux``, ``fluxerr`` [uJy];
        - ``zp``, ``zpsys``: 23.9 and ``"ab"``.

        Rows without a time, band, flux or error are left out. A visit of Rubin with a detection and a forced
        flux is one row, with the forced flux. ``meta["time_scale"]`` is the time scale.

    Raises
    ------
    FinkQueryError
        The table lacks a required column or holds several objects; ``scale`` is not a time scale.

    Notes
    -----
    Needs no package; fits need ``pip install sncosmo iminuit``. sncosmo downloads bandpasses and models when
    they are used for the first time. Correct for the extinction of the Milky Way in the model
    (``sncosmo.F99Dust``), not in the fluxes.

    Examples
    --------
    >>> from astropy.table import vstack
    >>> from astroquery_fink.lightcurve import to_sncosmo
    >>> photometry = to_sncosmo(Fink.query_object("ZTF99simsnia"), withupperlim=True)
    >>> photometry.colnames
    ['time', 'band', 'flux', 'fluxerr', 'zp', 'zpsys']
    >>> print(*sorted(set(photometry["band"])))
    ztfg ztfi ztfr

    One supernova that both surveys saw:

    >>> rubin = to_sncosmo(FinkLSST.query_object(170000000000000001, withforced=True))
    >>> both = vstack([photometry, rubin])
    """
    points = difference_points(table, "to_sncosmo", scale, withupperlim)
    names = survey_of(table).photometry.bandpasses
    unit = u.Unit("uJy")
    flux = np.where(points.is_limit, 0, points.flux)
    band = np.array([names[name] for name in points.band.tolist()], dtype=str)
    rows, zp = len(band), zero_point(unit)
    description = f"Middle of the exposure, MJD {points.time.scale.upper()}"
    columns = [
        Column(points.time.mjd, "time", unit=u.day, format=".6f", description=description),
        Column(band, "band", description="Bandpass in sncosmo"),
        _flux(flux, "flux", unit, "Flux of the difference"),
        _flux(points.error, "fluxerr", unit, "1-sigma error of flux"),
        Column(np.full(rows, zp), "zp", description="AB magnitude of a flux of 1"),
        Column(np.full(rows, "ab"), "zpsys", description="Magnitude system"),
    ]
    return Table(columns, meta={"time_scale": points.time.scale})


def _flux(jansky: np.ndarray, name: str, unit: u.UnitBase, description: str) -> Column:
    return Column(jansky * u.Jy.to(unit), name, unit=unit, format=".6g", description=description)
