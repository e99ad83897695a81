# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Read folders of Fink's Data Transfer service as Tables. pyarrow is imported when a folder is read."""

from .hats import HatsReport, to_hats
from .hats_columns import list_columns, units
from .table import read

__all__ = ["HatsReport", "list_columns", "read", "to_hats", "units"]
