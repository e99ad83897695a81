# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The command ``report``: objects of a class, of a tag or by id, on one HTML page."""

import re
import warnings
from argparse import Namespace
from typing import Any

import astropy.units as u
import numpy as np
from astropy.table import Table
from astropy.time import Time
from astroquery.exceptions import MaxResultsWarning, NoResultsWarning

from ..arguments.times import parse_time
from ..core import FinkClass
from ..exceptions import FailedIdsWarning, FinkQueryError, FinkServiceError, FinkTimeoutError
from ..messages import counted, warn
from ..surveys import SURVEYS
from ..surveys.photometry import plain
from ..tables.concat import merge
from ..tables.optional import require
from . import files
from .commands import Command
from .tables import client, progress

__all__ = ["report"]

_PAST = re.compile(r"(\d+(?:\.\d+)?)\s*([hdw])", re.ASCII)
_UNITS = {"h": u.hour, "d": u.day, "w": u.week}
_DEFAULT = "1d"
_MOST = 200  # objects


def report(options: Namespace, command: Command) -> int:
    """Write the page; return the number of its objects."""
    path = files.check_page(options.path, options.overwrite)
    require("report", ("jinja2", "matplotlib"), "report")
    fink = client(_with_survey(options))
    found, title = _search(fink, options) if _searches(options) else (_by_id(fink, options), None)
    table = _light_curves(fink, found, options) if len(found) else found
    images = _cutouts(fink, table, options) if len(table) and not options.no_cutouts else []

    from ..plots import report as write_page

    write_page(table, path, images=images, title=title, overwrite=options.overwrite)
    number = len(_ids_of(table, fink))
    files.tell(options, counted(number, "object"), path)
    return number


def _with_survey(options: Namespace) -> Namespace:
    """The options with a survey: by default the first that has the search."""
    if options.survey is None:
        method = "query_tag" if options.tag else "query_class"
        options.survey = next(one.name for one in SURVEYS.values() if method not in one.instead)
    return options


def _searches(options: Namespace) -> bool:
    """Whether a class or a tag was given, and not objects."""
    given = [options.class_name is not None, options.tag is not None, bool(options.objectid or options.ids)]
    if sum(given) != 1:
        raise FinkQueryError("give one of these: --class, --tag, or object ids (as arguments or by --ids).")
    if given[2] and (options.since is not None or options.n is not None):
        raise FinkQueryError("--since, -n: leave them out for object ids; they belong to --class and --tag.")
    return not given[2]


def _search(fink: FinkClass, options: Namespace) -> tuple[Table, str]:
    """The newest alert of each object of a class or tag, and a title for the page."""
    start, now = _start(options.since or _DEFAULT)
    limit = _MOST if options.n is None else options.n
    if limit < 1:
        raise FinkQueryError(f"-n {limit}: give a positive number of objects.")
    by_class = options.class_name is not None
    name, search = (options.class_name, fink.query_class) if by_class else (options.tag, fink.query_tag)
    columns = list(fink._survey.columns.keys)
    found = search(name, start=start, stop=now, columns=columns, **_keywords(options))
    return _newest_objects(found, fink, limit), f"{name}: alerts since {str(start.iso)[:16]} UTC"


def _newest_objects(found: Table, fink: FinkClass, limit: int) -> Table:
    """The newest alert of each object, newest first, up to a number of objects."""
    ids = plain(found[fink._survey.columns.object_id])
    _, first = np.unique(ids.data, return_index=True)
    first = np.sort(first[~np.ma.getmaskarray(ids)[first]])
    if len(first) > limit:
        message = f"the page has the newest {limit} of {len(first)} objects; -n takes another number."
        warn(message, MaxResultsWarning)
    return found[first[:limit]]


def _keywords(options: Namespace) -> dict[str, Any]:
    return {"show_progress": progress(options), "cache": False if options.no_cache else None}


def _start(since: str) -> tuple[Time, Time]:
    """The beginning of the time range, and now."""
    now = Time.now()
    past = _PAST.fullmatch(since.strip())
    if past:
        return now - float(past[1]) * _UNITS[past[2]], now
    try:
        with warnings.catch_warnings(action="ignore"):  # of years in which leap seconds are not known
            start = parse_time(since, "--since")
    except FinkQueryError as error:
        raise FinkQueryError(
            f"--since {since}: give a time before now, such as 1d, 12h, 1w, or a time in UTC, such as "
            "'2026-03-20 12:00'."
        ) from error
    if start.jd >= now.jd:
        raise FinkQueryError(f"--since {since}: this time is in the future.")
    return start, now


def _by_id(fink: FinkClass, options: Namespace) -> Table:
    """A Table of the ids that were given."""
    column = fink._survey.columns.object_id
    ids = options.objectid + (files.read_ids(options.ids, column) if options.ids else [])
    return Table({column: ids})


def _light_curves(fink: FinkClass, found: Table, options: Namespace) -> Table:
    """All alerts of the objects, with upper limits or forced photometry."""
    survey = fink._survey
    keywords = _keywords(options)
    ids = plain(found[survey.columns.object_id]).tolist()
    limits = {} if "withupperlim" in survey.instead else {"withupperlim": True}
    try:
        table: Any = fink.query_objects(ids, **limits, **keywords)
    except (FinkServiceError, FinkTimeoutError) as error:
        if error.table is None or not len(error.table):
            raise
        warn(str(error), FailedIdsWarning)
        table = error.table
    if "query_forced_photometry" in survey.instead or not len(table):
        return table
    return _with_forced(fink, table, keywords)


def _with_forced(fink: FinkClass, table: Table, keywords: dict[str, Any]) -> Table:
    """Alerts and forced photometry; objects too young for forced photometry cause no warning."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Fink has no forced photometry", NoResultsWarning)
        forced = fink.query_forced_photometry(_ids_of(table, fink), on_error="warn", **keywords)
    tag, meta = fink._survey.columns.tag, table.meta
    table[tag], forced[tag] = ["valid"] * len(table), ["forced"] * len(forced)
    table = merge([table, forced])
    table.meta = meta
    return table


def _cutouts(fink: FinkClass, table: Table, options: Namespace) -> Any:
    """The cutouts of the newest detection of each object; those that fail are left out with a warning."""
    columns = fink._survey.columns
    rows = np.ones(len(table), dtype=bool)
    if columns.tag in table.colnames:
        rows = plain(table[columns.tag]).filled("") == "valid"
    detections = table[rows]
    _, first = np.unique(plain(detections[columns.object_id]).data, return_index=True)
    if not len(first):
        return []
    return fink.get_images(detections[np.sort(first)], on_error="warn", **_keywords(options))


def _ids_of(table: Table, fink: FinkClass) -> list[Any]:
    """The ids of the objects that have rows."""
    key = fink._survey.columns.object_id
    return list(dict.fromkeys(plain(table[key]).compressed().tolist()))
