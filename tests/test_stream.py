# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Alerts of live topics come as Tables; none is lost, and their position is committed after the loop body."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from itertools import count, islice
from pathlib import Path

import numpy as np
import pytest
from astropy.table import Table, vstack
from astropy.utils.exceptions import AstropyUserWarning
from astroquery.exceptions import CorruptDataWarning, NoResultsWarning

from astroquery_fink import stream
from astroquery_fink.exceptions import FinkQueryError, FinkServiceError
from astroquery_fink.surveys import SURVEYS

pytest.importorskip("confluent_kafka")
pytest.importorskip("pyarrow")
pytest.importorskip("yaml")
fastavro = pytest.importorskip("fastavro")

from confluent_kafka import Consumer, TopicPartition  # noqa: E402

from fink_sandbox.kafka import Broker  # noqa: E402

# In the simulated broker a group waits for (session.timeout.ms - 1 s) before it shares its partitions anew.
QUICK = {"session.timeout.ms": 1100, "heartbeat.interval.ms": 100, "fetch.wait.max.ms": 20}
SHARED = QUICK | {"session.timeout.ms": 1500}
PARTITIONS = 10
numbers = count()


def nullable(name, kind):
    return {"name": name, "type": [kind, "null"]}


def record(name, *fields):
    return {"type": "record", "name": name, "fields": list(fields)}


CANDIDATE = record("candidate", nullable("jd", "double"), nullable("magpsf", "float"), nullable("fid", "int"))
FIELDS = [
    nullable("candid", "long"),
    nullable("objectId", "string"),
    {"name": "candidate", "type": CANDIDATE},
    {"name": "prv_candidates", "type": {"type": "array", "items": "candidate"}},
    nullable("cdsxmatch", "string"),
    nullable("cutoutScience", "bytes"),
]
ALERT = record("alert", *FIELDS)
NEWER = record("alert", *FIELDS, nullable("new_score", "double"))


def encoded(number, schema=ALERT):
    """An alert of a star, with the bytes that Fink sends."""
    candidate = {"jd": 2_460_000.5 + number, "magpsf": 18.1, "fid": 1 + number % 2}
    alert = {
        "candid": 2**60 + number,
        "objectId": "ZTF21aaxtctv",
        "candidate": candidate,
        "prv_candidates": [candidate] * 3,
        "cdsxmatch": None if number % 3 else "Star",
        "cutoutScience": bytes(100),
        "new_score": number / 2,
    }
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, fastavro.parse_schema(schema), alert)
    return buffer.getvalue()


def key(schema=ALERT):
    return json.dumps(schema).encode()


def produce(broker, topic, alerts, schema=ALERT, **options):
    broker.produce(topic, [encoded(number, schema) for number in alerts], keys=key(schema), **options)


def received(broker, topics, *, group="tests", max_wait=0.1, config=QUICK, **options):
    """The Tables that a group receives until no more come."""
    options = {"servers": broker.servers, "group": group, "max_wait": max_wait, "config": config} | options
    return stream.alerts(topics, **options)


def ids(tables):
    """The numbers of the alerts in Tables."""
    tables = [tables] if isinstance(tables, Table) else tables
    return [number - 2**60 for table in tables for number in table["i:candid"].tolist()]


def committed(broker, topic, group="tests", partitions=PARTITIONS):
    """The number of alerts that the broker believes the group has had."""
    consumer = Consumer({"bootstrap.servers": broker.servers, "group.id": group, "log_level": 0})
    asked = [TopicPartition(topic, number) for number in range(partitions)]
    offsets = [one.offset for one in consumer.committed(asked, timeout=10)]
    consumer.close()
    return sum(max(0, offset) for offset in offsets)


@pytest.fixture(scope="module")
def shared_broker():
    with Broker() as broker:
        yield broker


@pytest.fixture
def broker():
    """A broker of one test, which may close it."""
    with Broker() as broker:
        yield broker


