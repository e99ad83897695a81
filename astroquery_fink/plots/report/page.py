# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""One HTML file with a row per object."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from astropy.io import fits
from astropy.table import Table
from astropy.time import Time

from ...arguments.types import StrPath
from ...disk import completed, disk_errors, unfinished_name
from ...exceptions import FinkQueryError
from ...lightcurve.selection import require_columns
from ...messages import counted
from ...surveys import Survey, survey_of
from ...surveys.photometry import plain
from ...tables.optional import require
from ..brightness import brightness_of
from ..looks import BAND_STYLES, ON_DARK
from ..points import split_by
from .brightness import WINDOW
from .curves import HEIGHT, WIDTH
from .entries import Entry, entry_of
from .images import rows_with_ids, thumbnails_by_id
from .values import clean, days, meta_of

__all__ = ["report"]

_LONGEST = 240  # characters of a request


def report(
    table: Table,
    path: StrPath,
    *,
    images: Iterable[fits.HDUList] = (),
    title: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a page with a row per object: one HTML file that needs no network.

    A row has the light curve with upper limits, three cutouts with north up, the position, the class and its
    scores, cross-matches, the age, the newest brightness, its change per day, and links to Fink's portal, the
    Transient Name Server, SIMBAD and the Legacy Survey viewer. In a browser the page can be sorted and
    filtered, also with the keyboard; it prints, and has a light and a dark form.

    Parameters
    ----------
    table : `~astropy.table.Table`
        Alerts of one object or several, best from ``query_objects`` with ``withupperlim=True`` (ZTF). Rows of
        forced photometry (Rubin) are drawn, too. A table with chosen columns needs those of the object id,
        the time, the band and the brightness; the page leaves out what other columns would say.
    path : str or path-like
        The file, whose name ends in ``.html`` or ``.htm``. It appears when it is complete.
    images : list of `~astropy.io.fits.HDUList`, optional
        Cutouts from ``get_images`` or ``get_cutouts``, in any order, matched by the ids in their headers. If
        an object has several, the page shows the newest. Objects without cutouts have a row all the same.
    title : str, optional
        The heading of the page. None: the survey and the number of objects.
    overwrite : bool, optional
        Whether to replace an existing file.

    Returns
    -------
    path : `~pathlib.Path`
        The file.

    Raises
    ------
    FinkQueryError
        The table lacks a required column, an argument is invalid, the file cannot be written, or Jinja2 or
        matplotlib is not installed.
    FileExistsError
        The file exists, and ``overwrite`` is False.

    Warns
    -----
    InputWarning
        Rows of the table without an object id, and cutouts of objects that the table lacks, were left out.

    Examples
    --------
    >>> from astroquery_fink.plots import report
    >>> newest = Fink.query_class("SN candidate", n=5)
    >>> table = Fink.query_objects(newest, withupperlim=True)
    >>> page = report(table, "tonight.html", images=Fink.get_images(newest), title="SN candidates")
    >>> "<title>SN candidates</title>" in page.read_text(encoding="utf-8")
    True
    """
    require("report", ("jinja2", "matplotlib"), "report")
    file = _checked(path, overwrite)
    survey = survey_of(table)
    require_columns(table, _needed(survey) if len(table) else (survey.columns.object_id,), "report")
    html = _html(table, survey, _entries(table, survey, images), title)
    part = unfinished_name(file)
    with disk_errors(str(file)), completed(part, file):
        part.write_text(html, encoding="utf-8", newline="\n")
    return file


def _checked(path: Any, overwrite: bool) -> Path:
    """The file as a path; refused unless it is called .html and is new or may be replaced."""
    try:
        file = Path(path)
    except TypeError:
        raise FinkQueryError(f"path={path!r} is not a path: give the name of a file.") from None
    if file.suffix.lower() not in (".html", ".htm"):
        raise FinkQueryError(f"path={str(file)!r} is not a page: the name must end in .html.")
    if file.exists() and not overwrite:
        raise FileExistsError(f"{file} exists: give another path, or overwrite=True.")
    return file


def _needed(survey: Survey) -> Iterable[str]:
    """The columns that a page needs."""
    columns, kind = survey.columns, brightness_of(survey.default_brightness)
    of_brightness = (*kind.needs(survey), *survey.photometry.magnitude_columns)
    return dict.fromkeys((columns.object_id, columns.time, columns.band, *of_brightness))


def _entries(table: Table, survey: Survey, images: Iterable[fits.HDUList]) -> list[Entry]:
    """The objects in the order of the table."""
    known = rows_with_ids(_used(table, survey), survey)
    names = plain(known[survey.columns.object_id]).data.astype(str)
    pictures = thumbnails_by_id(images, known, survey)
    now = Time(meta_of(table, "queried") or Time.now(), scale="utc")
    return [
        entry_of(clean(name), known[rows], survey, pictures.get(name, {}), now)
        for name, rows in (split_by(names) if len(names) else [])
    ]


def _used(table: Table, survey: Survey) -> Table:
    """The columns that a page uses: a Table of few columns is divided into objects much faster."""
    facts = survey.report
    used = {
        *vars(survey.columns).values(),
        *survey.photometry.difference_columns,
        *facts.classes,
        *facts.scores.values(),
        *facts.crossmatches.values(),
        facts.tns_name,
    }
    return table[[name for name in table.colnames if name in used]]


def _html(table: Table, survey: Survey, entries: list[Entry], title: str | None) -> str:
    """The page as text; every value is escaped by Jinja2."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("astroquery_fink.plots.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["days"] = days
    environment.filters["base64"] = lambda content: base64.b64encode(content).decode("ascii")
    bands = {band: (style["color"], ON_DARK.get(band, style["color"])) for band, style in BAND_STYLES.items()}
    style = environment.get_template("style.css").render(bands=bands)
    script = environment.get_template("page.js").render()
    return environment.get_template("page.html").render(
        title=clean(title or f"Fink/{survey.title}: {counted(len(entries), 'object')}"),
        entries=entries,
        facts=_facts(table, survey, entries),
        bands={band: style["fmt"] for band, style in BAND_STYLES.items() if band in survey.bands.values()},
        qualities={group.quality for one in entries if one.curve for group in one.curve.groups},
        scores=[label for label in survey.report.scores if any(label in one.scores for one in entries)],
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        width=WIDTH,
        height=HEIGHT,
        window=f"{WINDOW:g}",
        is_magnitude=brightness_of(survey.default_brightness).is_magnitude,
        version=version("astroquery_fink"),
    )


def _facts(table: Table, survey: Survey, entries: list[Entry]) -> Mapping[str, str]:
    """What the page says of the request."""
    queried = meta_of(table, "queried")
    facts = {
        "Survey": survey.title,
        "Server": meta_of(table, "server"),
        "Request": _cut(f"{meta_of(table, 'endpoint') or ''} {meta_of(table, 'payload') or ''}".strip()),
        "Queried": f"{str(queried)[:19].replace('T', ' ')} UTC" if queried else None,
        "Objects": f"{len(entries)}, of {len(table)} rows",
    }
    return {key: clean(value) for key, value in facts.items() if value}


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _hash(text: str) -> str:
    """The hash by which the page's own security policy permits its style and its script."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
