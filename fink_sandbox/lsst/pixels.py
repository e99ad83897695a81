"""Alerts by HEALPix pixel, together with the columns of their objects."""

from collections.abc import Callable

from ..server.pool import Pool
from ..server.tables import Columns
from ..sky.pixels import pixel_numbers
from ..sky.targets import Target
from .columns import KINDS
from .survey import History, Survey

__all__ = ["LABELS", "NSIDE", "pixel_pool"]

NSIDE = 1024
LABELS = ["f:pixel1024", "r:diaObjectId", "r:midpointMjdTai"]


def pixel_pool(survey: Survey, chosen: Callable[[Target], bool] | None = None) -> Pool:
    """Alerts with the columns of their objects and with the pixel ``f:pixel1024``."""
    return Pool([_indexed(one) for one in survey.histories(chosen).values()])


def _indexed(history: History) -> Columns:
    n = len(history.sources["r:ra"])
    pixel = pixel_numbers(NSIDE, history.sources["r:ra"], history.sources["r:dec"])
    columns = {name: cells * n for name, cells in history.summary.items()} | history.sources
    columns |= {"r:salt": [None] * n, "f:pixel1024": pixel}
    return {name: columns[name] for name in KINDS["pixels"]}
