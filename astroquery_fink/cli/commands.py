# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The commands that query Fink, as data: the method, the help and the arguments of each."""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..formats.files import FORMATS
from ..queries.resolver import RESOLVERS
from ..surveys import SURVEYS

__all__ = [
    "COMMANDS",
    "REPORT",
    "Argument",
    "Command",
    "argument",
    "keywords_of",
    "number",
    "own",
    "switch",
]


@dataclass(frozen=True)
class Argument:
    """An argument of a command; ``keyword`` is that of the method, None if only the command has it."""

    name: str
    help: str
    keyword: str | None
    settings: Mapping[str, Any]

    @property
    def target(self) -> str:
        """The name of its value in the parsed options."""
        return self.keyword or self.name.lstrip("-").replace("-", "_")


def argument(name: str, help: str, keyword: str | None = None, **settings: Any) -> Argument:
    """An argument of the method; its name is the keyword unless another is given."""
    return Argument(name, help, keyword or name.lstrip("-").replace("-", "_"), settings)


def switch(name: str, help: str, keyword: str | None = None) -> Argument:
    return argument(name, help, keyword, action="store_true")


def own(name: str, help: str, **settings: Any) -> Argument:
    """An argument that the command itself uses."""
    return Argument(name, help, None, settings)


def number(text: str) -> float:
    return int(text) if text.isdecimal() else float(text)


number.__name__ = "number"  # in the messages of argparse


class Command(NamedTuple):
    """A command, its method or function, its help, its arguments, and what to say after Ctrl-C.

    ``output`` is the help of ``-o``, or whether the command has it, with a Table as result.
    """

    name: str
    method: str
    words: str
    arguments: tuple[Argument, ...] = ()
    output: bool | str = True
    interrupted: str = "responses received are cached, and the same command continues from there"


_KINDS = tuple(dict.fromkeys(kind for survey in SURVEYS.values() for kind in survey.cutouts.kinds))
COLUMNS = argument("--columns", "separated by commas, with or without family prefix", metavar="NAMES")
_START = argument("--start", "first time, in UTC", metavar="TIME")
_STOP = argument("--stop", "last time, in UTC", metavar="TIME")
_FIRST_DAY = argument("--start", "first day, in UTC", metavar="DATE")
_LAST_DAY = argument("--stop", "last day, in UTC, included", metavar="DATE")
_NEWEST = argument("-n", "only the newest alerts, at most this many; default: all", type=int)
_SOME = argument("-n", "at most this many, default: 10", type=int)
_TABLE = argument("--table", "month of the table; default: the newest", "version", metavar="YYYY.MM")
_PLOT = own("--plot", "also draw a figure: .png, .pdf, .svg or another format of matplotlib", metavar="FILE")
_OBJECTS = (
    own("objectid", "object ids", nargs="*"),
    own("--ids", "file with one id per line, or a table with ids; -: standard input", metavar="FILE"),
    COLUMNS,
)

