"""A download has every alert of a topic once, whatever happened on the way."""

from pathlib import Path
from threading import Thread

import pytest
from astroquery.exceptions import CorruptDataWarning, NoResultsWarning
from downloads import (
    TOPIC,
    alert,
    candids,
    download_to_a_full_disk,
    encoded,
    fork,
    publish,
    publish_schemas,
    schema_of,
    topic_of,
    topic_of_200,
)
from pyarrow.parquet import read_schema, read_table

from astroquery_fink import transfer
from astroquery_fink.exceptions import FinkQueryError, FinkServiceError
from astroquery_fink.kafka import reading
from astroquery_fink.progress import Progress
from astroquery_fink.transfer.topics import part_file
from fink_sandbox import Sandbox
from fink_sandbox.kafka import Broker

SECONDS = 20.0


@pytest.fixture
def topic(broker):
    return topic_of_200(broker)


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
    assert sorted(candids(folder)) == list(range(200))
    assert (report.rows, report.expected, report.missing, report.is_complete) == (200, 200, 0, True)


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
    assert sorted(transfer.read(folder)["i:candid"] - 10**18) == list(range(200))


@pytest.mark.parametrize("content", ["full", "medium", "light", ["objectId", "candidate.magpsf"]])
def test_all_layouts_of_ztf_are_downloaded(tmp_path, content):
    with Sandbox(seed=1).transfer_topic(content=content, n=40) as sent:
        report = transfer.download(sent.topic, tmp_path / "alerts", servers=sent.servers)
    assert (report.rows, report.undecoded, report.is_complete) == (40, 0, True)
    assert len(transfer.read(tmp_path / "alerts", columns="jd")) == 40


@pytest.mark.parametrize("content", ["full", "medium", "light", "light SSO"])
def test_all_layouts_of_rubin_are_downloaded(tmp_path, content):
    with Sandbox(seed=1, survey="lsst").transfer_topic(content=content, n=20) as sent:
        report = transfer.download(sent.topic, tmp_path / "alerts", servers=sent.servers)
    assert (report.rows, report.undecoded, report.is_complete) == (20, 0, True)
    assert len(transfer.read(tmp_path / "alerts", columns="midpointMjdTai", survey="lsst")) == 20


def test_files_have_a_limited_number_of_rows(topic, fetch, small_files):
    report = fetch()
    assert len(report.files) > 9
    assert report.is_complete


def test_the_broker_remembers_nothing_of_a_download(topic, fetch, broker):
    from confluent_kafka import Consumer, TopicPartition

    fetch(group="readers")
    consumer = Consumer({"bootstrap.servers": broker.servers, "group.id": "readers"})
    committed = consumer.committed([TopicPartition(topic, number) for number in range(3)], timeout=SECONDS)
    consumer.close()
    assert {one.offset for one in committed} == {-1001}  # no offset


def test_progress_has_the_number_of_alerts(topic, fetch, capsys):
    fetch(show_progress=True)
    assert "200/200" in capsys.readouterr().err
    fetch(show_progress=False)
    assert capsys.readouterr() == ("", "")


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
    assert sorted(candids(folder)) == list(range(200))
    assert before.items() <= files_of(folder).items()


def test_alerts_that_come_later_are_downloaded_by_the_next_call(topic, fetch, folder, broker):
    fetch()
    publish(broker, range(200, 300))
    assert fetch().rows == 300
    assert sorted(candids(folder)) == list(range(300))


def test_unfinished_files_of_a_killed_download_are_removed(topic, fetch, folder):
    names = [
        ".part-01-000000000000.0a1b2c3d.part",
        "_undecoded/.01-7.avro.0a1b2c3d.part",
        "._transfer.json.0a.part",
    ]
    fetch().files[1].unlink()
    (folder / "_undecoded").mkdir()
    for name in names:
        (folder / name).touch()
    fetch()
    assert not any((folder / name).exists() for name in names)


# Errors of brokers and disks

ONE_BY_ONE = {"fetch.message.max.bytes": 1000, "queued.max.messages.kbytes": 1, "queued.min.messages": 1}


@pytest.fixture
def after_a_batch(monkeypatch):
    """Do something when the first batch has been written."""

    def after(action):
        first = iter([action])
        monkeypatch.setattr(Progress, "advance", lambda self, rows: next(first, lambda: None)())

    return after


def test_a_broker_that_goes_away_leaves_what_was_written(
    topic, fetch, folder, broker, small_files, after_a_batch
):
    after_a_batch(broker.disconnect)
    with pytest.raises(FinkServiceError, match="The broker at .* (sent nothing|did not respond)"):
        fetch(config=ONE_BY_ONE, timeout=1)
    written = files_of(folder)
    assert written
    broker.reconnect()
    assert fetch().is_complete
    assert sorted(candids(folder)) == list(range(200))
    assert written.items() <= files_of(folder).items()


