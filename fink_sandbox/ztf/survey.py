"""Everything that ZTF and Fink have of a sky."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from ..server.pool import Pool
from ..server.tables import Columns
from ..sky.sky import Sky
from ..sky.targets import Target, named_object
from .columns import COLUMNS
from .groups import GroupAlerts
from .history import History, history
from .images import cutout

__all__ = ["Survey"]

CACHED_OBJECTS, CACHED_IMAGES = 400, 2000


class Survey:
    """The alerts of a sky, by object."""

    def __init__(self, sky: Sky):
        self.sky = sky
        self.history = lru_cache(CACHED_OBJECTS)(self._history)
        self.image = lru_cache(CACHED_IMAGES)(self._image)
        self._group = lru_cache(None)(self._group_alerts)
        self._groups()  # takes a while, so not with the first request

    def tables(self, chosen: Callable[[Target], bool] | None = None) -> list[Columns]:
        """All columns of the alerts of the chosen targets and of all groups."""
        targets = [one for one in self.sky.targets if chosen is None or chosen(one)]
        groups = [one.columns for one in self._groups()]
        return [self.history(one.objectid).valid for one in targets] + groups

    def alerts_of(self, ssnamenr: list[str]) -> Columns:
        """Alerts of moving objects of these names, oldest first."""
        pool = Pool([one.columns for one in self._groups()])
        rows = np.flatnonzero(np.isin(pool.array("i:ssnamenr"), ssnamenr))
        rows = rows[np.argsort(pool.array("i:jd")[rows], kind="stable")]
        return {name: pool.pick(name, rows) for name in COLUMNS}

    def _groups(self) -> list[GroupAlerts]:
        return [self._group(number) for number in range(len(self.sky.groups))]

    def _group_alerts(self, number: int) -> GroupAlerts:
        group = self.sky.groups[number]
        return GroupAlerts(group, number, self.history(named_object(group.kind)).valid)

    def _history(self, objectid: str) -> History:
        number = self.sky.group_number(objectid)
        if number is not None:
            return self._group(number).history(objectid)
        return history(self.sky.target(objectid))

    def _image(self, objectid: str, row: int, kind: str) -> np.ndarray:
        """Read-only cutout of one alert."""
        image = cutout(self.sky.target(objectid), self.history(objectid).alerts, row, kind)
        image.flags.writeable = False
        return image
