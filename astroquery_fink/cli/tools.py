# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Commands whose result is not a table: cutouts, the demonstration, the simulated Fink, the cache."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from astropy.io import fits

from ..core import Fink
from ..exceptions import FinkQueryError
from ..http.cache import Store
from ..messages import counted
from . import files
from .commands import Command, keywords_of
from .demo import run_demo
from .demo_bulk import run_bulk_demo
from .tables import client, progress

__all__ = ["CACHE_ACTIONS", "cache", "cutouts", "demo", "sandbox", "server_version"]


def cutouts(options: Namespace, command: Command) -> int:
    """Write cutouts as FITS files, or as a figure; return the number of alerts."""
    if not (options.output or options.plot):
        raise FinkQueryError("give -o FILE.fits for the cutouts, or --plot FILE for a figure.")
    figure = files.check_figure(options.plot, options.overwrite, options.output)
    _check_output(options)
    fink, cache = client(options), False if options.no_cache else None
    if options.all:
        if options.objectid is None:
            raise FinkQueryError("--all: give an object id.")
        found = fink.get_images(
            options.objectid, kind=options.kind, show_progress=progress(options), cache=cache
        )
    else:
        found = [fink.get_cutouts(**keywords_of(options, command), cache=cache)]
    if options.output:
        _save(found, Path(options.output), options)
        files.tell(options, f"cutouts of {counted(len(found), 'alert')}", options.output)
    if figure is not None and found:
        _draw(found if options.all else found[0], figure)
        files.tell(options, "figure", figure)
    return len(found)


def _check_output(options: Namespace) -> None:
    if options.output and options.all:
        files.check_folder(options.output)
    elif options.output and Path(options.output).suffix.lower() != ".fits":
        raise FinkQueryError(f"-o {options.output}: cutouts are FITS; the name must end in .fits.")
    else:
        files.check_output(options.output, options.overwrite)


def _save(found: list[fits.HDUList], path: Path, options: Namespace) -> None:
    if not options.all:
        found[0].writeto(path, overwrite=options.overwrite)
        return
    path.mkdir(exist_ok=True)
    for hdus in found:
        hdus.writeto(path / f"{hdus[0].header['CANDID']}.fits", overwrite=options.overwrite)


def _draw(hdus: Any, path: Path) -> None:
    from matplotlib.figure import Figure

    from ..plots import plot_cutouts

    figure = Figure()
    plot_cutouts(hdus, figure=figure)
    figure.savefig(path, dpi=150)


def server_version(options: Namespace, command: Command) -> None:
    """Print the version of the server."""
    print(getattr(client(options), command.method)(cache=False if options.no_cache else None))


def demo(options: Namespace) -> None:
    """Run a demonstration."""
    if options.bulk:
        if options.server or options.objectid:
            raise FinkQueryError("--bulk: leave out --server and the object id; its alerts are simulated.")
        run_bulk_demo(options.folder, survey=options.survey)
        return
    run_demo(options.folder, survey=options.survey, server=options.server, objectid=options.objectid)


def sandbox(options: Namespace) -> None:
    """Run a simulated Fink until Ctrl-C."""
    from fink_sandbox import Sandbox

    def ready(url: str) -> None:
        call = f"FinkClass(survey={options.survey!r}, server={url!r})"
        print(f"A simulated Fink runs at {url} until Ctrl-C: {call}", flush=True)

    Sandbox(seed=options.seed, port=options.port, survey=options.survey).serve_forever(ready)


def cache(options: Namespace) -> None:
    """Print the location or the size of the cache, or clear it."""
    CACHE_ACTIONS[options.action]()


def _print_size() -> None:
    number, size = Store(Fink.cache_location).measure()
    print(f"{number} files, {size / 1e6:.1f} MB")


CACHE_ACTIONS = {"where": lambda: print(Fink.cache_location), "size": _print_size, "clear": Fink.clear_cache}
