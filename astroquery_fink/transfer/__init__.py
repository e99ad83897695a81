# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Bulk data: topics of Fink's Data Transfer service, folders of alerts, light curves and catalogues of them.

pyarrow and the packages of the extras ``bulk`` and ``hats`` are imported when they are needed.
"""

from .batches import batches
from .compact import CompactReport, compact
from .curves import LightCurvesReport, light_curves
from .download import download
from .hats import HatsReport, to_hats
from .hats_columns import list_columns, units
from .light_curve import light_curve
from .report import PartitionReport, TransferReport, status
from .table import read

__all__ = [
    "CompactReport",
    "HatsReport",
    "LightCurvesReport",
    "PartitionReport",
    "TransferReport",
    "batches",
    "compact",
    "download",
    "light_curve",
    "light_curves",
    "list_columns",
    "read",
    "status",
    "to_hats",
    "units",
]