@pytest.fixture
def topic(shared_broker):
    """A topic with thirty alerts."""
    name = f"fink_test{next(numbers)}_ztf"
    produce(shared_broker, name, range(30))
    return name


@pytest.fixture
def live(shared_broker, topic):
    """The Tables of this topic for a group of this test."""
    return lambda **options: received(shared_broker, topic, **{"group": topic} | options)


# Tables


def test_tables_have_units_masks_exact_ids_and_decimals(live, topic):
    table = vstack(list(live()), metadata_conflicts="silent")
    assert table.colnames == ["i:objectId", "i:candid", "i:jd", "i:fid", "i:magpsf", "d:cdsxmatch"]
    assert sorted(ids(table)) == list(range(30))
    assert table["i:candid"].dtype == np.int64
    assert table["i:magpsf"].unit == "mag"
    assert table["i:magpsf"].description
    assert set(table["i:magpsf"].tolist()) == {18.1}
    table.sort("i:candid")
    assert table["d:cdsxmatch"].mask.tolist() == [bool(number % 3) for number in range(30)]


def test_a_table_says_where_it_came_from(live, topic, shared_broker):
    meta = next(live()).meta
    assert meta["topic"] == topic
    assert meta["survey"] == "ztf"
    assert meta["servers"] == shared_broker.servers
    assert meta["undecoded"] == 0


def test_tables_have_at_most_max_rows(live):
    lengths = [len(table) for table in live(max_rows=7)]
    assert sum(lengths) == 30
    assert max(lengths) <= 7


def test_alerts_of_a_partition_keep_their_order(shared_broker):
    produce(shared_broker, "fink_order_ztf", range(20), partitions=3)
    produce(shared_broker, "fink_order_ztf", range(20, 40), NEWER, partitions=3)
    produce(shared_broker, "fink_order_ztf", range(40, 60), partitions=3)
    assert ids(received(shared_broker, "fink_order_ztf")) == list(range(60))


def test_all_tables_have_the_requested_columns(live):
    tables = list(live(columns=["jd", "d:cdsxmatch", "i:fid"], max_rows=4))
    assert {tuple(table.colnames) for table in tables} == {("i:jd", "d:cdsxmatch", "i:fid")}
    assert len({str(table.dtype["i:fid"]) for table in tables}) == 1


def test_requested_columns_that_a_topic_lacks_are_masked_with_one_warning(live, topic):
    with pytest.warns(NoResultsWarning, match=f"{topic}.*i:drb") as caught:
        tables = list(live(columns="candid,drb", max_rows=10))
    assert len(caught) == 1
    assert all(table["i:drb"].mask.all() for table in tables)
    assert tables[0]["i:drb"].dtype == np.float64


def test_an_unknown_column_is_refused_before_any_alert_comes(live):
    with pytest.raises(FinkQueryError, match="'cdsxmach' is not a valid column.*Did you mean d:cdsxmatch"):
        live(columns="cdsxmach")


def test_a_column_that_is_new_at_fink_can_be_requested(shared_broker):
    produce(shared_broker, "fink_new_ztf", range(5), NEWER)
    (table,) = received(shared_broker, "fink_new_ztf", columns="candid,new_score")
    assert table["d:new_score"].tolist() == [number / 2 for number in ids(table)]


def test_each_table_has_alerts_of_one_topic(shared_broker):
    names = ["fink_several1_ztf", "fink_several2_ztf"]
    produce(shared_broker, names[0], range(10))
    produce(shared_broker, names[1], range(10, 30), NEWER)
    found = {name: [] for name in names}
    for table in received(shared_broker, names):
        found[table.meta["topic"]] += ids(table)
    assert {name: sorted(numbers) for name, numbers in found.items()} == {
        names[0]: list(range(10)),
        names[1]: list(range(10, 30)),
    }


