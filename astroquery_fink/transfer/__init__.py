# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Download topics of Fink's Data Transfer service, and read folders of alerts as Tables.

pyarrow and the packages of the extra ``bulk`` are imported when they are needed.
"""

from .download import download
from .report import PartitionReport, TransferReport, status
from .table import read

__all__ = ["PartitionReport", "TransferReport", "download", "read", "status"]
