# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The first and last id of each row group, which compact files have in their metadata.

They hold only for the very bytes that they were written with: the metadata also have their checksum, and
where the data of the file end. Other software that copies the metadata into another file, whose data end
elsewhere, makes them void.
"""

import json
import os
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from zlib import crc32

from pyarrow.parquet import ParquetFile

__all__ = ["SORTED_BY", "SURVEY", "groups_of", "metadata_of_groups"]

SURVEY = b"astroquery_fink.survey"
"""bytes : The key of the name of the survey."""
SORTED_BY = b"astroquery_fink.sorted_by"
"""bytes : The key of the name of the column that the rows are sorted by."""
_TRAILER = 8  # bytes: the length of the footer, and PAR1
_GROUPS, _CHECK = b"astroquery_fink.row_groups", b"astroquery_fink.row_groups_check"


def metadata_of_groups(groups: Sequence[tuple[Any, Any]], end: int) -> dict[bytes, bytes]:
    """Metadata of a file whose data end at byte ``end``, with the first and last id of each row group."""
    text = json.dumps(groups, separators=(",", ":")).encode()
    return {_GROUPS: text, _CHECK: _check(text, end)}


def _check(text: bytes, end: int) -> bytes:
    return b"%d %08x" % (end, crc32(text))


def groups_of(file: ParquetFile, path: Path, key: str, ids: Sequence[Any]) -> Iterable[int]:
    """The row groups that may have one of these ids in the column ``key``: all, if that is unknown."""
    ranges = _ranges(file.metadata.metadata or {}, key, path)
    wanted = sorted(ids)
    if ranges is None or len(ranges) != file.num_row_groups or not _comparable(ranges, wanted):
        return range(file.num_row_groups)
    places = [bisect_left(wanted, first) for first, _ in ranges]
    return [
        number
        for number, (place, (_, last)) in enumerate(zip(places, ranges, strict=True))
        if place < len(wanted) and wanted[place] <= last
    ]


def _ranges(metadata: Mapping[bytes, bytes], key: str, path: Path) -> list[list[Any]] | None:
    """First and last id of each row group; None if they are unknown."""
    text = metadata.get(_GROUPS, b"")
    if metadata.get(SORTED_BY) != key.encode() or metadata.get(_CHECK) != _check(text, _end_of_data(path)):
        return None
    with suppress(ValueError, RecursionError):
        ranges = json.loads(text)
        if isinstance(ranges, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in ranges):
            return ranges
    return None


def _comparable(ranges: list[list[Any]], wanted: list[Any]) -> bool:
    """Whether all are ids of one type, and those of the row groups in order."""
    ends = [one for pair in ranges for one in pair]
    return len({*map(type, ends), *map(type, wanted)}) == 1 and ends == sorted(ends)


def _end_of_data(path: Path) -> int:
    """The place where the footer of a file begins."""
    with path.open("rb") as file:
        size = file.seek(-_TRAILER, os.SEEK_END) + _TRAILER
        return size - _TRAILER - int.from_bytes(file.read(4), "little")
