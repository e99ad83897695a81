# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Download a topic of the Data Transfer service into a folder of Parquet files."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any, Literal, TypeAlias

from ...arguments.checks import count, path_of, truth
from ...arguments.choices import choice
from ...arguments.types import StrPath, SurveyName
from ...exceptions import FinkQueryError
from ...kafka.credentials import find_credentials
from ...messages import shown
from ...progress import Progress, is_shown
from ...tables.optional import require
from .names import survey_of, topic_name
from .report import TransferReport
from .state import State

__all__ = ["download"]
__doctest_requires__: dict[str, list[str]] = {"*": ["pyarrow", "confluent_kafka", "fastavro", "loky"]}

Content: TypeAlias = Literal["full", "medium", "light"]
_PACKAGES = ("confluent_kafka", "fastavro", "filelock", "loky", "pyarrow")
_TIMEOUT = 60.0  # seconds


def download(
    topic: str,
    path: StrPath,
    *,
    survey: SurveyName | None = None,
    content: Content = "full",
    servers: str | None = None,
    group: str | None = None,
    processes: int | None = None,
    follow: bool = False,
    max_wait: float = 600.0,
    timeout: float | None = None,
    config: Mapping[str, Any] | None = None,
    show_progress: bool | None = None,
) -> TransferReport:
    """Download all alerts of a transfer, each once, into a folder of Parquet files.

    The folder is all that is remembered: each file is named by the partition of the topic and the first and
    the last offset in it, and has this name only when it is complete. If a download was stopped, for
    whatever reason, call it again with the same arguments: only what is missing is downloaded. Several
    processes may download the same topic into the same folder at the same time, and share the work. Nothing
    is changed at the broker, so that a topic can be downloaded as often as you like.

    Parameters
    ----------
    topic : str
        The name of the topic that the Data Transfer page of Fink shows, such as
        ``"ftransfer_ztf_2026-03-01_123456"``. Fink keeps topics for 7 days.
    path : str or path-like
        The folder. It must be empty, or of an earlier download of the same topic; it is created if needed.
    survey : str, optional
        ``"ztf"`` or ``"lsst"``. None: the one in the name of the topic.
    content : str, optional
        What to write of each alert: ``"full"``, all that the topic has; ``"medium"``, all but cutouts;
        ``"light"``, all but cutouts and the history inside the alert.
    servers : str, optional
        Address of the broker, ``"host:port"``, or several with commas between them. None: the one in the
        file ``~/.finkclient/<survey>_credentials.yml``, which fink-client writes at registration.
    group : str, optional
        Name of the group of consumers. None: the one in that file. A download joins no group; a broker may
        ask for the name all the same.
    processes : int, optional
        Number of processes, at most one per partition. None: one per processor core, which are started if
        the download takes longer than some seconds.
    follow : bool, optional
        Whether to wait for the topic to appear, and for all alerts that are still being written to it. By
        default, a download ends with the alerts that were there when it began.
    max_wait : float, optional
        With ``follow``: seconds without a new alert after which the transfer is taken to be over.
    timeout : float, optional
        Seconds without an answer after which the broker is given up. None: 60, or ``maxtimeout`` in the file
        if that is more.
    config : dict, optional
        Further settings of librdkafka, such as ``{"security.protocol": "SSL"}``.
    show_progress : bool, optional
        Whether to show a progress bar; by default on a terminal and in a notebook.

    Returns
    -------
    report : `TransferReport`
        How many alerts of the topic are in the folder; ``print(report)`` says it in words.

    Raises
    ------
    FinkQueryError
        An argument is invalid; the topic does not exist, or has expired; the folder is of another topic, or
        cannot be written; a package is not installed.
    FinkServiceError
        The broker cannot be reached or stopped sending, or the topic has no schema. What was written stays.

    Warns
    -----
    NoResultsWarning
        The folder does not have all alerts of the topic: the topic is empty, some have expired, or more have
        come since the download began.
    CorruptDataWarning
        Some messages could not be decoded; they are in the sub-folder ``_undecoded``. Or some files have the
        same alerts as others.

    Examples
    --------
    >>> from astroquery_fink import transfer
    >>> from fink_sandbox import Sandbox
    >>> with Sandbox(seed=1).transfer_topic("ZTF99simsnia", content="light") as sent:
    ...     report = transfer.download(sent.topic, "alerts", servers=sent.servers)
    >>> report.rows == sent.alerts, report.missing, report.lost, report.undecoded, report.is_complete
    (True, 0, 0, 0, True)
    """
    name = topic_name(topic)
    facts = survey_of(name, survey)
    kept = choice(content, facts.packet.left_out, "content")
    folder = path_of(path, "path")
    number = None if processes is None else count(processes, "processes")
    wait = _seconds(max_wait, "max_wait")
    credentials = find_credentials(facts.name, servers, group)
    limit = max(_TIMEOUT, credentials.max_timeout) if timeout is None else _seconds(timeout, "timeout")
    require("transfer.download", _PACKAGES, "bulk")
    from ...kafka.consumer import settings_of
    from ...kafka.reading import READING, READING_DEFAULTS
    from .session import Session

    settings = settings_of(credentials, READING, config, READING_DEFAULTS)
    with Progress(is_shown(show_progress), " alerts") as progress:
        session = Session(
            state=State(name, facts.name, kept, looked="", watermarks={}),
            path=folder,
            leave_out=facts.packet.left_out[kept],
            settings=settings,
            timeout=limit,
            processes=number,
            progress=progress,
        )
        return session.follow(wait) if truth(follow, "follow") else session.download()


def _seconds(value: Any, argument: str) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not isfinite(value) or value <= 0:
        raise FinkQueryError(f"{argument}={shown(value)} is not a positive number of seconds.")
    return float(value)
