# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Alerts of the live stream as Tables. confluent_kafka and pyarrow are imported when a topic is read."""

from .alerts import alerts
from .rewind import rewind
from .topics import topics

__all__ = ["alerts", "rewind", "topics"]