def test_a_broker_that_comes_back_is_waited_for(topic, fetch, folder, broker, small_files, after_a_batch):
    after_a_batch(lambda: (broker.disconnect(), broker.reconnect()))
    assert fetch(config=ONE_BY_ONE).is_complete
    assert sorted(candids(folder)) == list(range(200))


def test_a_broker_that_cannot_be_reached_is_named(fetch, folder):
    with pytest.raises(
        FinkServiceError, match=r"127.0.0.1:9 did not respond within 0.5 s .*Connection refused"
    ):
        fetch(servers="127.0.0.1:9", timeout=0.5)
    assert not folder.exists()


def test_a_full_disk_is_an_error_and_loses_nothing(topic, broker, folder):
    child = fork().Process(target=download_to_a_full_disk, args=(broker.servers, folder))
    child.start()
    child.join()
    assert child.exitcode == 0
    assert sorted(candids(folder)) == list(range(200))


def test_a_path_that_is_a_file_is_refused(topic, fetch, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FinkQueryError, match="path='.*file' is not a readable folder"):
        fetch(path=tmp_path / "file")
    with pytest.raises(FinkQueryError, match="path='.*' is not a readable folder"):
        fetch(path=tmp_path / "file" / "below")


# Topics that are not complete


def test_an_unknown_topic_may_not_be_written_yet(fetch):
    with pytest.raises(FinkQueryError, match=r"has no topic ftransfer_.* Check the name.* follow=True"):
        fetch()


def test_an_unknown_topic_may_have_expired(fetch):
    with pytest.raises(FinkQueryError, match=r"has expired: Fink keeps topics for 7 days"):
        fetch(topic_of(days=8))


def test_an_unknown_topic_may_be_misspelled(topic, fetch):
    with pytest.raises(FinkQueryError, match=f"There is {topic}"):
        fetch(topic.removesuffix("3") + "4")


def test_an_unknown_topic_leaves_no_folder(fetch, folder):
    with pytest.raises(FinkQueryError):
        fetch()
    assert not folder.exists()


def test_an_empty_topic_is_said_to_be_empty(broker, fetch):
    broker.create_topic(TOPIC, partitions=3)
    publish_schemas(broker)
    with pytest.warns(NoResultsWarning, match="0 of 0 alerts"):
        report = fetch()
    assert (report.rows, report.is_complete) == (0, False)


def test_alerts_without_a_schema_are_an_error_of_the_server(broker, fetch):
    publish(broker, range(20))
    with pytest.raises(FinkServiceError, match=f"{TOPIC}_schema.*call again in some minutes"):
        fetch()


def test_alerts_that_expired_are_said_to_be_lost(topic, broker, fetch):
    broker.expire(topic)
    publish(broker, range(200, 230))
    with pytest.warns(NoResultsWarning, match=r"206 alerts in partitions 0, 1, 2 expired"):
        report = fetch()
    assert (report.rows, report.lost, report.missing, report.is_complete) == (30, 206, 0, False)


def test_alerts_that_expired_after_their_download_are_not_lost(topic, broker, fetch, folder):
    fetch()
    broker.expire(topic)
    publish(broker, range(200, 230))
    with pytest.warns(NoResultsWarning):
        report = fetch()
    assert sorted(candids(folder)) == list(range(230))
    assert report.lost == 6  # written by the broker of the tests, which makes alerts expire


def test_a_topic_that_expired_after_its_download_is_complete(topic, fetch):
    fetch()
    with Broker() as other, pytest.warns(NoResultsWarning, match="has no topic .* has all 200 alerts"):
        assert fetch(servers=other.servers).is_complete


def test_a_topic_that_expired_during_its_download_is_an_error(topic, fetch):
    fetch().files[0].unlink()
    with Broker() as other, pytest.raises(FinkQueryError, match="has no topic.* of 200 alerts in 2 files"):
        fetch(servers=other.servers)


def test_a_topic_of_the_same_name_that_is_written_anew_is_refused(topic, fetch, folder):
    fetch()
    with Broker() as other:
        publish_schemas(other)
        publish(other, range(20))
        with pytest.raises(FinkQueryError, match="written anew since: download it into a new folder"):
            fetch(servers=other.servers)
    assert sorted(candids(folder)) == list(range(200))


def test_a_topic_that_moved_to_another_broker_is_continued(topic, fetch, folder):
    fetch().files[0].unlink()
    with Broker() as other:
        other.create_topic(TOPIC, partitions=3)
        publish_schemas(other)
        publish(other, range(200))
        assert fetch(servers=other.servers).is_complete
    assert sorted(candids(folder)) == list(range(200))


# Topics that are still written


