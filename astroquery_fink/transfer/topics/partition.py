# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Download what a folder lacks of one partition."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ...exceptions import FinkServiceError
from ...kafka.consumer import Connection, connected
from ...kafka.reading import ExpiredOffsetsError, Range, read_range
from ...kafka.topics import watermarks_of
from .decoders import TopicDecoder
from .locks import locked
from .offsets import Offsets, gaps, parts_in
from .part_file import PartWriter, remove_leftovers, write_raw

__all__ = ["Job", "fetch_partition"]

Advance = Callable[[int], None]
Stopped = Callable[[], bool]
_decoder = lru_cache(maxsize=2)(TopicDecoder)


@dataclass(frozen=True)
class Job:
    """
    What to download, for all partitions.

    Parameters
    ----------
    topic : str
    path : `~pathlib.Path`
    settings : dict
        Of the consumers.
    schemas, leave_out : tuple of str
        All schemas of the messages; the fields that are not written.
    ends : dict
        Partition -> the offset to stop before.
    timeout : float
        Seconds without a message after which the broker is given up.
    """

    topic: str
    path: Path
    settings: Mapping[str, Any] = field(repr=False)
    schemas: tuple[str, ...] = field(repr=False)
    leave_out: tuple[str, ...]
    ends: Mapping[int, int]
    timeout: float

    def missing(self, partition: int, low: int = 0) -> list[Offsets]:
        """The ranges of offsets that no file has."""
        ranges = [(part.begin, part.end) for part in parts_in(self.path) if part.partition == partition]
        return gaps(ranges, low, self.ends[partition])


def fetch_partition(
    job: Job, partition: int, wait: bool, advance: Advance = lambda n: None, stopped: Stopped = lambda: False
) -> bool:
    """Write all missing alerts of a partition; False: another process is at it, and ``wait`` was False."""
    with locked(job.path, f"{partition:02d}", wait, stopped) as is_held:
        if not is_held:
            return False
        remove_leftovers(job.path, partition)
        if job.missing(partition) and not stopped():
            with connected(job.settings) as connection:
                _fetch_all(connection, job, partition, advance, stopped)
    return True


def _fetch_all(connection: Connection, job: Job, partition: int, advance: Advance, stopped: Stopped) -> None:
    """Offsets may expire while they are read: then the rest is read."""
    low = -1
    while True:
        before, (low, _) = low, watermarks_of(connection, job.topic, partition, job.timeout)
        missing = job.missing(partition, low)
        if not missing or stopped():
            return
        try:
            for begin, end in missing:
                _fetch(connection, job, Range(job.topic, partition, begin, end), advance, stopped)
        except ExpiredOffsetsError:
            if low == before:
                raise FinkServiceError(
                    f"The broker has no offset {missing[0][0]:,} in partition {partition} of {job.topic}: "
                    "the topic was written anew. Download it into a new folder."
                ) from None


def _fetch(connection: Connection, job: Job, wanted: Range, advance: Advance, stopped: Stopped) -> None:
    """Write one range of offsets; after an error of the broker, what has arrived stays."""
    decoder = _decoder(job.schemas, job.leave_out)
    writer = PartWriter(job.path, wanted.partition, wanted.begin, decoder.schema)
    try:
        try:
            for batch in read_range(connection, wanted, job.timeout, stopped):
                rows, known = decoder.decode(batch.values)
                broken = {batch.offsets[index]: batch.values[index] for index in np.flatnonzero(~known)}
                if broken:
                    write_raw(job.path, wanted.partition, broken, job.schemas)
                writer.write(rows, batch.position, sum(map(len, batch.values)))
                advance(len(batch.offsets))
        except (FinkServiceError, ExpiredOffsetsError):
            writer.finish()
            raise
        writer.finish()
    finally:
        writer.discard()
