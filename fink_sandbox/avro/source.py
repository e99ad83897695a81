"""Where alert packets come from: what a survey has to offer."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from .fields import Content

__all__ = ["Identity", "Source", "Words"]

Words = str | Sequence[str]


@dataclass(frozen=True)
class Identity:
    """Names of the fields in which copies differ, and the ids that copies have."""

    object: str
    alert: str
    ra: str
    new_object: Callable[[int], str | int]
    first_alert: int


@dataclass(frozen=True)
class Source:
    """The packets of a survey's alerts."""

    survey: Any  # first argument of the functions but `content_of`
    name: str
    live_topic: str
    identity: Identity
    content_of: Callable[[Words, bool], Content]
    objects: Callable[[Any, Words], Sequence[str]]  # all that packets of a content are about
    rows_of: Callable[[Any, str], int]
    packets_of: Callable[[Any, str, Sequence[int], Content], Iterator[dict[str, Any]]]

    def packets(
        self, objects: str | Iterable[str] | None, words: Words, content: Content, n: int | None, seed: int
    ) -> Iterator[dict[str, Any]]:
        """Packets of the alerts of objects, or of some that are drawn at random."""
        if isinstance(objects, str | int):
            objects = [objects]
        names = self.objects(self.survey, words) if objects is None else dict.fromkeys(objects)
        alerts = [(name, row) for name in names for row in range(self.rows_of(self.survey, name))]
        if n is not None and n < len(alerts):
            drawn = np.random.default_rng(seed).choice(len(alerts), n, replace=False)
            alerts = [alerts[number] for number in sorted(drawn.tolist())]
        for name, found in groupby(alerts, key=lambda alert: alert[0]):
            yield from self.packets_of(self.survey, name, [row for _, row in found], content)
