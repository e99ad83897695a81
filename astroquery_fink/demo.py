# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""One object from question to figures, as ``astroquery-fink demo`` shows it."""

from contextlib import contextmanager
from pathlib import Path

from .core import FinkClass
from .exceptions import FinkQueryError
from .plots import plot_cutouts, plot_lightcurve

__all__ = ["run_demo"]

_SIMULATED = "ZTF99simsnia"
_SHOWN = ["i:jd", "i:fid", "i:magpsf", "i:sigmapsf", "i:diffmaglim", "d:tag"]


def run_demo(folder, *, server=None, objectid=None):
    """Ask for an object's light curve and stamps, save and draw them, and tell what was done.

    Parameters
    ----------
    folder : path-like
        Where the files go.
    server : str, optional
        A real Fink; None: a simulated one, on this machine.
    objectid : str, optional
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
    with _fink_at(server) as url:
        fink = FinkClass(server=url)
        objectid = objectid or _SIMULATED
        print(f"Asking {url} for {objectid}" + ("" if server else " (simulated: no real sky, no network)"))
        table = fink.query_object(objectid, withupperlim=True, cache=False)
        hdus = fink.get_cutouts(objectid, candid=_brightest(table), cache=False)
    print(f"{len(table)} rows, newest first:\n")
    print("\n".join(table[_SHOWN].pformat(max_lines=14)), "\n")
    paths = _save(table, hdus, folder)
    for path in paths:
        print(f"wrote {path}")
    return paths


def _brightest(table):
    valid = table[table["d:tag"] == "valid"]
    return int(valid["i:candid"][valid["i:magpsf"].argmin()])


@contextmanager
def _fink_at(server):
    """The address of the server, or of a simulated one that lives as long as it is needed."""
    if server is not None:
        yield server
        return
    from .sandbox import Sandbox

    with Sandbox() as box:
        yield box.url


def _save(table, hdus, folder):
    from matplotlib.figure import Figure

    names = ("lightcurve.ecsv", "lightcurve.png", "cutouts.fits", "cutouts.png")
    curve, curve_picture, stamps, stamps_picture = paths = [folder / name for name in names]
    table.write(curve, overwrite=True)
    hdus.writeto(stamps, overwrite=True)

    figure = Figure(figsize=(9, 5), layout="constrained")
    plot_lightcurve(table, ax=figure.subplots())
    figure.savefig(curve_picture, dpi=150)

    figure = Figure(figsize=(9, 3.4), layout="constrained")
    plot_cutouts(hdus, figure=figure)
    header = hdus[0].header
    figure.suptitle(f"{header['OBJECT']}  {header['DATE-OBS'][:16]}  {header['FILTER']} band")
    figure.savefig(stamps_picture, dpi=150)
    return paths
