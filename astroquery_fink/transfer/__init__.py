# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Bulk data: topics of Fink's Data Transfer service, folders of alerts, light curves and catalogues of them.

pyarrow and the packages of the extras ``bulk`` and ``hats`` are imported when they are needed.
"""

from .compaction.compact import CompactReport, compact
from .curves.light_curve import light_curve
from .curves.light_curves import LightCurvesReport, light_curves
from .folders.batches import batches
from .folders.read import read
from .hats.columns import list_columns, units
from .hats.to_hats import HatsReport, to_hats
from .topics.download import download
from .topics.report import PartitionReport, TransferReport, status

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
