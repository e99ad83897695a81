# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""No live alert is lost: positions are committed after the loop body, and what fails is said."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from itertools import islice
from pathlib import Path

import astropy.units as u
import pytest
from astropy.time import Time
from astropy.utils.exceptions import AstropyUserWarning
from hypothesis import given, settings
from hypothesis import strategies as st

from astroquery_fink import stream
from astroquery_fink.exceptions import FinkQueryError, FinkServiceError

pytest.importorskip("confluent_kafka")
pytest.importorskip("pyarrow")
pytest.importorskip("yaml")
pytest.importorskip("fastavro")

from confluent_kafka import Consumer, TopicPartition  # noqa: E402
from live_topics import (  # noqa: E402
    PARTITIONS,
    QUICK,
    SHARED,
    committed,
    ids,
    numbers,
    produce,
    received,
    threads,
    topic_of_30,
    wait_until,
)

from astroquery_fink.kafka.consumer import Connection  # noqa: E402


@pytest.fixture
def topic(shared_broker):
    return topic_of_30(shared_broker)


@pytest.fixture
def live(shared_broker, topic):
    """The Tables of this topic for a group of this test."""
    return lambda **options: received(shared_broker, topic, **{"group": topic} | options)


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


@settings(max_examples=5)
@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 4)), min_size=1, max_size=3))
def test_however_loops_end_each_alert_is_handled_once(shared_broker, loops):
    topic, handled = f"fink_loops{next(numbers)}_ztf", []
    produce(shared_broker, topic, range(30))
    for max_rows, tables_to_handle in loops:
        for number, table in enumerate(received(shared_broker, topic, group=topic, max_rows=max_rows)):
            if number == tables_to_handle:
                break
            handled += ids(table)
    handled += ids(received(shared_broker, topic, group=topic))
    assert sorted(handled) == list(range(30))


def test_ctrl_c_loses_nothing_and_leaves_no_thread(live):
    def interrupted(table):
        signal.raise_signal(signal.SIGINT)
        return table["i:jd"] > 0

    before = threads()
    with pytest.raises(KeyboardInterrupt):
        list(live(where=interrupted))
    assert threads() == before
    assert sorted(ids(live())) == list(range(30))


def test_ctrl_c_ends_a_loop_that_waits(live):
    before = threads()
    list(live())
    interrupt = threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGINT])
    interrupt.start()
    with pytest.raises(KeyboardInterrupt):
        next(live(max_wait=None))
    interrupt.join()
    assert threads() == before


def test_ctrl_c_at_an_odd_moment_is_ctrl_c():
    class Interrupted:
        """A consumer in the moment in which confluent_kafka loses Ctrl-C."""

        def consume(self, most, timeout):
            raise SystemError("returned NULL without setting an exception")

    with pytest.raises(KeyboardInterrupt):
        Connection(Interrupted(), "127.0.0.1").received(1, 0.1)


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
    shared, theirs, wait = threading.Event(), [], {"config": SHARED, "max_wait": 1, "max_rows": 5}

    def consume():
        for table in live(**wait):
            theirs.extend(ids(table))
            shared.set()

    with closing(live(**wait)) as tables:
        mine = ids(next(tables))
        other = threading.Thread(target=consume)
        other.start()
        for end in range(40, 1000, PARTITIONS):  # an alert in each partition
            produce(shared_broker, topic, range(end - PARTITIONS, end))
            mine += ids(next(tables, []))
            if shared.is_set():
                break
        mine += sum(map(ids, tables), [])
    other.join()
    assert set(mine) | set(theirs) == set(range(end))
    wait_until(lambda: committed(shared_broker, topic, topic) == end)


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


def test_newest_alerts_that_were_not_committed_come_again(live, topic, shared_broker):
    assert list(live(start="newest")) == []
    produce(shared_broker, topic, [30])
    assert ids(islice(live(start="oldest"), 0)) == []
    with pytest.warns(AstropyUserWarning, match="start=newest is not used.*continues there"):
        assert ids(live(start="newest")) == [30]


def test_a_time_after_all_alerts_begins_with_the_next_one(live, topic, shared_broker):
    assert list(live(start=Time.now() + 1 * u.day)) == []
    assert committed(shared_broker, topic, topic) == 30
    produce(shared_broker, topic, [30])
    assert ids(live()) == [30]


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
    tables, found = live(max_wait=0.3), []
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
        writer = threading.Timer(0.6, produce, [shared_broker, topic, [30]])
        writer.start()
        assert ids(next(tables)) == [30]
        writer.join()


def test_a_broker_that_comes_back_goes_on(broker):
    produce(broker, "fink_gone_ztf", range(20))
    with closing(received(broker, "fink_gone_ztf", max_wait=0.5, max_rows=5)) as tables:
        found = ids(next(tables))
        broker.disconnect()
        reconnect = threading.Timer(0.7, broker.reconnect)
        reconnect.start()
        found += sum(map(ids, tables), [])
        reconnect.join()
    assert set(found) == set(range(20))
    assert committed(broker, "fink_gone_ztf") == 20


def test_a_broker_that_stays_away_is_an_error_not_the_end(broker):
    produce(broker, "fink_away_ztf", range(20))
    tables = received(broker, "fink_away_ztf", max_wait=0.3, timeout=0.5)
    next(tables)
    broker.disconnect()
    with pytest.raises(FinkServiceError, match=f"broker at {broker.servers} has not answered for 0.5 s"):
        list(tables)


def test_without_max_wait_too_a_broker_that_stays_away_is_an_error(broker):
    produce(broker, "fink_away_ztf", range(20))
    tables = received(broker, "fink_away_ztf", max_wait=None, timeout=0.5)
    next(tables)
    broker.close()
    with pytest.raises(FinkServiceError, match="has not answered for 0.5 s"):
        list(tables)


def test_a_broker_that_was_never_there_is_an_error():
    tables = stream.alerts("fink_sn_ztf", servers="127.0.0.1:9", group="tests", timeout=0.5)
    with pytest.raises(FinkServiceError, match=r"127\.0\.0\.1:9 did not respond within 0\.5 s"):
        next(tables)


def test_a_consumer_says_that_it_waits_for_another_of_its_group(live):
    with closing(live(config=SHARED, max_rows=5)) as tables:
        next(tables)
        with pytest.warns(AstropyUserWarning, match="Waiting for group .* finish their Tables"):
            assert len(set(ids(live(config=SHARED, timeout=0.3)))) > 20


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
        ({"max_rows": 0}, "max_rows=0 is not a valid number"),
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
