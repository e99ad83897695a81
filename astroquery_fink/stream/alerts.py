# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Alerts of live topics as Tables."""

from collections.abc import Generator, Iterable, Mapping
from typing import Any

from astropy.table import Table

from ..arguments.checks import count, truth
from ..arguments.columns import full_names
from ..arguments.types import ColumnNames, SurveyName, TimeLike
from ..exceptions import FinkQueryError
from ..messages import shown
from .arguments import require_bulk, seconds, survey_of, topics_of
from .selection import Where

__all__ = ["alerts"]
__doctest_requires__: dict[str, list[str]] = {"alerts": ["confluent_kafka", "fastavro", "pyarrow", "yaml"]}


def alerts(
    topics: str | Iterable[str],
    *,
    survey: SurveyName | None = None,
    columns: ColumnNames | None = None,
    withcutouts: bool = False,
    where: Where | None = None,
    start: TimeLike | None = None,
    max_rows: int = 1000,
    max_wait: float | None = 60.0,
    servers: str | None = None,
    group: str | None = None,
    timeout: float | None = None,
    config: Mapping[str, Any] | None = None,
) -> Generator[Table, None, None]:
    """Receive the alerts of live topics as Tables, while Fink sends them.

    Each Table has alerts of one topic, in the order in which they came, with the columns, units and masks of
    ``query_object``. The history inside each alert, and by default its cutouts, are left out:
    ``Fink.query_objects(table)`` returns the light curves up to Fink's last update, and
    ``transfer.download`` keeps whole alerts.

    The broker remembers, under the name of your ``group``, which alerts you have received. It is told when
    your loop asks for the next Table, or ends: after ``break``, an error, Ctrl-C or a crash inside the loop,
    the alerts of that Table come again next time. So no alert is lost, but one may come twice.

    Parameters
    ----------
    topics : str or list of str
        Topics, such as ``"fink_sn_candidates_ztf"``; `astroquery_fink.stream.topics` lists them.
    survey : str, optional
        ``"ztf"`` or ``"lsst"``. None: as the names of the topics end.
    columns : str or list of str, optional
        Names, with or without family prefix, as in ``query_object``. All Tables have these columns, masked if
        a topic lacks one. None: all columns that the alerts of a Table have, which may change with a release
        of Fink.
    withcutouts : bool, optional
        Add the three cutouts, as columns of shape ``(rows, ny, nx)``: ``b:cutoutScience_stampData`` (ZTF) or
        ``b:cutoutScience`` (Rubin), and so on for ``Template`` and ``Difference``. The variance and the PSF
        of Rubin's cutouts are left out; ``FinkLSST.get_images(table)`` returns them later.
    where : callable, optional
        A function that takes a Table and returns a bool array: the alerts to keep. Masked values count as
        False. A Table without any alert left is not handed out.
    start : str, `~astropy.time.Time`, or datetime, optional
        Where a group begins that reads a topic for the first time: ``"oldest"`` alert that the broker still
        has (the default), ``"newest"`` for those that come from now on, or a time at which the broker
        received alerts, in UTC if it is text. A group that has read the topic before continues there; see
        `astroquery_fink.stream.rewind`.
    max_rows : int, optional
        Most alerts of a Table. A Table is handed out when it has so many, or half a second after its first
        alert came.
    max_wait : float, optional
        End when no alert, selected or not, has come for so many seconds. None: never end.
    servers : str, optional
        Addresses of brokers, ``"host:port"``, separated by commas. None: from the file
        ``~/.finkclient/<survey>_credentials.yml``, which fink-client writes at registration.
    group : str, optional
        A name of your own. Consumers with the same name, also on other machines, share the alerts. None:
        ``groupid`` of the same file.
    timeout : float, optional
        Seconds to wait for a broker that does not answer. None: ``conf.timeout``, or ``maxtimeout`` of the
        same file if that is longer.
    config : dict, optional
        Other settings of librdkafka, such as ``{"session.timeout.ms": 10_000}``.

    Returns
    -------
    tables : generator of `~astropy.table.Table`
        ``meta`` has ``topic``, ``survey``, ``servers``, ``columns``, ``received`` (UTC), and ``undecoded``,
        the number of messages that were left out because they are broken.

    Raises
    ------
    FinkQueryError
        An argument is invalid; the broker has no such topic; it refuses access; a package is not installed.
        ``where`` returned something else than a bool per row.
    FinkServiceError
        The broker has not answered for ``timeout`` seconds; the topic was deleted.
    FinkTimeoutError
        The broker has more alerts, but sent none for ``timeout`` seconds.

    Warns
    -----
    CorruptDataWarning
        Messages could not be decoded and are left out. Values were masked because they are not exact
        integers.
    NoResultsWarning
        A topic lacks some of the requested columns, which are masked.
    AstropyUserWarning
        Alerts expired before this group read them; alerts come again because the loop took too long
        (one hour, ``config={"max.poll.interval.ms": ...}``); ``start`` is not used; another consumer of the
        group is busy.

    Notes
    -----
    A connection that breaks is made again. ``break`` closes the connection; a program that keeps the
    generator in a variable closes it with ``tables.close()`` or `contextlib.closing`.

    Examples
    --------
    A simulated broker with 50 alerts:

    >>> from astroquery_fink import stream
    >>> from fink_sandbox import Sandbox
    >>> simulated = Sandbox(seed=1).stream_topic(n=50)
    >>> access = {"servers": simulated.servers, "group": "my group", "max_wait": 0.5}

    The alerts that are brighter than magnitude 18, with three columns:

    >>> def bright(table):
    ...     return table["i:magpsf"] < 18
    >>> for table in stream.alerts(
    ...     "fink_early_sn_candidates_ztf", columns="objectId,jd,magpsf", where=bright, **access
    ... ):
    ...     print(table.colnames, table["i:magpsf"].unit, len(table) < 50)
    ['i:objectId', 'i:jd', 'i:magpsf'] mag True

    >>> simulated.close()
    """
    names = topics_of(topics)
    facts = survey_of(names, survey)
    withcutouts = truth(withcutouts, "withcutouts")
    max_rows = count(max_rows, "max_rows")
    max_wait = None if max_wait is None else seconds(max_wait, "max_wait")
    if not (where is None or callable(where)):
        raise FinkQueryError(
            f"where={shown(where)} is not a function of a Table that returns a bool per row, such as "
            "lambda table: table['i:magpsf'] < 18."
        )
    require_bulk("stream.alerts")
    from .connection import settings_and_timeout
    from .live import Subscription, tables
    from .positions import start_of
    from .schema import columns_of

    settings, limit = settings_and_timeout(facts, servers, group, timeout, config)
    known = full_names(columns, facts, live=lambda: columns_of(names, facts, settings, limit))
    subscription = Subscription(
        topics=names,
        survey=facts,
        columns=known,
        withcutouts=withcutouts,
        where=where,
        start=None if start is None else start_of(start),
        max_rows=max_rows,
        max_wait=max_wait,
        timeout=limit,
        settings=settings,
    )
    return tables(subscription)