def test_alerts_that_come_during_a_download_are_said_to_be_missing(topic, broker, fetch, after_a_batch):
    after_a_batch(lambda: publish(broker, range(200, 230)))
    with pytest.warns(NoResultsWarning, match="30 alerts are missing in .* call download again"):
        report = fetch()
    assert (report.rows, report.expected, report.is_complete) == (200, 230, False)
    assert fetch().is_complete


def test_a_topic_that_appears_later_is_followed_to_its_end(broker, fetch, folder):
    def write():
        publish_schemas(broker)
        for begin in range(0, 200, 20):
            publish(broker, range(begin, begin + 20))

    writer = Thread(target=write)
    writer.start()
    report = fetch(follow=True, max_wait=2)
    writer.join()
    assert sorted(candids(folder)) == list(range(200))
    assert report.is_complete


def test_a_topic_that_never_appears_is_an_error_after_max_wait(fetch):
    with pytest.raises(FinkQueryError, match="has no topic"):
        fetch(follow=True, max_wait=0.2)


def test_a_schema_that_never_appears_is_an_error_after_max_wait(broker, fetch):
    publish(broker, range(20))
    with pytest.raises(FinkServiceError, match="not their schema"):
        fetch(follow=True, max_wait=0.2)


# Messages that cannot be decoded


def test_broken_messages_are_kept_as_they_are(topic, broker, fetch, folder):
    broken = [b"", b"no alert", encoded(alert(7))[:-1], encoded(alert(7)) + b"?"]
    broker.produce(topic, broken, partitions=1)
    publish(broker, range(200, 230))
    with pytest.warns(CorruptDataWarning, match="4 could not be decoded and are in .*_undecoded"):
        report = fetch()
    assert sorted(candids(folder)) == list(range(230))
    assert [file.read_bytes() for file in sorted((folder / "_undecoded").glob("*.avro"))] == broken
    assert (folder / "_undecoded" / "01-schema-0.avsc").read_text() == schema_of()
    assert (report.rows, report.undecoded, report.expected, report.is_complete) == (230, 4, 234, True)


def test_a_topic_of_broken_messages_is_complete(broker, fetch):
    publish_schemas(broker)
    broker.produce(TOPIC, [b"no alert"] * 3, partitions=0)
    with pytest.warns(CorruptDataWarning, match="3 could not be decoded"):
        report = fetch()
    assert (report.rows, report.undecoded, report.is_complete) == (0, 3, True)


def test_alerts_of_several_schemas_are_brought_together(broker, fetch):
    second = schema_of({"objectId": ["string", "null"], "candid": ["long", "null"], "rb": ["double", "null"]})
    publish_schemas(broker, schema_of(), second)
    publish(broker, range(20), partitions=0)
    broker.produce(TOPIC, [encoded(alert(20) | {"rb": 0.5}, second)], partitions=0)
    publish(broker, range(21, 25), partitions=0)
    rows = read_table(fetch().files[0]).to_pylist()
    assert [row["candid"] - 10**18 for row in rows] == list(range(25))
    assert [(row["rb"], row["magpsf"] is None) for row in rows[19:22]] == [
        (None, False),
        (0.5, True),
        (None, False),
    ]


def test_a_message_that_two_schemas_read_differently_is_kept_raw(broker, fetch, folder):
    one, other = (schema_of({"candid": ["long", "null"], name: ["float", "null"]}) for name in ("ra", "dec"))
    publish_schemas(broker, one, other)
    message = encoded({"candid": 10**18, "ra": 1.5}, one)
    broker.produce(TOPIC, [message, encoded({"candid": 10**18 + 1, "ra": None}, one)], partitions=0)
    with pytest.warns(CorruptDataWarning, match="1 could not be decoded"):
        fetch()
    assert candids(folder) == [1]  # without a value, the schemas agree
    assert [file.read_bytes() for file in (folder / "_undecoded").glob("*.avro")] == [message]


def test_a_schema_that_is_no_avro_is_an_error_of_the_server(broker, fetch, folder):
    publish_schemas(broker, "{}")
    publish(broker, range(20))
    with pytest.raises(FinkServiceError, match="is not valid Avro"):
        fetch()
    assert not folder.exists()


def test_schemas_with_types_that_contradict_are_an_error_of_the_server(broker, fetch, folder):
    publish_schemas(broker, schema_of(), schema_of({"candid": ["double", "null"]}))
    publish(broker, range(20))
    with pytest.raises(FinkServiceError, match="type of candid from int64 to double, which no"):
        fetch()
    assert not folder.exists()


def test_content_that_leaves_nothing_is_refused(broker, fetch, folder):
    schema = schema_of({"cutoutScience": ["bytes", "null"]})
    publish_schemas(broker, schema)
    publish(broker, range(20), schema=schema)
    with pytest.raises(FinkQueryError, match="content='medium' leaves out all fields .*: give content="):
        fetch(content="medium")
    assert not folder.exists()
    assert fetch().is_complete