def test_a_schema_may_change_inside_a_topic(shared_broker):
    produce(shared_broker, "fink_change_ztf", range(10))
    produce(shared_broker, "fink_change_ztf", range(10, 20), NEWER)
    (table,) = received(shared_broker, "fink_change_ztf")
    table.sort("i:candid")
    assert ids(table) == list(range(20))
    assert table["d:new_score"].mask.tolist() == [True] * 10 + [False] * 10


def test_many_schemas_are_decoded(shared_broker):
    for number in range(20):
        schema = record("alert", *FIELDS, nullable(f"score{number}", "double"))
        produce(shared_broker, "fink_schemas_ztf", [number], schema)
    assert sorted(ids(received(shared_broker, "fink_schemas_ztf"))) == list(range(20))


# The same rows as in the REST service


def box_and_client(request, survey):
    suffix = "" if survey == "ztf" else "_lsst"
    return request.getfixturevalue(f"box{suffix}"), request.getfixturevalue(f"fink{suffix}")


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_rows_are_those_of_the_rest_service(request, survey):
    box, client = box_and_client(request, survey)
    facts = SURVEYS[survey]
    with box.stream_topic(n=40) as simulated:
        (table,) = received(simulated, simulated.topic)
    rest = client.query_objects(object_ids_of(table, facts))
    rows = {number: row for row, number in enumerate(rest[facts.columns.alert_id].tolist())}
    known = [row for row, number in enumerate(table[facts.columns.alert_id].tolist()) if number in rows]
    same_in_rest = rest[[rows[number] for number in table[facts.columns.alert_id][known].tolist()]]
    assert len(known) > 20
    names = [name for name in rest.colnames if name in table.colnames]
    assert len(names) > 100
    for name in names:
        assert_same_column(table[name][known], same_in_rest[name])


def object_ids_of(table, facts):
    """The ids of the objects of alerts, without those of the Solar System."""
    ids = table[facts.columns.object_id]
    return np.unique(ids[~np.ma.getmaskarray(ids)]).tolist()


def assert_same_column(found, expected):
    """Equal cells, up to the decimals of the REST service's numbers; equal units and masks."""
    assert (found.unit, found.description, found.dtype.kind) == (
        expected.unit,
        expected.description,
        expected.dtype.kind,
    )
    masks = np.ma.getmaskarray(found), np.ma.getmaskarray(expected)
    assert masks[0].tolist() == masks[1].tolist()
    values = np.ma.getdata(found)[~masks[0]], np.ma.getdata(expected)[~masks[0]]
    if found.dtype.kind == "f":
        np.testing.assert_allclose(*values, rtol=1e-7, atol=1e-10)
    else:
        assert values[0].tolist() == values[1].tolist()


def test_alerts_of_asteroids_have_no_object_id(box_lsst):
    with box_lsst.stream_topic(n=60) as simulated:
        (table,) = received(simulated, simulated.topic, columns="diaObjectId,diaSourceId,ssObjectId")
    mine, theirs = table["r:diaObjectId"].mask, table["r:ssObjectId"].mask
    assert 0 < mine.sum() < len(table)
    assert (mine != theirs).all()


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_cutouts_are_those_of_the_rest_service(request, survey):
    box, client = box_and_client(request, survey)
    with box.stream_topic(n=12) as simulated:
        (table,) = received(simulated, simulated.topic, withcutouts=True)
    images = client.get_images(table[:3])
    for kind, name in SURVEYS[survey].cutouts.columns.items():
        assert table[name].unit == images[0][kind.upper()].header["BUNIT"]
        for row, hdus in enumerate(images):
            np.testing.assert_array_equal(table[name][row], hdus[kind.upper()].data)


def test_broken_cutouts_are_masked(shared_broker):
    produce(shared_broker, "fink_cutouts_ztf", range(3))
    with pytest.warns(CorruptDataWarning, match="masked 3 cutout"):
        (table,) = received(shared_broker, "fink_cutouts_ztf", withcutouts=True)
    names = [f"b:cutout{kind}_stampData" for kind in ("Science", "Template", "Difference")]
    assert table.colnames[-3:] == names
    assert all(table[name].mask.all() for name in names)


