# Licensed under a 3-clause BSD style license - see LICENSE.rst
# PYTHON_ARGCOMPLETE_OK
"""The commands, their arguments and their help."""

import argparse
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Any, TypeAlias

from ..formats.files import FORMATS
from ..surveys import SURVEYS, ZTF
from . import tables, tools
from .examples import examples_of
from .simple import SIMPLE

__all__ = ["build_parser"]

Commands: TypeAlias = Any  # what add_subparsers returns, a private class of argparse

_EPILOG = """\
exit status:
  0    success
  1    Fink did not respond, or a file could not be read or written
  2    the request is invalid
  3    Fink found nothing
  130  interrupted by Ctrl-C

astroquery-fink COMMAND --help has examples."""

_OUTPUT = f"output file, whose name ends in {', '.join(FORMATS)}"
_LAST_PORT = 65535
_KINDS = tuple(dict.fromkeys(kind for survey in SURVEYS.values() for kind in survey.cutouts.kinds))


def build_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="astroquery-fink",
        description="Query the Fink alert broker.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=version("astroquery_fink"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (_add_alerts, _add_cutouts, _add_searches, _add_names, _add_lists, _add_tools):
        add(commands)
    _complete(parser)
    return parser


def _complete(parser: argparse.ArgumentParser) -> None:
    """Enable tab completion, if argcomplete is installed."""
    try:
        import argcomplete
    except ImportError:
        return
    argcomplete.autocomplete(parser)


