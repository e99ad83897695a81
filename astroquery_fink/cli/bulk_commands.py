# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The commands for bulk data and live alerts, as data: the function, the help and the arguments of each."""

from ..surveys import SURVEYS
from .commands import COLUMNS, Command, argument, number, own, switch

__all__ = ["SHORT_FOR", "STREAM", "TRANSFER"]

SHORT_FOR = "download"
"""str : The sub-command of ``transfer`` that need not be written."""


_SERVERS = argument(
    "--servers", "broker; default: the one in ~/.finkclient/SURVEY_credentials.yml", metavar="HOST:PORT"
)
_TIMEOUT = argument("--timeout", "time to wait for a broker that is silent", type=float, metavar="SECONDS")
_OUTPUT = argument("-o", "new folder", "output", metavar="OUT", required=True)
_OF_TOPIC = argument("--survey", "default: the one in the name of the topic", choices=tuple(SURVEYS))
_OF_FOLDER = argument("--survey", "default: the one that the folder names", choices=tuple(SURVEYS))
_NOTHING_LEFT = "nothing was written"

TRANSFER = (
    Command(
        "transfer download",
        "transfer.download",
        "all alerts of a transfer, each once, into a folder of Parquet files",
        (
            argument("topic", "the name that the Data Transfer page of Fink shows"),
            argument(
                "-o",
                "folder for the alerts; an earlier download in it continues",
                "path",
                metavar="DIR",
                required=True,
            ),
            argument(
                "--content",
                "leave out cutouts (medium), or cutouts and the history inside each alert (light)",
                choices=("full", "medium", "light"),
            ),
            argument("--processes", "default: one per processor core", type=int, metavar="N"),
            switch("--follow", "wait for a topic that Fink is still writing"),
            argument(
                "--max-wait",
                "with --follow: end when nothing new has come for this time, default: 600",
                type=float,
                metavar="SECONDS",
            ),
            _OF_TOPIC,
            _SERVERS,
            argument("--group", "name of the group of consumers, if the broker asks for one", metavar="NAME"),
            _TIMEOUT,
        ),
        interrupted="what was received stays in the folder, and the same command continues from there",
    ),
    Command(
        "transfer status",
        "transfer.status",
        "how much of a transfer is in its folder, without a network",
        (argument("folder", "the folder of a download", "path"),),
        interrupted="nothing was changed",
    ),
    Command(
        "transfer compact",
        "transfer.compact",
        "the alerts of a folder in few large files, sorted by object, each alert once",
        (
            argument("folder", "a folder of a download, of fink-client, or of Parquet files", "path"),
            _OUTPUT,
            COLUMNS,
            _OF_FOLDER,
            argument("--memory", "memory for sorting, default: 0.2", type=number, metavar="GB"),
        ),
        interrupted=_NOTHING_LEFT,
    ),
    Command(
        "transfer light-curves",
        "transfer.light_curves",
        "the light curves in a folder, one row per object",
        (argument("folder", "the folder that transfer compact wrote", "path"), _OUTPUT, COLUMNS, _OF_FOLDER),
        interrupted=_NOTHING_LEFT,
    ),
    Command(
        "transfer hats",
        "transfer.to_hats",
        "light curves as a HATS catalogue, which LSDB opens",
        (
            argument("folder", "the folder that transfer light-curves wrote", "path"),
            argument(
                "-o", "new folder, or an address such as s3://...", "output", metavar="OUT", required=True
            ),
            argument("--name", "name of the catalogue; default: that of OUT", "catalog_name"),
            argument(
                "--pixel-threshold",
                "most objects in a partition; default: as many as take 256 MB",
                type=int,
                metavar="N",
            ),
            argument(
                "--margin",
                "width of the border of each partition, default: 10",
                "margin_arcsec",
                type=number,
                metavar="ARCSEC",
            ),
            own("--no-margin", "partitions without a border", action="store_true"),
            own("--scheduler", "Dask scheduler; default: threads of this command", metavar="ADDRESS"),
        ),
        interrupted="the same command continues where it stopped",
    ),
)

STREAM = Command(
    "stream",
    "stream.alerts",
    "live alerts as they come, one line per alert, until Ctrl-C",
    (
        argument("topic", "live topics, such as fink_sn_candidates_ztf", "topics", nargs="*"),
        own("--list", "print the names of the live topics instead", action="store_true"),
        own("--json", "print JSON, with all columns that are requested", action="store_true"),
        COLUMNS,
        own(
            "--where",
            'only such alerts, for example "magpsf < 18"; several: all must be true',
            action="append",
            default=[],
            metavar="CONDITION",
        ),
        argument(
            "--start",
            "oldest (default), newest, or a time in UTC; for a group that has not read the topic before",
            metavar="TIME",
        ),
        own("--rewind", "begin at --start, whatever the group has read before", action="store_true"),
        argument(
            "--max-wait",
            "end when no alert has come for this time; default: go on until Ctrl-C",
            type=float,
            metavar="SECONDS",
        ),
        argument("--survey", "default: as the names of the topics end", choices=tuple(SURVEYS)),
        _SERVERS,
        argument(
            "--group",
            "name under which the broker remembers what you have received; default: that of registration",
            metavar="NAME",
        ),
        _TIMEOUT,
    ),
    interrupted="the same command continues where it stopped; the last alerts may come again",
)
