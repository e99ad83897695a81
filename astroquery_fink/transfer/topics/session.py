# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A download from its first look at the topic to the last."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from astroquery.exceptions import CorruptDataWarning, NoResultsWarning

from ...exceptions import FinkQueryError, FinkServiceError
from ...http.clock import Clock
from ...kafka.consumer import Connection, connected
from ...kafka.schema import schema_topic, schemas_of
from ...kafka.topics import nearest_topics, watermarks
from ...messages import warn
from ...progress import Progress
from .decoders import TopicDecoder
from .locks import locked
from .names import unknown_topic
from .offsets import Offsets, count
from .partition import Job
from .report import TransferReport, report_of
from .state import State, check_folder, read_state, write_state
from .workers import fetch_partitions

__all__ = ["Session"]

_POLL = 1.0  # seconds between two looks at a topic that is still written
_PAUSE = 10.0  # seconds without new alerts after which those that are there are written
_MANY = 200_000  # new alerts that are written at once


@dataclass(frozen=True)
class Session:
    """
    One call of `download`.

    Parameters
    ----------
    state : `State`
        The state of the folder, without watermarks.
    path : `~pathlib.Path`
    leave_out : tuple of str
    settings : dict
    timeout : float
    processes : int or None
    progress : `Progress`
    clock : `Clock`
    """

    state: State
    path: Path
    leave_out: tuple[str, ...]
    settings: Mapping[str, Any] = field(repr=False)
    timeout: float
    processes: int | None
    progress: Progress
    clock: Clock = field(default_factory=Clock)

    def download(self) -> TransferReport:
        """Download what the topic has now."""
        check_folder(self.path, self.state)
        with connected(self.settings) as connection:
            seen = self._look(connection)
            if seen is None:
                return self._report_without_topic(connection)
            if not self._fetch(connection, seen):
                raise self._no_schema(connection)
            with suppress(FinkServiceError):
                self._note(self._look(connection) or seen)
        return self._report()

    def follow(self, max_wait: float) -> TransferReport:
        """Download all that comes, until nothing has come for ``max_wait`` seconds."""
        check_folder(self.path, self.state)
        quiet, done = _Quiet(self.clock), 0
        with connected(self.settings) as connection:
            while True:
                seen = self._look(connection)
                total = sum(high for _, high in (seen or {}).values())
                idle = quiet.seconds(total)
                is_due = not done or total - done >= _MANY or idle >= min(_PAUSE, max_wait)
                if seen and total > done and is_due and self._fetch(connection, seen):
                    done = total
                elif idle >= max_wait:
                    break
                else:
                    self.clock.sleep(min(_POLL, max_wait / 4))
            if seen is None:
                return self._report_without_topic(connection)
            if total > done:
                raise self._no_schema(connection)
            self._note(seen)
        return self._report()

    def _look(self, connection: Connection) -> dict[int, Offsets] | None:
        """The watermarks of the topic; an error if it is not the topic that the folder is of."""
        known = read_state(self.path)
        seen = watermarks(connection, self.state.topic, self.timeout)
        if known is not None and seen is not None:
            for partition, (_, high) in known.watermarks.items():
                if seen.get(partition, (0, 0))[1] < high:
                    raise FinkQueryError(
                        f"path={str(self.path)!r} has alerts of an earlier topic {self.state.topic}, which "
                        "was written anew since: download it into a new folder."
                    )
        return seen

    def _note(self, seen: Mapping[int, Offsets]) -> None:
        """Write the watermarks into the folder, and create it."""
        looked = datetime.now(UTC).isoformat(" ", "seconds").removesuffix("+00:00")
        state = replace(self.state, watermarks=dict(seen), looked=looked)
        with locked(self.path, "folder"):
            write_state(self.path, state.later(check_folder(self.path, self.state)))

    def _fetch(self, connection: Connection, seen: Mapping[int, Offsets]) -> bool:
        """Download what is there; False: there are alerts, but no schema yet."""
        ends = {partition: high for partition, (_, high) in seen.items()}
        job = Job(self.state.topic, self.path, self.settings, (), self.leave_out, ends, self.timeout)
        missing = {number: count(job.missing(number, low)) for number, (low, _) in seen.items()}
        partitions = [number for number, offsets in missing.items() if offsets]
        if partitions:
            schemas = schemas_of(connection, self.state.topic, self.timeout)
            if not schemas:
                return False
            if not TopicDecoder(schemas, self.leave_out).schema.names:
                raise FinkQueryError(
                    f"content={self.state.content!r} leaves out all fields of {self.state.topic}: give "
                    "content='full'."
                )
            self._note(seen)
            self.progress.expect(sum(missing.values()))
            job = replace(job, schemas=tuple(schemas))
            fetch_partitions(job, partitions, self.processes, self.progress.advance)
            self.progress.complete()  # another process may have done a share
        else:
            self._note(seen)
        return True

    def _no_schema(self, connection: Connection) -> FinkServiceError:
        return FinkServiceError(
            f"The broker at {connection.servers} has alerts of {self.state.topic}, but not their schema "
            f"(topic {schema_topic(self.state.topic)}): call again in some minutes, or wait with follow=True."
        )

    def _report_without_topic(self, connection: Connection) -> TransferReport:
        """The topic is not there: an error, unless the folder has all of it."""
        topic = self.state.topic
        nearest = nearest_topics(connection, topic, self.timeout)
        error = unknown_topic(topic, connection.servers, nearest)
        state = read_state(self.path)
        if state is None:
            raise error
        report = report_of(self.path, state)
        if not report.is_complete:
            raise FinkQueryError(f"{error} path={str(self.path)!r} has this much of it: {report}")
        warn(
            f"The broker at {connection.servers} has no topic {topic} any more. path={str(self.path)!r} "
            f"has all {report.rows:,} alerts that it had at {report.looked} UTC.",
            NoResultsWarning,
        )
        return report

    def _report(self) -> TransferReport:
        """The report of the folder, with a warning for whatever a user has to know."""
        state = read_state(self.path)
        assert state is not None
        report = report_of(self.path, state)
        if report.undecoded or report.repeats:
            warn(str(report), CorruptDataWarning)
        elif not report.is_complete:
            warn(str(report), NoResultsWarning)
        return report


class _Quiet:
    """How long a number has been the same."""

    def __init__(self, clock: Clock):
        self._clock, self._number, self._since = clock, -1, clock.now()

    def seconds(self, number: int) -> float:
        if number != self._number:
            self._number, self._since = number, self._clock.now()
        return self._clock.now() - self._since
