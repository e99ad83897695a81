# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Settings, read each time they are needed.

They live at the top level of ``~/.astropy/config/astroquery_fink.cfg``.
"""

from functools import partial

from astropy.config import ConfigItem, ConfigNamespace

__all__ = ["Conf", "conf"]

_item = partial(ConfigItem, module="astroquery_fink")


class Conf(ConfigNamespace):
    """Configuration of `astroquery_fink`."""

    server = _item(
        "https://api.ztf.fink-portal.org",
        "Address of Fink's ZTF service, without /api/v1. The older https://fink-portal.org works, too.",
    )
    timeout = _item(60.0, "Seconds to wait for the next bytes of a reply.")
    connect_timeout = _item(5.0, "Seconds to wait for a connection.")
    batch_size = _item(25, "Ids in one request of query_objects (1 where stamps are asked for).")
    max_connections = _item(4, "Requests of one batch that may be under way at once.")
    wire_format = _item(
        ["auto", "parquet", "json"],
        "What is asked of the server; auto: Parquet where the server can and pyarrow is installed.",
    )


conf = Conf()
