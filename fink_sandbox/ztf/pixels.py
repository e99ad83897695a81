"""Alerts by HEALPix pixel."""

from collections.abc import Callable

import numpy as np

from ..server.pool import Pool
from ..server.tables import Columns
from ..sky.crowds import NSIDE
from ..sky.pixels import pixel_numbers
from ..sky.targets import Target
from .columns import STORED
from .survey import Survey

__all__ = ["INDEXED", "LABELS", "NSIDE", "OTHERS", "newest_of_each", "pixel_pool"]

INDEXED = [
    "i:objectId", "i:candid", "i:magpsf", "i:sigmapsf", "i:jd", "i:jdstarthist", "d:cdsxmatch", "i:drb",
    "i:ra", "i:dec", "i:fid", "i:distnr", "d:nalerthist", "d:classification",
]  # fmt: skip
OTHERS = [name for name in STORED if name not in INDEXED]
LABELS = ["pixel", "i:jdstarthist", "i:objectId", "i:jd"]


def pixel_pool(survey: Survey, chosen: Callable[[Target], bool] | None = None) -> Pool:
    """Alerts with two more columns: ``pixel`` and ``d:classification``."""
    return Pool([_indexed(table) for table in survey.tables(chosen)])


def _indexed(table: Columns) -> Columns:
    pixel = pixel_numbers(NSIDE, table["i:ra"], table["i:dec"])
    return table | {"pixel": pixel, "d:classification": table["v:classification"]}


def newest_of_each(pool: Pool, rows: np.ndarray) -> np.ndarray:
    """The newest alert of every object, among these rows."""
    return pool.newest_of_each(rows, "i:objectId", "i:jd")