# Where


def test_where_keeps_alerts_and_counts_masked_values_as_false(live, topic, shared_broker):
    tables = live(where=lambda table: table["d:cdsxmatch"] == "Star")
    assert sorted(ids(tables)) == list(range(0, 30, 3))
    assert committed(shared_broker, topic, topic) == 30


def test_a_table_without_any_alert_left_is_skipped_and_committed(live, topic, shared_broker):
    assert list(live(where=lambda table: table["i:magpsf"] > 20)) == []
    assert committed(shared_broker, topic, topic) == 30


@pytest.mark.parametrize(
    "where", [lambda table: True, lambda table: [1] * len(table), lambda table: [True], lambda table: None]
)
def test_where_must_return_a_bool_per_row(live, where):
    with pytest.raises(FinkQueryError, match="where returned .* one True or False per row"):
        list(live(where=where))


def test_alerts_come_again_after_an_error_of_where(live):
    with pytest.raises(ZeroDivisionError):
        list(live(where=lambda table: 1 / 0))
    assert len(ids(live())) == 30


# Broken messages


def test_broken_messages_are_left_out_and_named(shared_broker):
    name = "fink_broken_ztf"
    produce(shared_broker, name, range(3), partitions=0)
    good = encoded(3)
    shared_broker.produce(name, [good[:-4], good + b"x", b"", b"\xff" * 50], keys=key(), partitions=1)
    shared_broker.produce(name, [good, good], keys=[b"no schema", b"\xff{}"], partitions=2)
    shared_broker.produce(name, [good], partitions=3)
    shared_broker.produce(name, [good], keys=json.dumps("string").encode(), partitions=3)
    produce(shared_broker, name, range(3, 6), partitions=4)
    with pytest.warns(CorruptDataWarning, match=rf"{name}.*8 message.*1:0, 1:1, .* 3:0, 3:1"):
        (table,) = received(shared_broker, name)
    assert sorted(ids(table)) == list(range(6))
    assert table.meta["undecoded"] == 8
    assert committed(shared_broker, name) == 14


def test_a_topic_of_broken_messages_only_ends(shared_broker):
    shared_broker.produce("fink_all_broken_ztf", [b"x"] * 5, keys=key())
    with pytest.warns(CorruptDataWarning, match="5 message"):
        assert list(received(shared_broker, "fink_all_broken_ztf")) == []
    assert list(received(shared_broker, "fink_all_broken_ztf")) == []


# Commits


def test_alerts_are_committed_when_the_next_table_is_asked_for(live, topic, shared_broker):
    with closing(live(max_rows=10)) as tables:
        first = next(tables)
        assert committed(shared_broker, topic, topic) == 0
        second = next(tables)
        wait_until(lambda: committed(shared_broker, topic, topic) == len(first))
        rest = list(tables)
    assert committed(shared_broker, topic, topic) == 30
    assert sorted(ids([first, second, *rest])) == list(range(30))
    assert list(live()) == []


def test_alerts_come_again_after_break(live):
    for _ in live(max_rows=10):
        break
    assert sorted(ids(live())) == list(range(30))


def test_only_the_alerts_of_the_failed_loop_body_come_again(live):
    handled = []

    def handle_two_tables():
        for number, table in enumerate(live(max_rows=10)):
            if number == 2:
                raise ZeroDivisionError
            handled.append(table)

    with pytest.raises(ZeroDivisionError):
        handle_two_tables()
    assert sorted(ids(handled) + ids(live())) == list(range(30))


def test_ctrl_c_loses_nothing_and_leaves_no_thread(live):
    def interrupted(table):
        signal.raise_signal(signal.SIGINT)
        return table["i:jd"] > 0

    before = threads()
    with pytest.raises(KeyboardInterrupt):
        list(live(where=interrupted))
    assert threads() == before
    assert sorted(ids(live())) == list(range(30))


