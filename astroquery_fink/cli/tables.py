# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Commands that answer a table."""

import numpy as np

from ..core import FinkClass
from ..exceptions import FinkQueryError
from . import files

__all__ = [
    "classes",
    "client",
    "columns",
    "cone",
    "forced",
    "lightcurve",
    "of_class",
    "of_tag",
    "resolve",
    "sso",
    "statistics",
    "summary",
    "tags",
]


def client(options):
    """The client that the options describe."""
    return FinkClass(survey=options.survey, server=options.server, timeout=options.timeout)


def _answer(options, method, *arguments, **keywords):
    """Ask, once it is sure that the answer can be written."""
    files.check_table(options.output, options.overwrite)
    request = getattr(client(options), method)
    return request(*arguments, cache=False if options.no_cache else None, **keywords)


def lightcurve(options):
    """Light curves, and perhaps a figure."""
    picture = files.check_picture(options.plot, options.overwrite, beside=options.output)
    table = _with_forced(options) if options.forced else _light_curves(options)
    rows = files.show(table, options)
    if picture is not None and rows:
        _draw(table, picture)
    return rows


def _light_curves(options):
    keywords = {"columns": options.columns, "withupperlim": options.upper_limits}
    return _answer(options, "query_objects", _ids(options), **keywords, **_progress(options))


def _with_forced(options):
    """Detections and forced photometry; Fink's client has them together of one object at a time."""
    client(options)._survey.check("withforced")
    ids = _ids(options)
    if len(ids) > 1:
        raise FinkQueryError(
            f"--forced: one object at a time, not {len(ids)}; of many take lightcurve and forced, one each."
        )
    keywords = {"columns": options.columns, "withupperlim": options.upper_limits, "withforced": True}
    return _answer(options, "query_object", ids[0], **keywords)


def _ids(options):
    """All ids that were given, on the command line and in a file."""
    column = client(options)._survey.columns.object_id
    ids = options.objectid + (files.read_ids(options.ids, column) if options.ids else [])
    if not ids:
        raise FinkQueryError("of which object? Give ids, or --ids FILE.")
    return ids


def _progress(options):
    return {"show_progress": False if options.quiet else None}


def forced(options):
    """Forced photometry."""
    return _of_objects(options, "query_forced_photometry")


def summary(options):
    """A row an object."""
    return _of_objects(options, "query_summary")


def _of_objects(options, method):
    client(options)._survey.check(method)
    keywords = {"columns": options.columns, **_progress(options)}
    return files.show(_answer(options, method, _ids(options), **keywords), options)


def _draw(table, path):
    from matplotlib.figure import Figure

    from ..lightcurve import refuse_incomplete
    from ..plots import plot_lightcurve
    from ..surveys import survey_of

    key = survey_of(table).columns.object_id
    refuse_incomplete(table, [key], "--plot")
    many = len(set(table[key]))
    columns = min(4, int(np.ceil(np.sqrt(many))))
    rows = -(-many // columns)
    figure = Figure(figsize=(5 + 4 * columns, 1.5 + 3.5 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax in axes[many:]:
        ax.remove()
    plot_lightcurve(table, ax=axes[:many])
    figure.savefig(path, dpi=150)


def cone(options):
    """The objects around a position."""
    keywords = {name: getattr(options, name) for name in ("start", "stop", "columns")}
    return files.show(_answer(options, "query_region", options.position, options.radius, **keywords), options)


def of_class(options):
    """The alerts of a class."""
    keywords = {name: getattr(options, name) for name in ("n", "start", "stop", "trend", "columns")}
    return files.show(_answer(options, "query_class", options.name, **keywords), options)


def of_tag(options):
    """The alerts with a tag."""
    keywords = {name: getattr(options, name) for name in ("n", "start", "stop", "columns")}
    return files.show(_answer(options, "query_tag", options.name, **keywords, **_progress(options)), options)


def sso(options):
    """The alerts of a Solar System object."""
    keywords = {"withephem": options.ephem, "withresiduals": options.residuals, "columns": options.columns}
    return files.show(_answer(options, "query_sso", options.name, **keywords), options)


def resolve(options):
    """Names known elsewhere."""
    keywords = {"resolver": options.resolver, "reverse": options.reverse}
    return files.show(_answer(options, "resolve_name", options.name, **keywords), options)


def columns(options):
    """The columns, those whose name or description has the pattern."""
    table = _answer(options, "list_columns")
    wanted = options.pattern.lower()
    rows = [wanted in f"{row['name']} {row['description']}".lower() for row in table]
    return files.show(table[np.array(rows, dtype=bool)], options)


def classes(options):
    """The classes."""
    return files.show(_answer(options, "list_classes"), options)


def tags(options):
    """The tags."""
    return files.show(_answer(options, "list_tags"), options)


def statistics(options):
    """Numbers of alerts, night by night."""
    return files.show(_answer(options, "query_statistics", options.date), options)
