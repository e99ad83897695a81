# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Commands that answer no table: stamps, the demonstration, the simulated Fink, the cache."""

from pathlib import Path

from ..core import Fink
from ..exceptions import FinkQueryError
from ..http.cache import Store
from . import files
from .demo import run_demo
from .tables import client

__all__ = ["CACHE_ACTIONS", "cache", "cutouts", "demo", "sandbox"]


def cutouts(options):
    """Stamps as FITS."""
    if not (options.output or options.plot):
        raise FinkQueryError("where shall the stamps go? Give -o FILE.fits, or --plot FILE.")
    picture = files.check_picture(options.plot, options.overwrite, beside=options.output)
    _check_output(options)
    fink, kept = client(options), False if options.no_cache else None
    if options.all:
        found = fink.get_images(options.objectid, kind=options.kind, cache=kept)
    else:
        found = [fink.get_cutouts(options.objectid, candid=options.candid, kind=options.kind, cache=kept)]
    if options.output:
        _save(found, Path(options.output), options)
    if picture is not None and found:
        _draw(found if options.all else found[0], picture)
    return len(found)


def _check_output(options):
    if options.output and options.all:
        files.check_folder(options.output)
    elif options.output and Path(options.output).suffix.lower() != ".fits":
        raise FinkQueryError(f"-o {options.output}: cutouts are FITS; the name must end in .fits.")
    else:
        files.check_output(options.output, options.overwrite)


def _save(found, path, options):
    if not options.all:
        found[0].writeto(path, overwrite=options.overwrite)
        return
    path.mkdir(exist_ok=True)
    for hdus in found:
        hdus.writeto(path / f"{hdus[0].header['CANDID']}.fits", overwrite=options.overwrite)


def _draw(hdus, path):
    from matplotlib.figure import Figure

    from ..plots import plot_cutouts

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    plot_cutouts(hdus, figure=figure)
    figure.savefig(path, dpi=150)


def demo(options):
    """One object from question to figures."""
    run_demo(options.folder, survey=options.survey, server=options.server, objectid=options.objectid)


def sandbox(options):
    """Serve a simulated Fink."""
    from fink_sandbox import Sandbox

    def ready(url):
        words = f"FinkClass(survey={options.survey!r}, server={url!r})"
        print(f"A simulated Fink is at {url} until Ctrl-C: {words}", flush=True)

    Sandbox(seed=options.seed, port=options.port, survey=options.survey).serve_forever(ready)


def cache(options):
    """Where the cached responses are, how large they are, and away with them."""
    CACHE_ACTIONS[options.action]()


def _size():
    files, size = Store(Fink.cache_location).measure()
    print(f"{files} files, {size / 1e6:.1f} MB")


CACHE_ACTIONS = {"where": lambda: print(Fink.cache_location), "size": _size, "clear": Fink.clear_cache}
