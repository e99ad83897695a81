# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Find alerts that a folder has more than once, however many alerts there are.

The alert ids alone are read first, into a temporary file, and those that occur more than once are kept. When
the alerts are read, only the first one with such an id is kept.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa

from ...disk import disk_errors
from ...tables.arrow import null_mask, without_nulls
from .dataset import Dataset

__all__ = ["Repeats"]

_IDS = 2**24  # that are sorted at a time


class Repeats:
    """Drops the alerts whose id has occurred before; alerts without an id are never dropped.

    Parameters
    ----------
    dataset : `~astroquery_fink.transfer.folders.dataset.Dataset`
    objectids : list, optional
        Read only the alerts of these objects.
    strict : bool
        Refuse rounded ids.
    folder : `~pathlib.Path`, optional
        For a temporary file with all alert ids. None: that of the system.

    Attributes
    ----------
    rows : int
        The number of alerts in the folder.
    read, dropped : int
        The numbers of alerts that were looked at so far, and of those that were dropped.
    """

    def __init__(
        self,
        dataset: Dataset,
        objectids: list[str | int] | None = None,
        *,
        strict: bool = False,
        folder: Path | None = None,
    ):
        self._name = dataset.survey.columns.alert_id
        self._no_id = dataset.survey.facts[self._name].missing
        self.rows: int = 0
        with disk_errors("a temporary file of alert ids"), tempfile.TemporaryFile(dir=folder) as file:
            count = sum(file.write(ids.tobytes()) for ids in self._ids(dataset, objectids, strict)) // 8
            self._repeated = _repeated_in(file, count)
        self._seen = np.zeros(len(self._repeated), bool)
        self.read: int = 0
        self.dropped: int = 0

    def without(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The alerts of the next batch that did not occur in this or an earlier one."""
        self.read += len(batch)
        if not len(self._repeated):
            return batch
        numbers, has_id = self._numbers(batch)
        places = np.searchsorted(self._repeated, numbers).clip(max=len(self._repeated) - 1)
        rows = np.flatnonzero((self._repeated[places] == numbers) & has_id)
        found, first = np.unique(places[rows], return_index=True)
        new = rows[first[~self._seen[found]]]
        self._seen[found] = True
        kept = np.ones(len(batch), bool)
        kept[rows] = False
        kept[new] = True
        self.dropped += len(batch) - int(kept.sum())
        return batch.filter(pa.array(kept))

    def _ids(self, dataset: Dataset, objectids: list[str | int] | None, strict: bool) -> Iterator[np.ndarray]:
        """The ids of all alerts, which are counted."""
        schema = dataset.schema([self._name])
        if not schema.names:
            self.rows = sum(file.rows() for file in dataset.files)
            return
        for batch in dataset.alerts(schema, objectids, strict=[self._name] if strict else []):
            self.rows += len(batch)
            numbers, has_id = self._numbers(batch)
            yield numbers[has_id]

    def _numbers(self, batch: pa.RecordBatch) -> tuple[np.ndarray, np.ndarray]:
        """The alert ids, and which of them are ids."""
        ids = batch.column(self._name)
        numbers = without_nulls(ids, 0)
        return numbers, ~null_mask(ids) & (numbers != self._no_id)


def _repeated_in(file: IO[bytes], count: int) -> np.ndarray:
    """Those ids in the file that occur more than once, a share of all ids at a time."""
    shares = count // _IDS + 1
    found = []
    for share in range(shares):
        file.seek(0)
        parts = []
        while content := file.read(8 * _IDS // 4):
            ids = np.frombuffer(content, np.int64)
            parts.append(ids[_scrambled(ids) % shares == share])
        ids = np.sort(np.concatenate([np.array([], np.int64), *parts]))
        found.append(np.unique(ids[1:][ids[1:] == ids[:-1]]))
    return np.sort(np.concatenate(found))


def _scrambled(ids: np.ndarray) -> np.ndarray:
    """Numbers in which the ids are spread evenly, whatever pattern they have."""
    return ids.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(32)