def threads():
    """The number of threads of this process, also of those that are not Python's."""
    tasks = Path("/proc/self/task")
    return len(os.listdir(tasks)) if tasks.exists() else threading.active_count()


CHILD = """
import sys
from astroquery_fink import stream
servers, topic, group = sys.argv[1:]
config = {"session.timeout.ms": 1100, "heartbeat.interval.ms": 100, "fetch.wait.max.ms": 20}
for table in stream.alerts(topic, servers=servers, group=group, max_rows=6, max_wait=5, config=config):
    print(*(table["i:candid"] - 2**60), flush=True)
    sys.stdin.readline()
"""


def test_a_killed_process_loses_nothing(live, topic, shared_broker):
    arguments = [sys.executable, "-c", CHILD, shared_broker.servers, topic, topic]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        lines = [child.stdout.readline()]
        for _ in range(2):
            child.stdin.write("\n")
            child.stdin.flush()
            lines.append(child.stdout.readline())
        child.kill()
    *handled, unfinished = [[int(number) for number in line.split()] for line in lines]
    again = ids(live())
    assert set(sum(handled, []) + again) == set(range(30))
    assert len(again) < 30
    assert set(unfinished) <= set(again)


@pytest.mark.filterwarnings("ignore:.*go to another consumer")
def test_consumers_of_a_group_share_the_alerts(live, topic, shared_broker):
    shared, theirs, wait = threading.Event(), [], {"config": SHARED, "max_wait": 2, "max_rows": 5}

    def consume():
        for table in live(**wait):
            theirs.extend(ids(table))
            shared.set()

    with closing(live(**wait)) as tables:
        mine = ids(next(tables))
        other = threading.Thread(target=consume)
        other.start()
        for number in range(30, 200):
            produce(shared_broker, topic, [number])
            mine += ids(next(tables, []))
            if shared.is_set():
                break
        mine += sum(map(ids, tables), [])
    other.join()
    assert set(mine) | set(theirs) == set(range(number + 1))
    assert committed(shared_broker, topic, topic) == number + 1


# Where a group begins


def test_a_new_group_begins_with_the_oldest_alert_and_another_with_the_newest(live, topic, shared_broker):
    with closing(live(start="newest", group="later", max_wait=5)) as tables:
        later = []
        thread = threading.Thread(target=lambda: later.extend(ids(next(tables))))
        thread.start()
        wait_until(lambda: committed(shared_broker, topic, "later") == 30)
        produce(shared_broker, topic, [30])
        thread.join()
    assert later == [30]
    assert sorted(ids(live(start="oldest"))) == list(range(31))


def wait_until(is_true):
    """Return when a function returns True."""
    assert any(is_true() for _ in range(1000))


def test_newest_alerts_that_were_not_committed_come_again(live, topic, shared_broker):
    assert list(live(start="newest")) == []
    produce(shared_broker, topic, [30])
    assert ids(islice(live(start="oldest"), 0)) == []
    with pytest.warns(AstropyUserWarning, match="start=newest is not used.*continues there"):
        assert ids(live(start="newest")) == [30]


def test_a_group_that_has_begun_does_not_heed_start(live, topic):
    assert len(ids(live())) == 30
    with pytest.warns(AstropyUserWarning, match=f"start=oldest is not used: group '{topic}' has read"):
        assert list(live(start="oldest")) == []


@pytest.mark.parametrize("start", ["oldes", 2461000.5, "yesterday", True])
def test_a_start_that_means_nothing_is_refused(live, start):
    with pytest.raises(FinkQueryError, match="start="):
        live(start=start)


def test_rewind_moves_a_group_to_the_newest_alert(live, topic, shared_broker):
    to = {"servers": shared_broker.servers, "group": topic}
    assert stream.rewind(topic, "newest", **to) == 0
    assert committed(shared_broker, topic, topic) == 30
    produce(shared_broker, topic, [30])
    assert ids(live()) == [30]


