"""A download has every alert of a topic once, whatever happened on the way."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

import pytest

for package in ("confluent_kafka", "fastavro", "filelock", "loky", "pyarrow"):
    pytest.importorskip(package)

from astroquery.exceptions import CorruptDataWarning, NoResultsWarning
from downloads import (
    TOPIC,
    alert,
    candids,
    download_killed_at,
    download_small_files,
    encoded,
    fork,
    publish,
    publish_schemas,
    schema_of,
    topic_of,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow.parquet import read_schema, read_table

from astroquery_fink import transfer
from astroquery_fink.exceptions import FinkQueryError, FinkServiceError
from astroquery_fink.kafka import reading
from astroquery_fink.transfer import part_file
from fink_sandbox.kafka import Broker

SECONDS = 20.0


@pytest.fixture
def broker():
    with Broker() as broker:
        yield broker


@pytest.fixture
def topic(broker):
    """A topic of 500 alerts."""
    publish_schemas(broker)
    publish(broker, range(500))
    return TOPIC


@pytest.fixture
def fetch(broker, tmp_path):
    """Download the topic in this process."""

    def fetch(topic=TOPIC, path=tmp_path / "alerts", **keywords):
        keywords = {"servers": broker.servers, "processes": 1, "timeout": SECONDS} | keywords
        return transfer.download(topic, path, **keywords)

    return fetch


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "alerts"


@pytest.fixture
def small_files(monkeypatch):
    """Files have 20 rows."""
    monkeypatch.setattr(part_file, "_ROWS", 20)
    monkeypatch.setattr(reading, "MOST", 20)


def files_of(folder):
    return {file.name: file.stat().st_mtime_ns for file in Path(folder).glob("part-*")}


# What is written


def test_every_alert_of_the_topic_is_in_the_folder_once(topic, fetch, folder):
    report = fetch()
    assert sorted(candids(folder)) == list(range(500))
    assert (report.rows, report.expected, report.missing, report.is_complete) == (500, 500, 0, True)


def test_the_fields_are_those_of_the_packet(topic, fetch, folder):
    report = fetch()
    row = read_table(report.files[0]).slice(0, 1).to_pylist()[0]
    assert row == alert(row["candid"] - 10**18)
    assert str(read_schema(report.files[0]).field("magpsf").type) == "float"


@pytest.mark.parametrize(
    ("content", "left_out"),
    [("full", []), ("medium", ["cutoutScience"]), ("light", ["cutoutScience", "prv_candidates"])],
)
def test_cutouts_and_history_can_be_left_out(topic, fetch, content, left_out):
    report = fetch(content=content)
    assert sorted(set(alert(0)) - set(read_schema(report.files[0]).names)) == left_out
    assert report.is_complete


def test_the_folder_is_read_as_a_table(topic, fetch, folder):
    fetch()
    assert sorted(transfer.read(folder)["i:candid"] - 10**18) == list(range(500))


def test_files_have_a_limited_number_of_rows(topic, fetch, small_files):
    report = fetch()
    assert len(report.files) > 20
    assert report.is_complete


def test_the_broker_remembers_nothing_of_a_download(topic, fetch, broker):
    from confluent_kafka import Consumer, TopicPartition

    fetch(group="readers")
    consumer = Consumer({"bootstrap.servers": broker.servers, "group.id": "readers"})
    committed = consumer.committed([TopicPartition(topic, number) for number in range(10)], timeout=SECONDS)
    consumer.close()
    assert {one.offset for one in committed} == {-1001}  # no offset


# Again, and after a stop


def test_a_second_call_downloads_nothing(topic, fetch, folder):
    fetch()
    before = files_of(folder)
    assert fetch().is_complete
    assert files_of(folder) == before


def test_only_what_is_missing_is_downloaded(topic, fetch, folder, small_files):
    files = fetch().files
    for file in files[3::4]:
        file.unlink()
    before = files_of(folder)
    assert fetch().is_complete
    assert sorted(candids(folder)) == list(range(500))
    assert before.items() <= files_of(folder).items()


def test_alerts_that_come_later_are_downloaded_by_the_next_call(topic, fetch, folder, broker):
    fetch()
    publish(broker, range(500, 700))
    assert fetch().rows == 700
    assert sorted(candids(folder)) == list(range(700))


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.integers(0, 12_000), min_size=1, max_size=3))
def test_a_download_killed_at_any_line_is_resumed(topic, broker, tmp_path_factory, lines):
    folder = tmp_path_factory.mktemp("killed") / "alerts"
    for line in lines:
        child = fork().Process(target=download_killed_at, args=(line, broker.servers, folder))
        child.start()
        child.join()
        assert child.exitcode in (-signal.SIGKILL, 0)
    report = transfer.download(topic, folder, servers=broker.servers, processes=1)
    assert report.is_complete
    assert sorted(candids(folder)) == list(range(500))
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
    assert sorted(candids(folder)) == list(range(500))
    assert transfer.status(folder).is_complete