COMMANDS = (
    Command(
        "lightcurve",
        "query_objects",
        "all alerts of objects",
        (
            *_OBJECTS,
            switch("--upper-limits", "ZTF: add upper limits and detections of bad quality", "withupperlim"),
            switch("--forced", "Rubin: add forced photometry; one object only", "withforced"),
            _START,
            _STOP,
            _PLOT,
        ),
    ),
    Command(
        "forced", "query_forced_photometry", "forced photometry of Rubin objects at every visit", _OBJECTS
    ),
    Command("summary", "query_summary", "one row per object of Rubin", _OBJECTS),
    Command(
        "cutouts",
        "get_cutouts",
        "the cutouts of an alert, as FITS",
        (
            argument("objectid", "object id; for Rubin, --candid alone is enough", nargs="?"),
            argument("--candid", "alert id (for Rubin the diaSourceId); default: the newest"),
            argument("--kind", "default: all kinds", choices=_KINDS),
            own("--all", "all alerts of the object, into the folder -o", action="store_true"),
            _PLOT,
        ),
        output="output file, whose name ends in .fits; with --all, a folder",
    ),
    Command(
        "cone",
        "query_region",
        "the objects around a position, nearest first",
        (
            argument("position", '"RA DEC" (ICRS) or a name, in quotes', "coordinates"),
            argument("radius", "with a unit, such as 5arcsec"),
            _START,
            _STOP,
            argument("--window", "days after --start, instead of --stop", type=number, metavar="DAYS"),
            argument(
                "--kind",
                "Rubin: objects that varied only between --start and --stop, or then and at other times",
                choices=("within", "across"),
            ),
            COLUMNS,
        ),
    ),
    Command(
        "class",
        "query_class",
        "the alerts of a class (ZTF)",
        (
            argument("class", "class, see astroquery-fink classes", "class_name"),
            argument("--trend", "trend of the light curve, such as rising"),
            switch("--color", "add colours and rates"),
            _NEWEST,
            _START,
            _STOP,
            COLUMNS,
        ),
    ),
    Command("classes", "list_classes", "the classes that can be searched (ZTF)"),
    Command(
        "tag",
        "query_tag",
        "the alerts with a tag (Rubin)",
        (argument("tag", "tag, see astroquery-fink tags"), _NEWEST, _START, _STOP, COLUMNS),
    ),
    Command("tags", "list_tags", "the tags that can be searched (Rubin)"),
    Command("blocks", "list_blocks", "the conditions that tags combine (Rubin)"),
    Command(
        "anomalies",
        "query_anomalies",
        "the newest anomalous alerts (ZTF)",
        (_SOME, _FIRST_DAY, _LAST_DAY, COLUMNS),
    ),
    Command(
        "tracklets",
        "query_tracklets",
        "alerts on tracks of satellites and space debris (ZTF)",
        (
            argument("date", "YYYY-MM-DD hh:mm:ss in UTC, or its beginning, such as 2023-12", nargs="?"),
            argument("--tracklet", "name of one track, instead of a date", metavar="NAME"),
            COLUMNS,
        ),
    ),
    Command(
        "skymap",
        "query_skymap",
        "objects first seen around a gravitational-wave event",
        (
            argument("event", "event of GraceDB, such as S230709bi, or a file with a sky map", "source"),
            argument(
                "--level",
                "probability that the event is in the region, such as 0.9",
                "credible_level",
                type=number,
                required=True,
                metavar="P",
            ),
            argument(
                "--event-time", "time of the event, in UTC, if the file has no DATE-OBS", metavar="TIME"
            ),
            argument("--days-before", "days before the event, default: 1", type=number, metavar="DAYS"),
            argument(
                "--days-after",
                "days after that (for Rubin, after the event), default: 6",
                type=number,
                metavar="DAYS",
            ),
        ),
    ),
    Command(
        "sso",
        "query_sso",
        "the alerts of a Solar System object",
        (
            argument("name", "name, number or designation; several are separated by commas"),
            switch("--ephem", "add ephemerides", "withephem"),
            switch("--residuals", "ZTF: add the residuals of the phase curve", "withresiduals"),
            COLUMNS,
            _PLOT,
        ),
    ),
    Command(
        "sso-candidates",
        "query_sso_candidates",
        "candidates for new Solar System objects (ZTF)",
        (
            argument(
                "--kind",
                "one row per orbit or per alert, default: %(default)s",
                choices=("orbParams", "lightcurves"),
                default="orbParams",
            ),
            argument("--trajectory", "id of one candidate", metavar="ID"),
            argument("--start", "first day of the alerts, in UTC; for lightcurves", metavar="DATE"),
            argument("--stop", "day after the last, in UTC; for lightcurves", metavar="DATE"),
            argument("-n", "at most this many rows, default: 10000", type=int),
        ),
    ),
    Command(
        "ssoft",
        "query_ssoft",
        "phase curves of asteroids, all or one",
        (
            argument("--name", "name or designation of one object"),
            argument("--number", "number of one object", type=int),
            argument("--flavor", "model: SHG1G2 (default), HG1G2 or HG; ZTF also SOCCA"),
            _TABLE,
        ),
    ),
    Command(
        "sso-bulk",
        "query_sso_bulk",
        "light curves from the monthly table of all Solar System objects, or the whole table",
        (
            argument("name", "names of objects; without a name, -o gets the whole table", nargs="*"),
            argument("--file", "take the objects from such a file instead of the server", metavar="FILE"),
            _TABLE,
        ),
        output=f"output file, whose name ends in {', '.join(FORMATS)}; for the whole table .parquet",
    ),
    Command(
        "resolve",
        "resolve_name",
        "the names of an object in other catalogues",
        (
            argument("name", "name, or with --reverse an object id"),
            argument("--resolver", "default: all of them", choices=RESOLVERS),
            switch("--reverse", "from the object id to the other names"),
            _SOME,
        ),
    ),
    Command(
        "metadata",
        "query_metadata",
        "the name that a user of Fink gave to an object (ZTF)",
        (
            argument("objectid", "object id", nargs="?"),
            argument("--internal-name", "the name, instead of the object id", metavar="NAME"),
        ),
    ),
    Command(
        "statistics",
        "query_statistics",
        "numbers of alerts, one row per night",
        (argument("date", "YYYYMMDD, YYYYMM or YYYY; default: all nights", nargs="?"), COLUMNS),
    ),
    Command(
        "columns",
        "list_columns",
        "the columns that can be requested",
        (argument("search", "words of the name or the description", nargs="?"),),
    ),
    Command("endpoints", "list_endpoints", "the endpoints of the server, and their arguments"),
    Command("version", "server_version", "the version of the server", output=False),
)

REPORT = Command(
    "report",
    "plots.report",
    "objects on one HTML page: light curves, cutouts, positions, scores, cross-matches, links",
    (
        own("objectid", "object ids, instead of --class or --tag", nargs="*"),
        own("--ids", "file with one id per line, or a table with ids; -: standard input", metavar="FILE"),
        argument("--class", "ZTF: class, see astroquery-fink classes", "class_name", metavar="CLASS"),
        argument("--tag", "Rubin: tag, see astroquery-fink tags", metavar="TAG"),
        own("--since", "12h, 1d, 1w before now, or a time in UTC; default: 1d", metavar="TIME"),
        own("-n", "at most this many objects, the newest; default: 200", type=int),
        own("--no-cutouts", "leave out the cutouts, which need one request per object", action="store_true"),
        argument("-o", "file of the page, which ends in .html", "path", required=True, metavar="FILE"),
        own("--overwrite", "replace an existing file", action="store_true"),
    ),
    output=False,
)


def keywords_of(options: Namespace, command: Command) -> dict[str, Any]:
    """The arguments that were given, for the method."""
    given = {one.keyword: getattr(options, one.target) for one in command.arguments if one.keyword}
    return {keyword: value for keyword, value in given.items() if value is not None and value is not False}
