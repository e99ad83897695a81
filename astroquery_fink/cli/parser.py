# Licensed under a 3-clause BSD style license - see LICENSE.rst
# PYTHON_ARGCOMPLETE_OK
"""What the command understands."""

import argparse
from importlib.metadata import version

from ..formats.files import FORMATS
from ..surveys import SURVEYS, ZTF
from . import tables, tools
from .examples import examples_of

__all__ = ["build_parser"]

_EPILOG = """\
exit status:
  0    all went well
  1    Fink could not answer, or a file could not be read or written
  2    the question was wrong; nothing was sent
  3    Fink has nothing to be found
  130  Ctrl-C

astroquery-fink COMMAND --help has examples."""

_LAST_PORT = 65535
_KINDS = tuple(dict.fromkeys(kind for survey in SURVEYS.values() for kind in survey.cutouts.kinds))


def build_parser():
    """The parser of the command.

    Returns
    -------
    parser : `argparse.ArgumentParser`
    """
    parser = argparse.ArgumentParser(
        prog="astroquery-fink",
        description="Ask the Fink alert broker.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=version("astroquery_fink"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (_add_alerts, _add_stamps, _add_searches, _add_names, _add_lists, _add_tools):
        add(commands)
    _complete(parser)
    return parser


def _complete(parser):
    """Tab completion, where argcomplete is installed."""
    try:
        import argcomplete
    except ImportError:
        return
    argcomplete.autocomplete(parser)


def _command(commands, name, run, words):
    command = commands.add_parser(
        name,
        help=words,
        description=f"{words[0].upper()}{words[1:]}.",
        epilog=examples_of(name),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("-q", "--quiet", action="store_true", help="no warnings, no progress")
    command.set_defaults(run=run)
    return command


def _http_request(commands, name, run, words, method=None):
    """A command that asks Fink, by default of the first survey that has the method."""
    command = _command(commands, name, run, words)
    survey = next(survey.name for survey in SURVEYS.values() if method not in survey.instead)
    command.add_argument("--survey", choices=SURVEYS, default=survey, help="%(default)s, if not given")
    command.add_argument("--server", metavar="URL", help="another Fink than the survey's own")
    command.add_argument("--timeout", type=float, metavar="SECONDS")
    command.add_argument("--no-cache", action="store_true", help="ask, even where a reply was kept")
    command.add_argument("-o", "--output", metavar="FILE", help=f"one of {', '.join(FORMATS)}")
    command.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    return command


def _of_objects(command):
    """The arguments of a question about one object or many."""
    command.add_argument("objectid", nargs="*")
    command.add_argument(
        "--ids", metavar="FILE", help="ids, one a line, or a table that has them; -: standard input"
    )
    command.add_argument("--columns", metavar="NAMES", help="comma text, with family prefix or without")


def _add_alerts(commands):
    curve = _http_request(commands, "lightcurve", tables.lightcurve, "all alerts of objects")
    curve.add_argument(
        "--upper-limits", action="store_true", help="ZTF: upper limits and detections of bad quality, too"
    )
    curve.add_argument(
        "--forced", action="store_true", help="Rubin: the forced photometry, too; of one object at a time"
    )
    curve.add_argument("--plot", metavar="FILE", help="a figure, too")
    forced = _http_request(
        commands,
        "forced",
        tables.forced,
        "the flux at the places of Rubin's objects, visit by visit",
        method="query_forced_photometry",
    )
    summary = _http_request(
        commands, "summary", tables.summary, "one row for each of Rubin's objects", "query_summary"
    )
    for command in (curve, forced, summary):
        _of_objects(command)


def _add_stamps(commands):
    cutouts = _http_request(commands, "cutouts", tools.cutouts, "the stamps of an alert, as FITS")
    cutouts.add_argument("objectid")
    cutouts.add_argument("--candid", help="an alert (of Rubin its diaSourceId); the newest otherwise")
    cutouts.add_argument("--kind", choices=_KINDS, help="all otherwise")
    cutouts.add_argument("--all", action="store_true", help="of all alerts, into the folder of -o")
    cutouts.add_argument("--plot", metavar="FILE", help="a figure, too")


def _add_searches(commands):
    cone = _http_request(commands, "cone", tables.cone, "the objects around a position, nearest first")
    cone.add_argument("position", help='in one pair of quotes: "RA DEC" (ICRS), or a name')
    cone.add_argument("radius", help="with a unit, such as 5arcsec")
    of_class = _http_request(
        commands, "class", tables.of_class, "the alerts of a class of ZTF's", "query_class"
    )
    of_class.add_argument("name", help="see astroquery-fink classes")
    of_class.add_argument("--trend", help="such as rising")
    of_tag = _http_request(commands, "tag", tables.of_tag, "the alerts of Rubin with a tag", "query_tag")
    of_tag.add_argument("name", help="see astroquery-fink tags")
    sso = _http_request(commands, "sso", tables.sso, "the alerts of a Solar System object")
    sso.add_argument("name", help="number or designation")
    sso.add_argument("--ephem", action="store_true", help="with ephemerides")
    sso.add_argument("--residuals", action="store_true", help="ZTF: what is left beside the phase curve, too")
    for command in (of_class, of_tag):
        command.add_argument("-n", type=int, help="the newest so many")
    for command in (cone, of_class, of_tag):
        command.add_argument("--start", metavar="TIME", help="UTC")
        command.add_argument("--stop", metavar="TIME", help="UTC")
    for command in (cone, of_class, of_tag, sso):
        command.add_argument("--columns", metavar="NAMES", help="comma text")


def _add_names(commands):
    resolve = _http_request(commands, "resolve", tables.resolve, "what an object is called elsewhere")
    resolve.add_argument("name")
    resolve.add_argument(
        "--resolver", default="simbad", choices=("simbad", "tns", "ssodnet"), help="%(default)s"
    )
    resolve.add_argument("--reverse", action="store_true", help="from a Fink id to the other name")


def _add_lists(commands):
    columns = _http_request(commands, "columns", tables.columns, "the columns that can be asked for")
    columns.add_argument("pattern", nargs="?", default="", help="part of a name or a description")
    _http_request(
        commands, "classes", tables.classes, "the classes that can be searched for", method="list_classes"
    )
    _http_request(commands, "tags", tables.tags, "the tags that can be searched for", method="list_tags")
    statistics = _http_request(commands, "statistics", tables.statistics, "numbers of alerts, a row a night")
    statistics.add_argument(
        "date", nargs="?", default="", help="YYYYMMDD, or the beginning of one; all otherwise"
    )


def _port(text):
    port = int(text)
    if not 0 <= port <= _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{port} is no port: give 0 to {_LAST_PORT}")
    return port


def _add_tools(commands):
    demo = _command(commands, "demo", tools.demo, "one object from question to figures, without a network")
    demo.add_argument("objectid", nargs="?", help="an object id; needs --server")
    demo.add_argument("--server", help="a real Fink, such as https://api.ztf.fink-portal.org")
    demo.add_argument("--folder", default="fink-demo", help="where the files go (%(default)s)")
    sandbox = _command(commands, "sandbox", tools.sandbox, "a simulated Fink on this machine, until Ctrl-C")
    sandbox.add_argument("--port", type=_port, default=0, help="0: any free one (%(default)s)")
    sandbox.add_argument("--seed", type=int, default=1, help="of the simulated sky (%(default)s)")
    for command in (demo, sandbox):
        command.add_argument("--survey", choices=SURVEYS, default=ZTF.name, help="%(default)s, if not given")
    cache = _command(commands, "cache", tools.cache, "the replies that are kept")
    cache.add_argument("action", choices=tools.CACHE_ACTIONS)
