# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The ``astroquery-fink`` command."""

import os
import sys
import warnings
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout

from astropy.utils.exceptions import AstropyWarning

from ..exceptions import FinkError
from .parser import build_parser

__all__ = ["main"]

ALL_WELL, FAILED, WRONG, NOTHING, INTERRUPTED = 0, 1, 2, 3, 130


def main(arguments=None):
    """Run the command.

    Parameters
    ----------
    arguments : list of str, optional
        None: those of the shell.

    Returns
    -------
    status : int
        0 if all went well, 1 if Fink could not answer or a file could not be written, 2 if the question
        was wrong, 3 if there was nothing to be found, 130 after Ctrl-C.
    """
    with _open_streams():
        try:
            return _run(build_parser().parse_args(arguments))
        except KeyboardInterrupt:
            _say("interrupted; responses received are in the cache, and the same command goes on from there")
            return INTERRUPTED


def _run(options):
    with warnings.catch_warnings():
        for category in (UserWarning, AstropyWarning):
            warnings.simplefilter("ignore" if options.quiet else "always", category)
        warnings.showwarning = _show_warning
        return _status_of(options)


@contextmanager
def _open_streams():
    """What goes to a closed stream (``>&-``) goes nowhere."""
    with ExitStack() as stack:
        nowhere = stack.enter_context(open(os.devnull, "w"))
        stack.enter_context(redirect_stdout(sys.stdout or nowhere))
        stack.enter_context(redirect_stderr(sys.stderr or nowhere))
        yield


def _status_of(options):
    try:
        found = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # such as "| head": the reader has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ALL_WELL
    except FinkError as error:
        _say(error)
        return WRONG if isinstance(error, ValueError) else FAILED
    except (OSError, ImportError) as error:
        _say(error)
        return FAILED
    return NOTHING if found == 0 else ALL_WELL


def _say(message):
    print(f"astroquery-fink: {' '.join(str(message).split())}", file=sys.stderr)


def _show_warning(message, category, *_, **__):
    _say(f"warning: {message}")
