# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Commands whose result is a table; each returns the number of its rows."""

from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
from astropy.table import Table

from ..core import FinkClass
from ..exceptions import FinkQueryError
from . import files
from .simple import Simple, values_of

__all__ = [
    "client",
    "columns",
    "cone",
    "forced",
    "lightcurve",
    "of_class",
    "of_tag",
    "resolve",
    "simple",
    "sso",
    "summary",
]


def client(options: Namespace) -> FinkClass:
    """The client for the options."""
    return FinkClass(survey=options.survey, server=options.server, timeout=options.timeout)


def _query(options: Namespace, method: str, *arguments: Any, **keywords: Any) -> Table:
    """Call a method of the client, after a check that the output can be written."""
    files.check_table(options.output, options.overwrite)
    request = getattr(client(options), method)
    return request(*arguments, cache=False if options.no_cache else None, **keywords)


def lightcurve(options: Namespace) -> int:
    """Light curves, and a figure if one is requested."""
    figure = files.check_figure(options.plot, options.overwrite, options.output)
    table = _with_forced(options) if options.forced else _light_curves(options)
    rows = files.show(table, options)
    if figure is not None and rows:
        _draw(table, figure)
    return rows


def _light_curves(options: Namespace) -> Table:
    keywords = {"columns": options.columns, "withupperlim": options.upper_limits}
    return _query(options, "query_objects", _ids(options), **keywords, **_progress(options))


def _with_forced(options: Namespace) -> Table:
    """Detections and forced photometry, which the client returns together for one object only."""
    client(options)._survey.check("withforced")
    ids = _ids(options)
    if len(ids) > 1:
        raise FinkQueryError(
            f"--forced: give one object, not {len(ids)}; for several, use the commands lightcurve and forced."
        )
    keywords = {"columns": options.columns, "withupperlim": options.upper_limits, "withforced": True}
    return _query(options, "query_object", ids[0], **keywords)


def _ids(options: Namespace) -> list[str]:
    """All ids from the command line and from the file of --ids."""
    column = client(options)._survey.columns.object_id
    ids = options.objectid + (files.read_ids(options.ids, column) if options.ids else [])
    if not ids:
        raise FinkQueryError("give at least one object id, or --ids FILE.")
    return ids


def _progress(options: Namespace) -> dict[str, bool | None]:
    return {"show_progress": False if options.quiet else None}


def forced(options: Namespace) -> int:
    """Forced photometry of objects."""
    return _of_objects(options, "query_forced_photometry")


def summary(options: Namespace) -> int:
    """One row per object."""
    return _of_objects(options, "query_summary")


def _of_objects(options: Namespace, method: str) -> int:
    client(options)._survey.check(method)
    keywords = {"columns": options.columns, **_progress(options)}
    return files.show(_query(options, method, _ids(options), **keywords), options)


def _draw(table: Table, path: Path) -> None:
    from matplotlib.figure import Figure

    from ..lightcurve import require_columns
    from ..plots import plot_lightcurve
    from ..surveys import survey_of

    key = survey_of(table).columns.object_id
    require_columns(table, [key], "--plot")
    many = len(set(table[key]))
    columns = min(4, int(np.ceil(np.sqrt(many))))
    rows = -(-many // columns)
    figure = Figure(figsize=(5 + 4 * columns, 1.5 + 3.5 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax in axes[many:]:
        ax.remove()
    plot_lightcurve(table, ax=axes[:many])
    figure.savefig(path, dpi=150)


def cone(options: Namespace) -> int:
    """The objects around a position."""
    keywords = {name: getattr(options, name) for name in ("start", "stop", "columns")}
    return files.show(_query(options, "query_region", options.position, options.radius, **keywords), options)


def of_class(options: Namespace) -> int:
    """The alerts of a class."""
    keywords = {name: getattr(options, name) for name in ("n", "start", "stop", "trend", "columns")}
    return files.show(_query(options, "query_class", options.name, **keywords), options)


def of_tag(options: Namespace) -> int:
    """The alerts with a tag."""
    keywords = {name: getattr(options, name) for name in ("n", "start", "stop", "columns")}
    return files.show(_query(options, "query_tag", options.name, **keywords, **_progress(options)), options)


def sso(options: Namespace) -> int:
    """The alerts of a Solar System object."""
    keywords = {"withephem": options.ephem, "withresiduals": options.residuals, "columns": options.columns}
    return files.show(_query(options, "query_sso", options.name, **keywords), options)


def resolve(options: Namespace) -> int:
    """The names of an object in other catalogues."""
    keywords = {"resolver": options.resolver, "reverse": options.reverse}
    return files.show(_query(options, "resolve_name", options.name, **keywords), options)


def columns(options: Namespace) -> int:
    """The columns whose name or description contains a pattern."""
    table = _query(options, "list_columns")
    pattern = options.pattern.lower()
    rows: Any = [pattern in f"{row['name']} {row['description']}".lower() for row in table]
    return files.show(table[np.array(rows, dtype=bool)], options)


def simple(options: Namespace, command: Simple) -> int:
    """The Table of a command that passes its arguments on."""
    return files.show(_query(options, command.method, **values_of(options, command)), options)
