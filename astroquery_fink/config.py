# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Settings, read each time they are needed.

They live at the top level of ``~/.astropy/config/astroquery_fink.cfg``.
"""

from functools import partial
from math import inf

from astropy.config import ConfigItem, ConfigNamespace

from .exceptions import FinkQueryError

__all__ = ["Conf", "LONGEST", "conf"]

LONGEST = 1_000_000  # seconds that a socket may be told to wait

_item = partial(ConfigItem, module="astroquery_fink")


class _Number(ConfigItem):
    """A number that is checked when it is read, whether code or a file has set it."""

    def __init__(self, default, description, *, least, most=inf):
        super().__init__(default, description, module="astroquery_fink")
        self._range = least, most

    def __call__(self):
        value = super().__call__()
        least, most = self._range
        if not least <= value <= most:
            upper = "" if most == inf else f" and at most {most:,}"
            raise FinkQueryError(
                f"conf.{self.name}={value!r} is out of range: set it to at least {least:,}{upper}; "
                f"its default is {self.defaultvalue:,}."
            )
        return value


_seconds = partial(_Number, least=0.001)
_count = partial(_Number, least=1)
_number = partial(_Number, least=0)


class Conf(ConfigNamespace):
    """Configuration of `astroquery_fink`.

    Examples
    --------
    >>> from astroquery_fink import Conf, conf
    >>> isinstance(conf, Conf), conf.batch_size
    (True, 25)
    >>> with conf.set_temp("batch_size", 10):
    ...     conf.batch_size
    10
    """

    server = _item(
        "https://api.ztf.fink-portal.org",
        "Address of Fink's ZTF service, without /api/v1. The older https://fink-portal.org works, too.",
    )
    lsst_server = _item(
        "https://api.lsst.fink-portal.org", "Address of Fink's LSST service, without /api/v1."
    )
    allowed_hosts = _item("", "Hosts, with commas, to which the server may redirect besides itself.")

    connect_timeout = _seconds(5.0, "Seconds to wait for a connection.", most=LONGEST)
    timeout = _seconds(60.0, "Seconds to wait for the next bytes of a reply.", most=LONGEST)
    deadline = _seconds(180.0, "Seconds for a whole call, further tries and waits included.")
    attempts = _count(3, "Most tries for one request.")
    longest_wait = _number(
        60.0, "Seconds that the server may ask us to wait; beyond them the call fails at once."
    )
    max_body_size = _count(512_000_000, "Bytes of one reply, unpacked; a longer one is refused.")
    max_upload_size = _count(
        50_000_000, "Characters of a sky map as query_skymap sends it; a longer one is refused."
    )

    batch_size = _count(25, "Ids in one request of query_objects (1 with cutouts or upper limits).")
    max_connections = _count(4, "Requests of one batch that may be under way at once.")
    page_size = _count(1000, "Alerts in one request of query_class; no more than the server gives at once.")
    batch_retries = _number(100, "Most further tries of all requests of one batch together.")

    response_format = _item(
        ["auto", "parquet", "json"],
        "What is asked of the server; auto: Parquet where the server can and pyarrow is installed.",
    )

    update_time = _item("15:00", "Time of day (UTC) at which Fink has the alerts of the night.")
    stale_if_error = _item(False, "Whether a kept reply that is out of date will do when the server fails.")
    cache_size = _number(2_000_000_000, "Bytes of all kept replies; beyond them the oldest are removed.")


conf = Conf()
