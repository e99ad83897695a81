# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The ``astroquery-fink`` command."""

import os
import sys
import warnings
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from functools import partial
from typing import Any

from astropy.utils.exceptions import AstropyWarning

from ..exceptions import FinkError
from .bulk import IncompleteError
from .parser import build_parser
from .terminal import painted
from .wording import in_command_words

__all__ = ["main"]

SUCCESS, FAILED, INVALID, NOTHING_FOUND, INCOMPLETE, INTERRUPTED = 0, 1, 2, 3, 4, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : list of str, optional
        None: the arguments of the shell.

    Returns
    -------
    status : int
        0 for success, 1 if Fink did not respond or a file could not be read or written, 2 if the request is
        invalid, 3 if Fink found nothing, 4 if alerts of a transfer are missing in its folder, 130 after
        Ctrl-C.
    """
    with _open_streams():
        options = build_parser().parse_args(arguments)
        try:
            return _run(options)
        except KeyboardInterrupt:
            _say(f"interrupted{options.interrupted}")
            return INTERRUPTED


def _run(options: Namespace) -> int:
    with warnings.catch_warnings():
        for category in (UserWarning, AstropyWarning):
            warnings.simplefilter("ignore" if options.quiet else "always", category)
        warnings.showwarning = partial(_show_warning, options.command)
        return _status_of(options)


@contextmanager
def _open_streams() -> Iterator[None]:
    """Discard what is written to a closed stream (``>&-``)."""
    with ExitStack() as stack:
        nowhere = stack.enter_context(open(os.devnull, "w"))
        stack.enter_context(redirect_stdout(sys.stdout or nowhere))
        stack.enter_context(redirect_stderr(sys.stderr or nowhere))
        yield


def _status_of(options: Namespace) -> int:
    """Run the command of the options and return its exit status."""
    try:
        found = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as "| head", has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return SUCCESS
    except IncompleteError as error:
        if str(error):
            _say(error, options.command)
        return INCOMPLETE
    except FinkError as error:
        _say(error, options.command)
        return INVALID if isinstance(error, ValueError) else FAILED
    except (OSError, ImportError) as error:
        _say(error, options.command)
        return FAILED
    return NOTHING_FOUND if found == 0 else SUCCESS


def _say(message: object, command: str = "", style: str = "red") -> None:
    """Print a message to standard error, on one line, in the words of a command."""
    text = in_command_words(" ".join(str(message).split()), command)
    print(f"{painted('astroquery-fink:', style, sys.stderr)} {text}", file=sys.stderr)


def _show_warning(command: str, message: object, *_: Any, **__: Any) -> None:
    _say(f"warning: {message}", command, "yellow")