def test_rewind_sends_alerts_again(live, topic, shared_broker):
    to = {"servers": shared_broker.servers, "group": topic}
    assert stream.rewind(topic, "newest", **to) == 0
    assert stream.rewind(topic, "oldest", **to) == 30
    assert sorted(ids(live())) == list(range(30))


def test_a_running_group_is_not_rewound(live, topic, shared_broker):
    with closing(live(max_rows=5)) as tables:
        next(tables)
        with pytest.raises(FinkQueryError, match=f"group '{topic}' is running: stop its consumers first"):
            stream.rewind(topic, "oldest", servers=shared_broker.servers, group=topic)


def test_alerts_that_expired_before_they_were_read_are_told(broker):
    produce(broker, "fink_old_ztf", range(8), partitions=0)
    assert ids(received(broker, "fink_old_ztf")) == list(range(8))
    produce(broker, "fink_old_ztf", range(100, 105), partitions=0)
    broker.expire("fink_old_ztf")
    produce(broker, "fink_old_ztf", [8], partitions=0)
    with pytest.warns(AstropyUserWarning, match="25 alerts of topic 'fink_old_ztf' expired before"):
        assert ids(received(broker, "fink_old_ztf")) == [8]


def test_a_topic_that_was_written_anew_is_read_from_its_beginning(broker):
    produce(broker, "fink_anew_ztf", range(3), partitions=0)
    consumer = Consumer({"bootstrap.servers": broker.servers, "group.id": "tests", "log_level": 0})
    consumer.commit(offsets=[TopicPartition("fink_anew_ztf", 0, 1000)], asynchronous=False)
    consumer.close()
    with pytest.warns(AstropyUserWarning, match="'fink_anew_ztf' .* was written anew"):
        assert ids(received(broker, "fink_anew_ztf")) == [0, 1, 2]


# Waiting


def test_the_loop_goes_on_while_alerts_come(live, topic, shared_broker):
    tables, found = live(max_wait=1.5), []
    for number, table in enumerate(tables, 30):
        found += ids(table)
        if number < 33:
            produce(shared_broker, topic, [number])
    assert sorted(found) == list(range(33))


def test_without_max_wait_the_loop_waits_for_alerts(live, topic, shared_broker):
    with closing(live(max_wait=None)) as tables:
        found = ids(next(tables))
        while len(found) < 30:
            found += ids(next(tables))
        writer = threading.Timer(1.2, produce, [shared_broker, topic, [30]])
        writer.start()
        assert ids(next(tables)) == [30]
        writer.join()


def test_a_broker_that_comes_back_goes_on(broker):
    produce(broker, "fink_gone_ztf", range(20))
    with closing(received(broker, "fink_gone_ztf", max_wait=1, max_rows=5)) as tables:
        found = ids(next(tables))
        broker.disconnect()
        reconnect = threading.Timer(1.5, broker.reconnect)
        reconnect.start()
        found += sum(map(ids, tables), [])
        reconnect.join()
    assert set(found) == set(range(20))
    assert committed(broker, "fink_gone_ztf") == 20


def test_a_broker_that_stays_away_is_an_error_not_the_end(broker):
    produce(broker, "fink_away_ztf", range(20))
    tables = received(broker, "fink_away_ztf", max_wait=0.3, timeout=1)
    next(tables)
    broker.disconnect()
    with pytest.raises(FinkServiceError, match=f"broker at {broker.servers} has not answered for 1 s"):
        list(tables)


def test_without_max_wait_too_a_broker_that_stays_away_is_an_error(broker):
    produce(broker, "fink_away_ztf", range(20))
    tables = received(broker, "fink_away_ztf", max_wait=None, timeout=1)
    next(tables)
    broker.close()
    with pytest.raises(FinkServiceError, match="has not answered for 1 s"):
        list(tables)


