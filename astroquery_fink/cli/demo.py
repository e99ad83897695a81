# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The demonstration of ``astroquery-fink demo``: one object from the request to the figures."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.table import Table

from ..arguments.types import ObjectId, StrPath, SurveyName
from ..core import FinkClass
from ..exceptions import FinkQueryError
from ..formats.files import write
from ..plots import plot_cutouts, plot_lightcurve
from ..surveys import SURVEYS, Survey, survey_of

__all__ = ["SIMULATED", "print_rows", "run_demo"]

SIMULATED: dict[str, str | int] = {"ztf": "ZTF99simsnia", "lsst": 170000000000000001}
_EXTRA_ROWS = ("withupperlim", "withforced")


def run_demo(
    folder: StrPath,
    *,
    survey: SurveyName = "ztf",
    server: str | None = None,
    objectid: ObjectId | None = None,
) -> list[Path]:
    """Request, print, save and draw the light curve and cutouts of an object; return the files.

    The files are in a folder of the survey, so that demonstrations of both surveys can be compared.

    Without a server, a simulated Fink on this machine responds, which has a supernova to show.
    """
    if (server is None) != (objectid is None):
        raise FinkQueryError("an object id needs --server URL, and --server needs an object id.")
    folder = Path(folder) / survey
    folder.mkdir(parents=True, exist_ok=True)
    with _fink_at(server, survey) as url:
        fink = FinkClass(survey=survey, server=url)
        objectid = objectid or SIMULATED[survey]
        simulated = "" if server else " (simulated data, without a network)"
        print(f"Requesting {objectid} from {url}{simulated}")
        table = fink.query_object(objectid, cache=False, **_extra_rows(SURVEYS[survey]))
        hdus = fink.get_cutouts(objectid, candid=_brightest(table), cache=False)
    print_rows(table)
    paths = _save(table, hdus, folder)
    for path in paths:
        print(f"wrote {path}")
    return paths


def print_rows(table: Table) -> None:
    """Print how many rows a light curve has, and its newest and oldest rows."""
    names = [name for name in _columns_to_print(survey_of(table)) if name in table.colnames]
    print(f"{len(table)} rows, newest first:\n")
    print("\n".join(table[names].pformat(max_lines=14)), "\n")


def _extra_rows(survey: Survey) -> dict[str, Any]:
    """The argument that adds rows to the detections: upper limits, or forced photometry."""
    return {name: True for name in _EXTRA_ROWS if name not in survey.instead}


def _columns_to_print(survey: Survey) -> list[str]:
    columns = survey.columns
    brightness = (columns.brightness, columns.brightness_error, columns.limit)
    return [name for name in (columns.time, columns.band, *brightness, columns.tag) if name is not None]


def _brightest(table: Table) -> int:
    """The id of the alert with the largest difference; only detections have an alert id."""
    survey = survey_of(table)
    alerts: Any = table[~np.ma.getmaskarray(table[survey.columns.alert_id])]
    flux, _ = survey.photometry.difference_flux(alerts)
    return int(alerts[survey.columns.alert_id][np.ma.argmax(flux)])


@contextmanager
def _fink_at(server: str | None, survey: str) -> Iterator[str]:
    """The address of the server, or of a simulated Fink that runs meanwhile."""
    if server is not None:
        yield server
        return
    from fink_sandbox import Sandbox

    with Sandbox(survey=survey) as box:
        yield box.url


def _save(table: Table, hdus: fits.HDUList, folder: Path) -> list[Path]:
    """Write the light curve and the cutouts, and a figure of each."""
    from matplotlib.figure import Figure

    names = ("lightcurve.ecsv", "lightcurve.png", "cutouts.fits", "cutouts.png")
    curve, curve_figure, cutouts, cutouts_figure = paths = [folder / name for name in names]
    write(table, curve, overwrite=True)
    hdus.writeto(cutouts, overwrite=True)

    figure = Figure(figsize=(9, 5), layout="constrained")
    plot_lightcurve(table, ax=figure.subplots())
    figure.savefig(curve_figure, dpi=150)

    figure = Figure()
    plot_cutouts(hdus, figure=figure)
    figure.savefig(cutouts_figure, dpi=150)
    return paths
