# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""How much of a topic is in a download folder: rows of files against offsets of the topic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...arguments.checks import path_of
from ...arguments.types import StrPath
from ...exceptions import FinkQueryError
from ...messages import counted, first_few
from ...tables.optional import require
from .offsets import RAW_FOLDER, Offsets, Part, count, gaps, merged, parts_in, raw_offsets
from .state import State, read_state

__all__ = ["PartitionReport", "TransferReport", "report_of", "status"]
__doctest_requires__: dict[str, list[str]] = {"*": ["pyarrow", "confluent_kafka", "fastavro", "loky"]}


@dataclass(frozen=True)
class PartitionReport:
    """
    How much of one partition of a topic is in a folder.

    Parameters
    ----------
    partition : int
    low, high : int
        The oldest offset of the topic at the last look, and the offset of the next alert.
    rows : int
        Alerts in the files.
    undecoded : int
        Messages that could not be decoded.
    missing : int
        Offsets that can still be downloaded.
    lost : int
        Offsets that expired before they were downloaded.
    empty : int
        Offsets without an alert, which Kafka uses itself.
    """

    partition: int
    low: int
    high: int
    rows: int
    undecoded: int
    missing: int
    lost: int
    empty: int


@dataclass(frozen=True)
class TransferReport:
    """
    How much of a topic is in a download folder.

    Parameters
    ----------
    topic, survey, content : str
        As in `download`.
    path : `~pathlib.Path`
        The folder.
    looked : str
        Time of the last look at the topic, UTC.
    files : tuple of `~pathlib.Path`
        The Parquet files, sorted.
    repeats : tuple of `~pathlib.Path`
        Files with alerts that others have, too, such as copies. Their alerts are counted once.
    partitions : tuple of `PartitionReport`
        The counts of each partition.

    Examples
    --------
    >>> from astroquery_fink.transfer import PartitionReport, TransferReport
    >>> half = PartitionReport(0, low=0, high=10, rows=5, undecoded=0, missing=5, lost=0, empty=0)
    >>> report = TransferReport("ftransfer_ztf_2026-03-01_7", "ztf", "full", "alerts", "2026-03-01 12:00:00",
    ...                         files=("part-00-000000000000-000000000004.parquet",),
    ...                         repeats=(), partitions=(half,))
    >>> report.rows, report.expected, report.is_complete
    (5, 10, False)
    >>> print(report)
    5 of 10 alerts in 1 file (topic ftransfer_ztf_2026-03-01_7 as of 2026-03-01 12:00:00 UTC).
    5 alerts are missing in partition 0: call download again.
    """

    topic: str
    survey: str
    content: str
    path: Path
    looked: str
    files: tuple[Path, ...] = field(repr=False)
    repeats: tuple[Path, ...] = field(repr=False)
    partitions: tuple[PartitionReport, ...] = field(repr=False)

    @property
    def rows(self) -> int:
        """Alerts in the files."""
        return sum(one.rows for one in self.partitions)

    @property
    def expected(self) -> int:
        """Alerts that were ever in the topic, as of the last look."""
        return sum(one.high - one.empty for one in self.partitions)

    @property
    def missing(self) -> int:
        """Alerts that can still be downloaded, as of the last look."""
        return sum(one.missing for one in self.partitions)

    @property
    def undecoded(self) -> int:
        """Messages that could not be decoded; they are in the sub-folder ``_undecoded``."""
        return sum(one.undecoded for one in self.partitions)

    @property
    def lost(self) -> int:
        """Alerts that expired before they were downloaded."""
        return sum(one.lost for one in self.partitions)

    @property
    def is_complete(self) -> bool:
        """Whether the folder has every alert that was ever in the topic, as of the last look."""
        return self.expected > 0 and self.missing == 0 and self.lost == 0

    def __str__(self) -> str:
        files = counted(len(self.files), "file")
        facts = f"topic {self.topic} as of {self.looked} UTC"
        lines = [f"{self.rows:,} of {counted(self.expected, 'alert')} in {files} ({facts})."]
        if self.missing:
            where = _partitions([one.partition for one in self.partitions if one.missing])
            missing = f"{counted(self.missing, 'alert')} {_are(self.missing)} missing"
            lines.append(f"{missing} in {where}: call download again.")
        if self.lost:
            where = _partitions([one.partition for one in self.partitions if one.lost])
            lines.append(f"{counted(self.lost, 'alert')} in {where} expired before they were downloaded.")
        if self.undecoded:
            lines.append(f"{self.undecoded:,} could not be decoded and are in {self.path / RAW_FOLDER}.")
        if self.repeats:
            names = first_few([file.name for file in self.repeats], 3)
            lines.append(f"Alerts of these files are in others, too: {names}.")
        return "\n".join(lines)


