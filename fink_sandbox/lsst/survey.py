"""Everything that Rubin and Fink have of a sky."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..server.tables import Columns
from ..sky.observe import observe_until_seen
from ..sky.sky import Sky
from ..sky.targets import Target
from .alerts import Alerts, alert_columns, field_names, measure
from .bodies import find_source
from .columns import KINDS, stored
from .ids import OWNERS, object_id, owner, salt
from .observe import Photometry, observe
from .science import science
from .summary import forced_table, object_table
from .visits import visits

__all__ = ["History", "Survey"]

CACHED_OBJECTS = 1000
ENOUGH_FOR_FORCED = 2
SPOILED = "dwarfnova"  # every ninth source of such an object lacks one truth value
EVERY = 9


@dataclass(frozen=True)
class History:
    """Tables of one object, oldest row first."""

    alerts: Alerts  # from which the cutouts are drawn
    sources: Columns
    summary: Columns
    forced: Columns


class Survey:
    """The objects of a sky by their Rubin numbers; Rubin does not see crowds."""

    def __init__(self, sky: Sky):
        self.sky = sky
        self._targets: dict[str, Target] = {}
        self.history = lru_cache(CACHED_OBJECTS)(self._history)

    @property
    def targets(self) -> dict[str, Target]:
        """All objects that do not move, by number as text."""
        found = [one for one in self.sky.targets if one.kind != "asteroid"]
        if len(found) != len(self._targets):
            self._targets = {str(object_id(self.sky.seed, one.objectid)): one for one in found}
        return self._targets

    def source(self, number: str) -> tuple[Target, Alerts, int] | None:
        """Target, alerts, and row of a source; None if it does not exist."""
        if not number.isdecimal():
            return None
        name = self._owner(int(number) % OWNERS)
        if name is None:
            return find_source(self.sky, int(number))
        found = self.history(name)
        if found is None or int(number) not in found.alerts.diasourceid:
            return None
        return self.targets[name], found.alerts, found.alerts.diasourceid.index(int(number))

    def histories(self, chosen: Callable[[Target], bool] | None = None) -> dict[str, History]:
        """Histories of the chosen objects that have sources, by number as text."""
        wanted = {name: one for name, one in self.targets.items() if chosen is None or chosen(one)}
        found = {name: self.history(name) for name in wanted}
        return {name: one for name, one in found.items() if one is not None}

    def _owner(self, last: int) -> str | None:
        """The object whose sources have ids with these last digits."""
        return next((name for name, one in self.targets.items() if owner(one.objectid) == last), None)

    def _history(self, name: str) -> History | None:
        target, number = self.targets[name], int(name)
        photometry = _enough(target)
        found = photometry.detected()
        if target.wanted is not None:
            found &= np.cumsum(found) <= target.wanted
        if not found.any():
            return None
        alerts = measure(target, photometry.select(found))
        return History(
            alerts,
            _sources(target, number, alerts),
            object_table(target, number, alerts),
            forced_table(target, number, _forced(target, photometry, found), alerts.detector),
        )


def _enough(target: Target) -> Photometry:
    """Photometry of visits dense enough for the wanted number of sources."""

    def measured(density: int) -> Photometry:
        return observe(target, visits(target, density), f"sources {density}")

    return observe_until_seen(measured, lambda found: int(found.detected().sum()), target.wanted)


def _sources(target: Target, number: int, alerts: Alerts) -> Columns:
    n = len(alerts.diasourceid)
    columns = alert_columns(target, alerts) | science(target, alerts) | field_names(target, n)
    columns |= {"r:diaObjectId": [number] * n, "r:salt": [salt(number)] * n}
    rows = stored(columns, KINDS["sources"], n)
    if target.kind == SPOILED:
        negative = rows["r:isNegative"]
        rows["r:isNegative"] = [None if row % EVERY == 1 else one for row, one in enumerate(negative)]
    return rows


def _forced(target: Target, photometry: Photometry, found: np.ndarray) -> Photometry:
    """Forced photometry from the first detection on; none for a single detection."""
    rows = np.flatnonzero(found)
    last = rows[-1] if target.wanted is not None else found.size - 1
    these = slice(rows[0], last + 1) if rows.size >= ENOUGH_FOR_FORCED else slice(0, 0)
    return photometry.select(these).again(target.generator("forced"))
