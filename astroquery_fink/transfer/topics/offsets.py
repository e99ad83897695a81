# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Ranges of offsets, and the names of files that hold them.

A range ``(begin, end)`` includes its begin and excludes its end, as Kafka's watermarks do. File names have
the first and the last offset.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "RAW_FOLDER",
    "Offsets",
    "Part",
    "count",
    "gaps",
    "merged",
    "parts_in",
    "raw_name",
    "raw_offsets",
    "stem",
]

Offsets = tuple[int, int]
RAW_FOLDER = "_undecoded"
"""str : The sub-folder of messages that could not be decoded."""
_PART = re.compile(r"part-(\d{2,9})-(\d{12,18})-(\d{12,18})\.parquet", re.ASCII)
_RAW = re.compile(r"(\d{2,9})-(\d{12,18})\.avro", re.ASCII)


@dataclass(frozen=True, order=True)
class Part:
    """A Parquet file with the alerts of a partition from the offset ``begin`` up to ``end``."""

    partition: int
    begin: int
    end: int

    @property
    def name(self) -> str:
        return f"{stem(self.partition)}-{self.begin:012d}-{self.end - 1:012d}.parquet"

    @classmethod
    def named(cls, name: str) -> "Part | None":
        """The part with this file name; None if it is the name of something else."""
        found = _PART.fullmatch(name)
        if found is None:
            return None
        partition, first, last = map(int, found.groups())
        part = cls(partition, first, last + 1)
        return part if first <= last and part.name == name else None


def stem(partition: int) -> str:
    """The beginning of the names of a partition's files."""
    return f"part-{partition:02d}"


def parts_in(folder: Path) -> list[Part]:
    """The parts in a folder, sorted by partition and offset; none if there is no folder."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    return sorted(part for name in names if (part := Part.named(name)))


def raw_name(partition: int, offset: int) -> str:
    """The file name of a message that could not be decoded."""
    return f"{partition:02d}-{offset:012d}.avro"


def raw_offsets(folder: Path) -> list[tuple[int, int]]:
    """Partition and offset of each message that could not be decoded, sorted."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    found = (_RAW.fullmatch(name) for name in names)
    return sorted((int(one[1]), int(one[2])) for one in found if one)


def merged(ranges: Iterable[Offsets]) -> list[Offsets]:
    """Sorted ranges that neither overlap nor touch, with the same offsets."""
    union: list[Offsets] = []
    for begin, end in sorted(one for one in ranges if one[0] < one[1]):
        if union and begin <= union[-1][1]:
            union[-1] = (union[-1][0], max(end, union[-1][1]))
        else:
            union.append((begin, end))
    return union


def gaps(ranges: Iterable[Offsets], low: int, high: int) -> list[Offsets]:
    """The ranges within ``[low, high)`` that no range covers."""
    free: list[Offsets] = []
    for begin, end in merged(ranges):
        if low < min(begin, high):
            free.append((low, min(begin, high)))
        low = max(low, end)
    return [*free, (low, high)] if low < high else free


def count(ranges: Iterable[Offsets]) -> int:
    """The number of offsets in ranges that do not overlap."""
    return sum(end - begin for begin, end in ranges)
