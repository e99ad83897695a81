# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""One object from question to figures, as ``astroquery-fink demo`` shows it."""

from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ..core import FinkClass
from ..exceptions import FinkQueryError
from ..formats.files import write
from ..plots import plot_cutouts, plot_lightcurve
from ..surveys import SURVEYS, ZTF, survey_of

__all__ = ["run_demo"]

_SIMULATED = {"ztf": "ZTF99simsnia", "lsst": 170000000000000001}
_BESIDE_DETECTIONS = ("withupperlim", "withforced")


def run_demo(folder, *, survey=ZTF.name, server=None, objectid=None):
    """Ask for an object's light curve and stamps, save and draw them, and tell what was done.

    Parameters
    ----------
    folder : path-like
        Where the files go.
    survey : str, optional
        ``"ztf"``, with upper limits, or ``"lsst"``, with forced photometry.
    server : str, optional
        A real Fink; None: a simulated one, on this machine.
    objectid : str or int, optional
        Needed with ``server``; the simulated Fink has a supernova to show.

    Returns
    -------
    paths : list of `~pathlib.Path`
        The files that were written.
    """
    if (server is None) != (objectid is None):
        raise FinkQueryError("server and objectid go together: --server URL and an object id, or neither.")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with _fink_at(server, survey) as url:
        fink = FinkClass(survey=survey, server=url)
        objectid = objectid or _SIMULATED[survey]
        print(f"Asking {url} for {objectid}" + ("" if server else " (simulated: no real sky, no network)"))
        table = fink.query_object(objectid, cache=False, **_beside_detections(SURVEYS[survey]))
        hdus = fink.get_cutouts(objectid, candid=_brightest(table), cache=False)
    print(f"{len(table)} rows, newest first:\n")
    print("\n".join(table[_shown(survey_of(table))].pformat(max_lines=14)), "\n")
    paths = _save(table, hdus, folder)
    for path in paths:
        print(f"wrote {path}")
    return paths


def _beside_detections(survey):
    """The argument for what the survey has beside detections."""
    return {name: True for name in _BESIDE_DETECTIONS if name not in survey.instead}


def _shown(survey):
    names = (
        survey.columns.time,
        survey.columns.band,
        survey.columns.brightness,
        survey.columns.brightness_error,
        survey.columns.limit,
        survey.columns.tag,
    )
    return [name for name in names if name is not None]


def _brightest(table):
    """The alert with the largest difference; only detections have an alert id."""
    survey = survey_of(table)
    alerts = table[~np.ma.getmaskarray(table[survey.columns.alert_id])]
    flux, _ = survey.photometry.difference_flux(alerts)
    return int(alerts[survey.columns.alert_id][np.ma.argmax(flux)])


@contextmanager
def _fink_at(server, survey):
    """The address of the server, or of a simulated one that lives as long as it is needed."""
    if server is not None:
        yield server
        return
    from fink_sandbox import Sandbox

    with Sandbox(survey=survey) as box:
        yield box.url


def _save(table, hdus, folder):
    from matplotlib.figure import Figure

    names = ("lightcurve.ecsv", "lightcurve.png", "cutouts.fits", "cutouts.png")
    curve, curve_picture, cutouts, stamps_picture = paths = [folder / name for name in names]
    write(table, curve, overwrite=True)
    hdus.writeto(cutouts, overwrite=True)

    figure = Figure(figsize=(9, 5), layout="constrained")
    plot_lightcurve(table, ax=figure.subplots())
    figure.savefig(curve_picture, dpi=150)

    figure = Figure(figsize=(9, 3.4), layout="constrained")
    plot_cutouts(hdus, figure=figure)
    header = hdus[0].header
    figure.suptitle(f"{header['OBJECT']}  {header['DATE-OBS'][:16]}  {header['FILTER']} band")
    figure.savefig(stamps_picture, dpi=150)
    return paths
