# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Commands for bulk data: ``transfer`` and its sub-commands. Each prints a report."""

import warnings
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib import import_module
from typing import Any

from astropy.table import Table

from .. import transfer
from ..exceptions import FinkQueryError, FinkServiceError
from ..transfer.hats.to_hats import require_hats
from .commands import Command, keywords_of
from .tables import progress
from .wording import in_command_words

__all__ = ["IncompleteError", "compact", "download", "hats", "light_curves", "status"]

_SAME_AS_REPORT = r"[\d,]+ of [\d,]+ alerts? in "


class IncompleteError(Exception):
    """A folder lacks alerts of its transfer; the message is empty if that has been printed."""


def download(options: Namespace, command: Command) -> int:
    """Download a topic; the number of its alerts."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=_SAME_AS_REPORT)
        report = _call(transfer.download, options, command)
    return _transferred(report, options)


def status(options: Namespace, command: Command) -> int:
    """Compare a folder with its topic; the number of alerts of the topic."""
    report = transfer.status(options.path)
    if not options.quiet:
        print("\n".join(_partitions(report).pformat(max_lines=-1, max_width=-1)), end="\n\n")
    return _transferred(report, options)


def _partitions(report: transfer.TransferReport) -> Table:
    """The counts of each partition."""
    return Table([asdict(one) for one in report.partitions])


def _transferred(report: transfer.TransferReport, options: Namespace) -> int:
    """Print a report; the number of alerts of the topic."""
    _tell(str(report), options)
    if report.expected and not report.is_complete:
        raise IncompleteError(report if options.quiet else "")
    return report.expected


def compact(options: Namespace, command: Command) -> int:
    """Sort a folder by object; the number of alerts."""
    report = _call(transfer.compact, options, command)
    _tell(f"{report}.", options)
    return report.rows


def light_curves(options: Namespace, command: Command) -> int:
    """Write light curves; their number."""
    report = _call(transfer.light_curves, options, command)
    _tell(f"{report}.", options)
    return report.objects + report.solar_system_objects


def hats(options: Namespace, command: Command) -> int:
    """Write a catalogue; the number of its objects."""
    if options.no_margin and options.margin_arcsec is not None:
        raise FinkQueryError("--margin and --no-margin exclude each other: give one of them.")
    keywords: dict[str, Any] = {"margin_arcsec": None} if options.no_margin else {}
    with _dask(options.scheduler) as client:
        report = _call(transfer.to_hats, options, command, client=client, **keywords)
    _tell(
        f"Catalogue {report.catalog_name}: {report.objects:,} objects in {report.partitions:,} partitions "
        f"in {report.path}.",
        options,
    )
    return report.objects


@contextmanager
def _dask(scheduler: str | None) -> Iterator[Any]:
    """A client of a Dask scheduler, or None."""
    if scheduler is None:
        yield None
        return
    require_hats("--scheduler")
    try:
        client = import_module("distributed").Client(scheduler)
    except ValueError as error:
        raise FinkQueryError(f"--scheduler {scheduler!r} is not an address: {error}.") from error
    except OSError as error:
        raise FinkServiceError(f"--scheduler {scheduler!r} cannot be reached: {error}") from error
    with client:
        yield client


def _call(function: Callable[..., Any], options: Namespace, command: Command, **keywords: Any) -> Any:
    """Call the function of a command with the options that were given."""
    return function(**keywords_of(options, command), **keywords, show_progress=progress(options))


def _tell(report: str, options: Namespace) -> None:
    """Print a report, in the words of the command, unless it is to be quiet."""
    if not options.quiet:
        print(in_command_words(report, options.command))
