# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The ``astroquery-fink`` command."""

import argparse
import sys
from importlib.metadata import version

from .demo import run_demo
from .exceptions import FinkError

__all__ = ["main"]


def main(arguments=None):
    """Run the command.

    Parameters
    ----------
    arguments : list of str, optional
        None: those of the shell.

    Returns
    -------
    status : int
        0 if all went well, 1 if Fink could not answer, 2 if the question was wrong.
    """
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except FinkError as error:
        print(f"astroquery-fink: {error}", file=sys.stderr)
        return 2 if isinstance(error, ValueError) else 1
    return 0


def _parser():
    parser = argparse.ArgumentParser(prog="astroquery-fink", description="Ask the Fink alert broker.")
    parser.add_argument("--version", action="version", version=version("astroquery_fink"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_demo(commands)
    _add_sandbox(commands)
    return parser


def _add_demo(commands):
    demo = commands.add_parser(
        "demo",
        help="one object from question to figures, without a network",
        description="Ask for one object, save its light curve and stamps, and draw them. Without --server, a "
        "simulated Fink on this machine is asked, and the object is simulated.",
    )
    demo.add_argument("objectid", nargs="?", help="an object id; needs --server")
    demo.add_argument("--server", help="a real Fink, such as https://api.ztf.fink-portal.org")
    demo.add_argument("--folder", default="fink-demo", help="where the files go (%(default)s)")
    demo.set_defaults(run=_demo)


def _demo(options):
    run_demo(options.folder, server=options.server, objectid=options.objectid)


def _add_sandbox(commands):
    sandbox = commands.add_parser(
        "sandbox",
        help="a simulated Fink on this machine",
        description="Serve a simulated sky as Fink serves the real one, on 127.0.0.1, until Ctrl-C.",
    )
    sandbox.add_argument("--port", type=int, default=0, help="0: any free one (%(default)s)")
    sandbox.add_argument("--seed", type=int, default=1, help="of the simulated sky (%(default)s)")
    sandbox.set_defaults(run=_sandbox)


def _sandbox(options):
    from .sandbox import Sandbox

    box = Sandbox(seed=options.seed, port=options.port).start()
    print(f"A simulated Fink is at {box.url} until Ctrl-C: FinkClass(server={box.url!r})", flush=True)
    box.serve_forever()
