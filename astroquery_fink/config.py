# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Settings, which are read each time they are needed.

They can be set at the top level of ``~/.astropy/config/astroquery_fink.cfg``.
"""

from math import inf
from typing import Any, Final, Literal

from astropy.config import ConfigItem, ConfigNamespace

from .exceptions import FinkQueryError

__all__ = ["Conf", "LONGEST", "conf"]

LONGEST = 1_000_000  # seconds of the longest timeout


def _item(default: Any, description: str) -> Any:
    return ConfigItem(default, description, module="astroquery_fink")


class _Number(ConfigItem):
    """A number whose range is checked each time it is read."""

    def __init__(self, default: float, description: str, *, least: float, most: float = inf) -> None:
        super().__init__(default, description, module="astroquery_fink")
        self._range = least, most

    def __call__(self) -> Any:
        value = super().__call__()
        least, most = self._range
        if not least <= value <= most:
            upper = "" if most == inf else f" and at most {most:,}"
            raise FinkQueryError(
                f"conf.{self.name}={value!r} is out of range: set it to at least {least:,}{upper}; "
                f"its default is {self.defaultvalue:,}."
            )
        return value


def _seconds(default: float, description: str, most: float = inf) -> Any:
    return _Number(default, description, least=0.001, most=most)


def _count(default: int, description: str) -> Any:
    return _Number(default, description, least=1)


def _number(default: float, description: str) -> Any:
    return _Number(default, description, least=0)


class Conf(ConfigNamespace):
    """The settings of the package; each is checked when it is read.

    Examples
    --------
    >>> from astroquery_fink import Conf, conf
    >>> isinstance(conf, Conf), conf.batch_size
    (True, 25)
    >>> with conf.set_temp("batch_size", 10):
    ...     conf.batch_size
    10
    """

    server: str = _item(
        "https://api.ztf.fink-portal.org",
        "Address of Fink's ZTF service, without /api/v1. The environment variable FINK_SERVER comes first.",
    )
    lsst_server: str = _item(
        "https://api.lsst.fink-portal.org",
        "Address of Fink's LSST service, without /api/v1. The variable FINK_LSST_SERVER comes first.",
    )
    allowed_hosts: str = _item("", "Other hosts to which the server may redirect, separated by commas.")

    connect_timeout: float = _seconds(5.0, "Seconds to wait for a connection.", most=LONGEST)
    timeout: float = _seconds(60.0, "Seconds to wait for the next bytes of a response.", most=LONGEST)
    deadline: float = _seconds(180.0, "Seconds for one request, including all retries and waits.")
    attempts: int = _count(3, "Most attempts for one request.")
    longest_wait: float = _number(
        60.0, "Most seconds to wait at the server's request; if it wants more, the call fails at once."
    )
    max_body_size: int = _count(
        512_000_000, "Most bytes of one response, decompressed; a longer one is refused."
    )
    max_upload_size: int = _count(
        50_000_000, "Most characters of a sky map as query_skymap sends it; a longer one is refused."
    )

    max_cones: int = _count(1000, "Most cones of query_region for one MOC; one that takes more is refused.")

    batch_size: int = _count(25, "Ids in one request of query_objects (1 with cutouts or upper limits).")
    max_connections: int = _count(4, "Most requests of one query that are sent at the same time.")
    page_size: int = _count(
        1000, "Alerts in one request of query_class, at most as many as the server allows."
    )
    batch_retries: int = _number(100, "Most retries of all requests of one query together.")

    response_format: Literal["auto", "parquet", "json"] = _item(
        ["auto", "parquet", "json"],
        "Format of responses; auto: Parquet if the endpoint supports it and pyarrow is installed.",
    )

    update_time: str = _item("15:00", "Time of day (UTC) at which Fink has the alerts of the night.")
    stale_if_error: bool = _item(
        False, "Whether an expired response from the cache may be used if the server fails."
    )
    cache_size: int = _number(2_000_000_000, "Bytes of all cached responses; the oldest are removed first.")


conf: Final = Conf()