def _command(
    commands: Commands, name: str, run: Callable[[argparse.Namespace], int | None], words: str
) -> argparse.ArgumentParser:
    """Add a command with its description and examples."""
    command = commands.add_parser(
        name,
        help=words,
        description=f"{words[0].upper()}{words[1:]}.",
        epilog=examples_of(name),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("-q", "--quiet", action="store_true", help="show neither warnings nor progress")
    command.set_defaults(run=run)
    return command


def _query(
    commands: Commands,
    name: str,
    run: Callable[[argparse.Namespace], int],
    words: str,
    method: str | None = None,
) -> argparse.ArgumentParser:
    """Add a command that queries Fink; its default survey is the first that has the method."""
    command = _command(commands, name, run, words)
    survey = next(survey.name for survey in SURVEYS.values() if method not in survey.instead)
    command.add_argument("--survey", choices=SURVEYS, default=survey, help="default: %(default)s")
    command.add_argument("--server", metavar="URL", help="default: Fink's server of the survey")
    command.add_argument("--timeout", type=float, metavar="SECONDS", help="time to wait for a response")
    command.add_argument(
        "--no-cache", action="store_true", help="send all requests, even if a response is cached"
    )
    command.add_argument("-o", "--output", metavar="FILE", help=_OUTPUT)
    command.add_argument("--overwrite", action="store_true", help="replace an existing file")
    return command


def _add_objects(command: argparse.ArgumentParser) -> None:
    """Add the arguments of a query for one object or several."""
    command.add_argument("objectid", nargs="*", help="object ids")
    command.add_argument(
        "--ids", metavar="FILE", help="file with one id per line, or a table with ids; -: standard input"
    )
    command.add_argument(
        "--columns", metavar="NAMES", help="separated by commas, with or without family prefix"
    )


def _add_alerts(commands: Commands) -> None:
    curve = _query(commands, "lightcurve", tables.lightcurve, "all alerts of objects")
    curve.add_argument(
        "--upper-limits", action="store_true", help="ZTF: add upper limits and detections of bad quality"
    )
    curve.add_argument("--forced", action="store_true", help="Rubin: add forced photometry; one object only")
    curve.add_argument("--plot", metavar="FILE", help="also draw a figure")
    forced = _query(
        commands,
        "forced",
        tables.forced,
        "forced photometry of Rubin objects at every visit",
        method="query_forced_photometry",
    )
    summary = _query(commands, "summary", tables.summary, "one row per object of Rubin", "query_summary")
    for command in (curve, forced, summary):
        _add_objects(command)


def _add_cutouts(commands: Commands) -> None:
    cutouts = _query(commands, "cutouts", tools.cutouts, "the cutouts of an alert, as FITS")
    cutouts.add_argument("objectid", help="object id")
    cutouts.add_argument("--candid", help="alert id (for Rubin the diaSourceId); default: the newest")
    cutouts.add_argument("--kind", choices=_KINDS, help="default: all kinds")
    cutouts.add_argument("--all", action="store_true", help="all alerts of the object, into the folder -o")
    cutouts.add_argument("--plot", metavar="FILE", help="also draw a figure")


def _add_searches(commands: Commands) -> None:
    cone = _query(commands, "cone", tables.cone, "the objects around a position, nearest first")
    cone.add_argument("position", help='"RA DEC" (ICRS) or a name, in quotes')
    cone.add_argument("radius", help="with a unit, such as 5arcsec")
    of_class = _query(commands, "class", tables.of_class, "the alerts of a class (ZTF)", "query_class")
    of_class.add_argument("name", help="class, see astroquery-fink classes")
    of_class.add_argument("--trend", help="trend of the light curve, such as rising")
    of_tag = _query(commands, "tag", tables.of_tag, "the alerts with a tag (Rubin)", "query_tag")
    of_tag.add_argument("name", help="tag, see astroquery-fink tags")
    sso = _query(commands, "sso", tables.sso, "the alerts of a Solar System object")
    sso.add_argument("name", help="number or designation")
    sso.add_argument("--ephem", action="store_true", help="add ephemerides")
    sso.add_argument("--residuals", action="store_true", help="ZTF: add the residuals of the phase curve")
    for command in (of_class, of_tag):
        command.add_argument("-n", type=int, help="number of the newest alerts")
    for command in (cone, of_class, of_tag):
        command.add_argument("--start", metavar="TIME", help="first time, in UTC")
        command.add_argument("--stop", metavar="TIME", help="last time, in UTC")
    for command in (cone, of_class, of_tag, sso):
        command.add_argument("--columns", metavar="NAMES", help="separated by commas")


def _add_names(commands: Commands) -> None:
    resolve = _query(commands, "resolve", tables.resolve, "the names of an object in other catalogues")
    resolve.add_argument("name", help="name, or with --reverse an object id")
    resolve.add_argument(
        "--resolver", default="simbad", choices=("simbad", "tns", "ssodnet"), help="default: %(default)s"
    )
    resolve.add_argument("--reverse", action="store_true", help="from the object id to the other names")


def _add_lists(commands: Commands) -> None:
    columns = _query(commands, "columns", tables.columns, "the columns that can be requested")
    columns.add_argument("pattern", nargs="?", default="", help="text in the name or the description")
    for simple in SIMPLE:
        run = partial(tables.simple, command=simple)
        command = _query(commands, simple.command, run, simple.words, simple.method)
        for argument in simple.arguments:
            nargs = None if argument.startswith("-") else "?"
            command.add_argument(argument, nargs=nargs, help=simple.help_of(argument))


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{port} is not a port: give 0 to {_LAST_PORT}")
    return port


def _add_tools(commands: Commands) -> None:
    demo = _command(commands, "demo", tools.demo, "one object from request to figures, without a network")
    demo.add_argument("objectid", nargs="?", help="object id; needs --server")
    demo.add_argument("--server", help="server of Fink, such as https://api.ztf.fink-portal.org")
    demo.add_argument("--folder", default="fink-demo", help="folder for the files, default: %(default)s")
    sandbox = _command(commands, "sandbox", tools.sandbox, "a simulated Fink on this machine, until Ctrl-C")
    sandbox.add_argument("--port", type=_port, default=0, help="default: %(default)s, any free port")
    sandbox.add_argument(
        "--seed", type=int, default=1, help="seed of the simulated sky, default: %(default)s"
    )
    for command in (demo, sandbox):
        command.add_argument("--survey", choices=SURVEYS, default=ZTF.name, help="default: %(default)s")
    cache = _command(commands, "cache", tools.cache, "the cached responses")
    cache.add_argument(
        "action", choices=tools.CACHE_ACTIONS, help="print the location or the size, or clear the cache"
    )
