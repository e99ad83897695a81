# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Read folders of Fink's Data Transfer service as Tables. pyarrow is imported when a folder is read."""

from .batches import batches
from .compact import CompactReport, compact
from .table import read

__all__ = ["CompactReport", "batches", "compact", "read"]
