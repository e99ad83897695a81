# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The live topics of a broker."""

from collections.abc import Mapping
from typing import Any

from ..arguments.choices import choice
from ..arguments.types import SurveyName
from ..surveys import SURVEYS
from .arguments import is_live, require_bulk

__all__ = ["topics"]
__doctest_requires__: dict[str, list[str]] = {"topics": ["confluent_kafka", "fastavro", "pyarrow", "yaml"]}


def topics(
    *,
    survey: SurveyName = "ztf",
    servers: str | None = None,
    timeout: float | None = None,
    config: Mapping[str, Any] | None = None,
) -> list[str]:
    """Names of the live topics of a broker.

    Topics of the Data Transfer service, and those that only count alerts, are left out. What each topic
    selects is told by ``FinkLSST.list_tags()`` for Rubin, and by Fink's manual for ZTF.

    Parameters
    ----------
    survey : str, optional
        ``"ztf"`` or ``"lsst"``: whose file ``~/.finkclient/<survey>_credentials.yml`` has the servers.
    servers : str, optional
        Addresses of brokers, ``"host:port"``, separated by commas. None: from that file.
    timeout : float, optional
        Seconds to wait for the broker. None: ``conf.timeout``, or ``maxtimeout`` of the same file if that is
        longer.
    config : dict, optional
        Other settings of librdkafka.

    Returns
    -------
    topics : list of str
        In alphabetical order.

    Raises
    ------
    FinkQueryError
        An argument is invalid; the servers are unknown; a package is not installed.
    FinkServiceError
        The broker did not answer.

    Examples
    --------
    >>> from astroquery_fink import stream
    >>> from fink_sandbox import Sandbox
    >>> with Sandbox(seed=1, survey="lsst").stream_topic(n=1) as simulated:
    ...     stream.topics(servers=simulated.servers)
    ['fink_extragalactic_new_candidate_lsst']
    """
    facts = SURVEYS[choice(survey, SURVEYS, "survey")]
    require_bulk("stream.topics")
    from ..kafka.consumer import connected
    from ..kafka.topics import topic_names
    from .connection import settings_and_timeout

    settings, limit = settings_and_timeout(facts, servers, "topics", timeout, config)
    with connected(settings) as connection:
        return [name for name in topic_names(connection, limit) if is_live(name)]
