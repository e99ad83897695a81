# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Commands whose result is a table; each returns the number of its rows."""

import warnings
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
from astropy.table import Table
from astroquery.exceptions import NoResultsWarning

from ..core import FinkClass
from ..exceptions import FinkQueryError, FinkServiceError, FinkTimeoutError
from ..messages import warn
from ..queries.resolver import RESOLVERS
from ..tables.concat import merge
from . import files
from .commands import Command, keywords_of

__all__ = ["client", "lightcurve", "of_objects", "progress", "resolve", "simple", "sso", "sso_bulk"]


def client(options: Namespace) -> FinkClass:
    """The client for the options."""
    return FinkClass(survey=options.survey, server=options.server, timeout=options.timeout)


def simple(options: Namespace, command: Command) -> int:
    """The Table of a command that passes its arguments on."""
    return files.show(_query(options, command.method, **keywords_of(options, command)), options)


def _query(options: Namespace, method: str, *arguments: Any, **keywords: Any) -> Table:
    """Call a method of the client, after a check that the output can be written."""
    files.check_table(options.output, options.overwrite)
    request = getattr(client(options), method)
    if "show_progress" in signature(request).parameters:
        keywords["show_progress"] = progress(options)
    return request(*arguments, cache=False if options.no_cache else None, **keywords)


def progress(options: Namespace) -> bool | None:
    """Whether to show a progress bar; None: on a terminal."""
    return False if options.quiet else None


def lightcurve(options: Namespace, command: Command) -> int:
    """Light curves, and a figure if one is requested."""
    return _with_figure(options, partial(_with_forced if options.withforced else _of_ids, options, command))


def _with_figure(options: Namespace, request: Callable[[], Table]) -> int:
    """Show the table of a request, and draw it if a figure is requested."""
    figure = files.check_figure(options.plot, options.overwrite, options.output)
    table = request()
    rows = files.show(table, options)
    if figure is not None and rows:
        _draw(table, figure)
        files.tell(options, "figure", figure)
    return rows


def _with_forced(options: Namespace, command: Command) -> Table:
    """Detections and forced photometry, which the client returns together for one object only."""
    client(options)._survey.check("withforced")
    ids = _ids(options)
    if len(ids) > 1:
        raise FinkQueryError(
            f"--forced: give one object, not {len(ids)}; for several, use the commands lightcurve and forced."
        )
    return _query(options, "query_object", ids[0], **keywords_of(options, command))


def _of_ids(options: Namespace, command: Command) -> Table:
    client(options)._survey.check(command.method)
    return _query(options, command.method, _ids(options), **keywords_of(options, command))


def _ids(options: Namespace) -> list[str]:
    """All ids from the command line and from the file of --ids."""
    column = client(options)._survey.columns.object_id
    ids = options.objectid + (files.read_ids(options.ids, column) if options.ids else [])
    if not ids:
        raise FinkQueryError("give at least one object id, or --ids FILE.")
    return ids


def of_objects(options: Namespace, command: Command) -> int:
    """Rows of objects, such as their forced photometry."""
    return files.show(_of_ids(options, command), options)


def sso(options: Namespace, command: Command) -> int:
    """The alerts of Solar System objects, and a figure if one is requested."""
    request = partial(_query, options, command.method, **keywords_of(options, command))
    return _with_figure(options, request)


def resolve(options: Namespace, command: Command) -> int:
    """The names that one resolver has, or all of them together with a column that says which."""
    if options.resolver:
        return simple(options, command)
    keywords = keywords_of(options, command)
    found = [_resolved(options, command.method, resolver=resolver, **keywords) for resolver in RESOLVERS]
    tables = [table for table in found if len(table)]
    if not tables:
        warn(f"{options.name!r} is unknown to {', '.join(RESOLVERS)}.", NoResultsWarning)
        return 0
    return files.show(merge(tables), options)


def _resolved(options: Namespace, method: str, *, resolver: str, **keywords: Any) -> Table:
    """The names that a resolver has, with its own name; if it fails, none and a warning."""
    try:
        with warnings.catch_warnings(action="ignore", category=NoResultsWarning):
            table = _query(options, method, resolver=resolver, **keywords)
    except (FinkServiceError, FinkTimeoutError) as error:
        warn(f"{resolver} did not respond: {error}", NoResultsWarning)
        return Table()
    table.add_column([resolver] * len(table), name="resolver", index=0)
    return table


def sso_bulk(options: Namespace, command: Command) -> int | None:
    """The light curves of some Solar System objects, or the whole table as a file."""
    if options.name:
        return simple(options, command)
    path = files.check_parquet(options.output, options.overwrite)
    if options.file is not None:
        raise FinkQueryError("--file: give the names of the objects.")
    client(options).download_sso_bulk(
        path, version=options.version, overwrite=options.overwrite, show_progress=progress(options)
    )
    files.tell(options, f"{path.stat().st_size:,} bytes", path)
    return None


def _draw(table: Table, path: Path) -> None:
    import matplotlib as mpl

    mpl.use("agg")  # which opens no window
    from matplotlib import pyplot

    from ..plots import plot_lightcurve

    figure = np.ravel(np.asarray(plot_lightcurve(table)))[0].figure
    figure.savefig(path, dpi=150)
    pyplot.close(figure)
