# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The command ``stream``: live alerts as lines of text or of JSON."""

import shutil
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

from astropy.table import Table

from .. import stream as live
from ..exceptions import FinkQueryError
from ..surveys import ZTF
from .commands import Command, keywords_of
from .json_lines import json_lines
from .lines import text_lines
from .pipes import ends_with_reader
from .where import Where

__all__ = ["stream"]


def stream(options: Namespace, command: Command) -> int:
    """Print alerts as they come, or the names of topics; their number."""
    if options.list:
        return _list_topics(options)
    if not options.topics:
        raise FinkQueryError("give at least one topic, or --list for their names.")
    keywords = _keywords(options, command)
    if options.rewind:
        _rewind(options)
    found = 0
    with ExitStack() as stack:
        for table in stack.enter_context(closing(live.alerts(**keywords))):
            for line in _lines(table, options):
                print(line)
            sys.stdout.flush()
            if not found:
                stack.enter_context(ends_with_reader())
            found += len(table)
    return found


def _keywords(options: Namespace, command: Command) -> dict[str, Any]:
    """The arguments of `astroquery_fink.stream.alerts`; the columns of conditions are requested, too."""
    keywords = {"max_wait": None} | keywords_of(options, command)
    if options.where:
        where = Where(options.where)
        keywords["where"] = where
        if options.columns is not None:
            keywords["columns"] = ",".join([options.columns, *where.columns])
    return keywords


def _lines(table: Table, options: Namespace) -> Iterator[str]:
    """A line per alert, cut at the width of a terminal."""
    if options.json:
        yield from json_lines(table)
        return
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in text_lines(table, all_columns=options.columns is not None, topic=len(options.topics) > 1):
        yield line if width is None or len(line) <= width else f"{line[: width - 1]}…"


def _rewind(options: Namespace) -> None:
    """Let the group begin anew."""
    number = live.rewind(
        options.topics,
        options.start or "oldest",
        survey=options.survey,
        servers=options.servers,
        group=options.group,
        timeout=options.timeout,
    )
    if not options.quiet:
        print(f"astroquery-fink: the broker has {number:,} alerts for this group", file=sys.stderr)


def _list_topics(options: Namespace) -> int:
    """Print the names of the live topics of a survey, by default of ZTF."""
    if options.topics:
        raise FinkQueryError("--list: leave out the topics.")
    survey: Any = options.survey or ZTF.name
    names = live.topics(survey=survey, servers=options.servers, timeout=options.timeout)
    print("\n".join(names))
    return len(names)