def test_a_broker_that_was_never_there_is_an_error():
    tables = stream.alerts("fink_sn_ztf", servers="127.0.0.1:9", group="tests", timeout=0.5)
    with pytest.raises(FinkServiceError, match=r"127\.0\.0\.1:9 gave no answer within 0\.5 s"):
        next(tables)


def test_no_thread_is_left(live):
    before = threads()
    next(live(max_rows=5))
    list(live())
    assert threads() == before


# Topics


def test_topics_are_listed_without_those_of_other_services(broker):
    others = ["ftransfer_ztf_2026-10-01_42", "ftransfer_ztf_2026-10-01_42_schema", "fxmatch_ztf_2026-10-01_1"]
    others += ["fink_ai_2026-10-01_42", "fink_ztf_20261001", "__consumer_offsets"]
    mine = ["fink_grb_bronze", "fink_kn_candidates_ztf", "fink_sn_near_galaxy_candidate_lsst"]
    for name in [*others, *reversed(mine)]:
        broker.create_topic(name, 1)
    assert stream.topics(servers=broker.servers) == mine


def test_an_unknown_topic_is_refused_with_the_nearest_names(shared_broker, topic):
    with pytest.raises(FinkQueryError, match=f"no topic 'fink_tst0_ztf'. Did you mean .*{topic[:9]}"):
        next(received(shared_broker, "fink_tst0_ztf"))
    with pytest.raises(FinkQueryError, match="no topic 'x_ztf'"):
        stream.rewind("x_ztf", "oldest", servers=shared_broker.servers, group="tests")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"topics": []}, "topics is empty"),
        ({"topics": 5}, "topics=5 is neither text nor a list"),
        ({"topics": "^fink_.*_ztf"}, "'\\^fink_.*_ztf' is not the name of a topic"),
        ({"topics": "ftransfer_ztf_2026-10-01_42"}, "transfer.download"),
        ({"topics": "fink_grb_bronze"}, "fink_grb_bronze.*give survey='ztf' or survey='lsst'"),
        ({"topics": ["fink_a_ztf", "fink_b_lsst"]}, "several surveys"),
        ({"survey": "atlas"}, "survey='atlas'"),
        ({"columns": []}, "columns is empty"),
        ({"where": "magpsf < 18"}, "where='magpsf < 18' is not a function"),
        ({"max_rows": 0}, "max_rows=0 is not a positive whole number"),
        ({"max_wait": 0}, "max_wait=0 is not a number of seconds above 0"),
        ({"max_wait": "1"}, "max_wait='1' is not a number of seconds"),
        ({"timeout": float("nan")}, "timeout=nan is not a number of seconds"),
        ({"group": None}, "group is needed.*give group="),
        ({"config": {"enable.auto.commit": True}}, "'enable.auto.commit'.*leave it out"),
        ({"config": {"group.id": "x"}}, "'group.id'.*group="),
    ],
    ids=lambda value: str(value)[:30],
)
def test_an_invalid_argument_is_refused_before_the_broker_is_asked(arguments, message):
    valid = {"topics": "fink_sn_ztf", "servers": "127.0.0.1:9", "group": "tests"}
    with pytest.raises(FinkQueryError, match=message):
        stream.alerts(**valid | arguments)


def test_topics_of_one_survey_may_be_read_with_survey(shared_broker):
    produce(shared_broker, "fink_grb_bronze", range(3))
    assert sorted(ids(received(shared_broker, "fink_grb_bronze", survey="ztf"))) == [0, 1, 2]


def test_servers_and_group_come_from_the_file_of_fink_client(live, topic, shared_broker):
    file = Path.home() / ".finkclient" / "ztf_credentials.yml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"username: me\nsurvey: ztf\ngroupid: {topic}\nservers: {shared_broker.servers}\n")
    try:
        assert topic in stream.topics()
        assert len(ids(stream.alerts(topic, max_wait=0.1, config=QUICK))) == 30
        assert committed(shared_broker, topic, topic) == 30
    finally:
        file.unlink()