def status(path: StrPath) -> TransferReport:
    """Compare the files of a download folder with the topic, without a connection.

    The offsets of the topic are those of the last look that `download` took.

    Parameters
    ----------
    path : str or path-like
        The folder of `download`.

    Returns
    -------
    report : `TransferReport`

    Raises
    ------
    FinkQueryError
        The folder is not one of `download`, or a file in it is broken; the message names it.

    Examples
    --------
    >>> from astroquery_fink import transfer
    >>> from fink_sandbox import Sandbox
    >>> with Sandbox(seed=1).transfer_topic("ZTF99simsnia", content="light") as sent:
    ...     report = transfer.download(sent.topic, "alerts", servers=sent.servers)
    >>> transfer.status("alerts") == report
    True
    >>> report.files[0].unlink()
    >>> transfer.status("alerts").is_complete
    False
    """
    where = path_of(path, "path")
    require(f"path={str(path)!r}", ["pyarrow"], "bulk")
    state = read_state(where)
    if state is None:
        raise FinkQueryError(
            f"path={str(path)!r} has no _transfer.json: give the folder that transfer.download wrote."
        )
    return report_of(where, state)


def report_of(path: Path, state: State) -> TransferReport:
    """The report of a folder whose state is known."""
    parts = parts_in(path)
    rows = {part: _rows(path / part.name, part) for part in parts}
    raw = raw_offsets(path / RAW_FOLDER)
    numbers = sorted({*state.watermarks, *(part.partition for part in parts)})
    reports, repeats = [], []
    for number in numbers:
        own = {part: rows[part] for part in parts if part.partition == number}
        low, high = state.watermarks.get(number, (0, 0))
        undecoded = [offset for partition, offset in raw if partition == number]
        report, again = _partition_report(number, (low, high), own, undecoded)
        reports.append(report)
        repeats += [path / part.name for part in again]
    return TransferReport(
        topic=state.topic,
        survey=state.survey,
        content=state.content,
        path=path,
        looked=state.looked,
        files=tuple(path / part.name for part in parts),
        repeats=tuple(repeats),
        partitions=tuple(reports),
    )


def _partition_report(
    number: int, watermarks: Offsets, rows: dict[Part, int], undecoded: Sequence[int]
) -> tuple[PartitionReport, list[Part]]:
    """The report of a partition, and the files whose offsets are in others."""
    covered: list[Offsets] = []
    repeats, total = [], 0
    for part in sorted(rows, key=lambda part: (part.begin, -part.end)):
        new = count(gaps(covered, part.begin, part.end))
        if new < part.end - part.begin:
            repeats.append(part)
        total += min(new, rows[part])
        covered = merged([*covered, (part.begin, part.end)])
    low, high = watermarks
    high = max(high, *(end for _, end in covered), 0)
    raw = sum(any(begin <= offset < end for begin, end in covered) for offset in undecoded)
    return PartitionReport(
        partition=number,
        low=low,
        high=high,
        rows=total,
        undecoded=raw,
        missing=count(gaps(covered, low, high)),
        lost=count(gaps(covered, 0, low)),
        empty=max(0, count(covered) - total - raw),
    ), repeats


def _rows(file: Path, part: Part) -> int:
    """The number of rows in a file, which cannot have more rows than offsets."""
    import pyarrow as pa
    from pyarrow.parquet import read_metadata

    try:
        rows = read_metadata(file).num_rows
    except (OSError, pa.ArrowException) as error:
        raise FinkQueryError(
            f"{file} cannot be read ({error}): remove it and call download again."
        ) from error
    if rows > part.end - part.begin:
        raise FinkQueryError(
            f"{file} has {rows:,} rows, more than the offsets in its name: it is not a file of download. "
            "Move it away and call download again."
        )
    return rows


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _partitions(numbers: Sequence[int]) -> str:
    return f"partition{'s' * (len(numbers) != 1)} {first_few(numbers)}"
