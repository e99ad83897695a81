"""Downloads by several processes, and processes that are killed: every alert once, and none left behind."""

import os
import signal
import subprocess
import sys
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait

import pytest
from astroquery.exceptions import CorruptDataWarning, NoResultsWarning
from downloads import (
    candids,
    download_in_two_processes,
    download_killed_at,
    download_small_files,
    fork,
    publish,
    topic_of_200,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from astroquery_fink import transfer
from astroquery_fink.exceptions import FinkQueryError
from astroquery_fink.transfer.topics import workers
from astroquery_fink.transfer.topics.locks import locked

TICK = 0.05  # seconds


@pytest.fixture
def topic(broker):
    return topic_of_200(broker)


@pytest.fixture
def broken_topic(topic, broker):
    broker.produce(topic, [b"no alert"], partitions=1)
    return topic


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "alerts"


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.integers(0, 6_000), min_size=1, max_size=2))
def test_a_download_killed_at_any_line_is_resumed(broken_topic, broker, tmp_path_factory, lines):
    """One of the messages cannot be decoded, which has lines of its own."""
    folder = tmp_path_factory.mktemp("killed") / "alerts"
    for line in lines:
        child = fork().Process(target=download_killed_at, args=(line, broker.servers, folder))
        child.start()
        child.join()
        assert child.exitcode in (-signal.SIGKILL, 0)
    with pytest.warns(CorruptDataWarning, match="1 could not be decoded"):
        report = transfer.download(broken_topic, folder, servers=broker.servers, processes=1)
    assert (report.rows, report.undecoded, report.is_complete) == (200, 1, True)
    assert sorted(candids(folder)) == list(range(200))
    assert not list(folder.rglob("*.part"))


def test_two_processes_share_the_work(topic, broker, folder):
    context = fork()
    barrier = context.Barrier(2)
    pair = [
        context.Process(target=download_small_files, args=(broker.servers, folder, topic, 20, barrier))
        for _ in range(2)
    ]
    for child in pair:
        child.start()
    for child in pair:
        child.join()
    assert [child.exitcode for child in pair] == [0, 0]
    assert sorted(candids(folder)) == list(range(200))
    assert transfer.status(folder).is_complete


def test_processes_are_started_if_a_download_takes_long(topic, broker, folder, monkeypatch):
    monkeypatch.setattr(workers, "_START", 0)
    report = transfer.download(topic, folder, servers=broker.servers)
    assert report.is_complete
    assert sorted(candids(folder)) == list(range(200))


def ended(process, seconds):
    """Whether a process ends within some seconds."""
    try:
        return process.wait(seconds) is not None
    except subprocess.TimeoutExpired:
        return False


def test_no_process_is_started_for_a_short_download(topic, broker, folder, monkeypatch):
    broker.expire(topic)
    publish(broker, range(200, 230))
    monkeypatch.setattr(workers, "ProcessPoolExecutor", None)
    with pytest.warns(NoResultsWarning, match="expired before they were downloaded"):
        transfer.download(topic, folder, servers=broker.servers)
    assert sorted(candids(folder)) == list(range(200, 230))


def group_is_alive(leader):
    """Whether a process, or one that it started, is running."""
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for_partitions(folder, has_ended):
    """Wait until the partitions 0 and 2 are there; partition 1 is locked by the test."""
    while len(list(folder.glob("part-*"))) < 2:
        assert not has_ended(TICK)


SCRIPT = """
from astroquery_fink import transfer

transfer.download({topic!r}, {path!r}, servers={servers!r}, processes=2)
"""


def test_an_interrupt_stops_all_processes_of_a_script(topic, broker, folder, tmp_path):
    script = tmp_path / "script.py"  # without if __name__ == "__main__"
    script.write_text(SCRIPT.format(topic=topic, path=str(folder), servers=broker.servers))
    with locked(folder, "01"):
        running = subprocess.Popen([sys.executable, script], stderr=subprocess.PIPE, start_new_session=True)
        wait_for_partitions(folder, lambda seconds: ended(running, seconds))
        running.send_signal(signal.SIGINT)
        error = running.communicate()[1]
        while group_is_alive(running.pid):
            pass
    assert error.strip().endswith(b"KeyboardInterrupt")
    assert transfer.status(folder).missing == 67


def test_no_process_is_left_when_the_first_is_killed(topic, broker, folder):
    with locked(folder, "01"):
        child = fork().Process(target=download_in_two_processes, args=(broker.servers, folder))
        child.start()
        wait_for_partitions(folder, lambda seconds: wait([child.sentinel], seconds))
        child.kill()
        child.join()
        while group_is_alive(child.pid):
            pass
    assert transfer.status(folder).missing == 67


def test_a_process_that_is_killed_is_an_error():
    task = Future()
    task.set_exception(BrokenProcessPool())
    with pytest.raises(FinkQueryError, match="perhaps because the memory is full: .* with fewer processes="):
        workers._unfinished({task: 0}, None, lambda: None)
