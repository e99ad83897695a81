# Licensed under a 3-clause BSD style license - see LICENSE.rst
# PYTHON_ARGCOMPLETE_OK
"""The commands, their arguments and their help."""

import argparse
from collections.abc import Callable, Iterable
from functools import partial
from importlib.metadata import version
from typing import Any, TypeAlias

from ..formats.files import FORMATS
from ..surveys import SURVEYS, ZTF
from . import bulk, live, report, tables, tools
from .bulk_commands import SHORT_FOR, STREAM, TRANSFER
from .commands import COMMANDS, REPORT, Argument, Command
from .examples import examples_of

__all__ = ["build_parser"]

Commands: TypeAlias = Any  # what add_subparsers returns, a private class of argparse

_EPILOG = """\
exit status:
  0    success
  1    Fink did not respond, or a file could not be read or written
  2    the request is invalid
  3    Fink found nothing
  4    alerts of a transfer are missing in its folder
  130  interrupted by Ctrl-C

environment:
  FINK_SERVER, FINK_LSST_SERVER  address of the server, if --server is not given
  NO_COLOR                       no colours

astroquery-fink COMMAND --help has examples."""

_TRANSFER = f"""\
Alerts that Fink's Data Transfer service put into a topic: download them, sort
them by object, and collect them into light curves.

A sub-command comes first. Anything else is the topic of a download:
"transfer TOPIC -o DIR" is short for "transfer {SHORT_FOR} TOPIC -o DIR"."""
_OUTPUT = f"output file, whose name ends in {', '.join(FORMATS)}"
_LAST_PORT = 65535
_RUN: dict[str, Callable[..., int | None]] = {
    "lightcurve": tables.lightcurve,
    "forced": tables.of_objects,
    "summary": tables.of_objects,
    "cutouts": tools.cutouts,
    "sso": tables.sso,
    "sso-bulk": tables.sso_bulk,
    "resolve": tables.resolve,
    "version": tools.server_version,
    "report": report.report,
}
"""dict : The functions of commands that do more than to pass their arguments to the method."""
_RUN_BULK: dict[str, Callable[..., int | None]] = {
    "transfer download": bulk.download,
    "transfer status": bulk.status,
    "transfer compact": bulk.compact,
    "transfer light-curves": bulk.light_curves,
    "transfer hats": bulk.hats,
    "stream": live.stream,
}


class _Parser(argparse.ArgumentParser):
    """A parser in which one sub-command need not be written."""

    short_for: str | None = None
    others: Iterable[str] = ()

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse arguments, after the sub-command was put before them if it is not there."""
        if self.short_for and args and args[0] not in (self.short_for, *self.others):
            args = [self.short_for, *args]
        return super().parse_known_args(args, namespace)


def build_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = _Parser(
        prog="astroquery-fink",
        description="Query the Fink alert broker.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(interrupted="")
    parser.add_argument("--version", action="version", version=version("astroquery_fink"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for query in COMMANDS:
        _add_query(commands, query)
    _add_query(commands, REPORT)
    _add_transfer(commands)
    _add_bulk(commands, STREAM)
    _add_tools(commands)
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
        name.rpartition(" ")[2],
        help=words,
        description=f"{words[0].upper()}{words[1:]}.",
        epilog=examples_of(name),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("-q", "--quiet", action="store_true", help="show neither warnings nor progress")
    command.set_defaults(run=run, command=name)
    return command


def _add_arguments(command: argparse.ArgumentParser, arguments: Iterable[Argument]) -> None:
    for argument in arguments:
        if argument.name.startswith("-"):
            names = (argument.name, "--output") if argument.name == "-o" else (argument.name,)
            command.add_argument(*names, dest=argument.target, help=argument.help, **argument.settings)
        else:
            settings = {"metavar": argument.name, **argument.settings}
            command.add_argument(argument.target, help=argument.help, **settings)


def _add_query(commands: Commands, query: Command) -> argparse.ArgumentParser:
    """Add a command that queries Fink; its default survey is the first that has the method."""
    run = partial(_RUN.get(query.name, tables.simple), command=query)
    command = _command(commands, query.name, run, query.words)
    command.set_defaults(interrupted=f"; {query.interrupted}")
    _add_arguments(command, query.arguments)
    survey = next(survey.name for survey in SURVEYS.values() if query.method not in survey.instead)
    if query is REPORT:
        command.add_argument("--survey", choices=SURVEYS, help="default: lsst with --tag, else ztf")
    else:
        command.add_argument("--survey", choices=SURVEYS, default=survey, help="default: %(default)s")
    command.add_argument(
        "--server",
        metavar="URL",
        help="default: FINK_SERVER (Rubin: FINK_LSST_SERVER) if it is set, else Fink's server",
    )
    command.add_argument("--timeout", type=float, metavar="SECONDS", help="time to wait for a response")
    command.add_argument(
        "--no-cache", action="store_true", help="send all requests, even if a response is cached"
    )
    if query.output:
        words = query.output if isinstance(query.output, str) else _OUTPUT
        command.add_argument("-o", "--output", metavar="FILE", help=words)
        command.add_argument("--overwrite", action="store_true", help="replace an existing file")
    return command


def _add_transfer(commands: Commands) -> None:
    """Add the sub-commands of ``transfer``."""
    parser = commands.add_parser(
        "transfer",
        help="download the topic of a transfer; sort its alerts by object, collect light curves",
        description=_TRANSFER,
        epilog=examples_of("transfer"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    below = parser.add_subparsers(required=True, metavar="TOPIC|SUB-COMMAND")
    for one in TRANSFER:
        _add_bulk(below, one)
    parser.short_for, parser.others = SHORT_FOR, ("-h", "--help", *below.choices)


def _add_bulk(commands: Commands, one: Command) -> None:
    """Add a command of bulk data or live alerts."""
    run = partial(_RUN_BULK[one.name], command=one)
    command = _command(commands, one.name, run, one.words)
    command.set_defaults(interrupted=f"; {one.interrupted}")
    _add_arguments(command, one.arguments)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{port} is not a port: give 0 to {_LAST_PORT}")
    return port


def _add_tools(commands: Commands) -> None:
    demo = _command(commands, "demo", tools.demo, "one object from request to figures, without a network")
    demo.add_argument("objectid", nargs="?", help="object id; needs --server")
    demo.add_argument("--server", help="server of Fink, such as https://api.ztf.fink-portal.org")
    demo.add_argument(
        "--bulk", action="store_true", help="a transfer instead, from the topic to a light curve"
    )
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
