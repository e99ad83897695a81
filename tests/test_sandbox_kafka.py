# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The simulated Kafka broker and the topics that it has."""

import io
import json
import re
import subprocess
import sys
from collections import Counter

import pytest

confluent_kafka = pytest.importorskip("confluent_kafka")
fastavro = pytest.importorskip("fastavro")

from confluent_kafka import Consumer, KafkaException, TopicPartition  # noqa: E402

from fink_sandbox import Sandbox  # noqa: E402
from fink_sandbox.kafka import Broker  # noqa: E402

OBJECTS = {"ztf": ["ZTF99simsnia", "ZTF99simagnx"], "lsst": ["170000000000000001", "Simulatedalpha"]}
READER = """
import sys
from confluent_kafka import Consumer, TopicPartition
consumer = Consumer({"bootstrap.servers": sys.argv[1], "group.id": "another process"})
consumer.assign([TopicPartition(sys.argv[2], number, 0) for number in range(int(sys.argv[3]))])
messages = consumer.consume(int(sys.argv[4]), timeout=30)
consumer.close()
print(*sorted(message.value().decode() for message in messages))
"""


@pytest.fixture
def consumer(broker):
    settings = {"group.id": "tests", "log_level": 0, "fetch.wait.max.ms": 10}
    consumer = Consumer(settings | {"bootstrap.servers": broker.servers})
    yield consumer
    consumer.close()


def offsets(consumer, topic, partitions):
    """The first offset and the next one of each partition."""
    return [consumer.get_watermark_offsets(TopicPartition(topic, number)) for number in range(partitions)]


def read(consumer, topic, partition, first, n):
    """Messages of a partition."""
    consumer.assign([TopicPartition(topic, partition, first)])
    return consumer.consume(n, timeout=30)


@pytest.mark.parametrize("partitions", [1, 4, 10, 37])
def test_a_topic_has_the_partitions_asked_for(broker, consumer, partitions):
    broker.create_topic("letters", partitions)
    assert list(consumer.list_topics("letters").topics["letters"].partitions) == list(range(partitions))
    assert offsets(consumer, "letters", partitions) == [(0, 0)] * partitions


def test_a_topic_that_does_not_exist_is_unknown(broker, consumer):
    error = consumer.list_topics("letters").topics["letters"].error
    assert error.code() == confluent_kafka.KafkaError.UNKNOWN_TOPIC_OR_PART


def test_messages_go_to_all_partitions_in_turn(broker, consumer):
    broker.produce("letters", [b"a"] * 25)
    assert [high for _, high in offsets(consumer, "letters", 10)] == [3] * 5 + [2] * 5


def test_messages_keep_order_and_keys_in_a_partition(broker, consumer):
    broker.create_topic("letters", 3)
    broker.produce("letters", [b"a", b"b", b"c"], keys=[b"1", b"2", b"3"], partitions=[2, 0, 2])
    found = read(consumer, "letters", 2, 0, 2)
    assert [(one.key(), one.value(), one.offset()) for one in found] == [(b"1", b"a", 0), (b"3", b"c", 1)]


def test_another_process_reads_the_messages(broker):
    broker.produce("letters", [b"a", b"b", b"c"])
    arguments = [broker.servers, "letters", "10", "3"]
    done = subprocess.run([sys.executable, "-c", READER, *arguments], capture_output=True, text=True)
    assert (done.stdout.split(), done.stderr) == (["a", "b", "c"], "")


def test_expired_messages_are_gone_and_offsets_go_on(broker, consumer):
    broker.create_topic("letters", 2)
    broker.produce("letters", [b"a", b"b", b"c"], partitions=0)
    broker.expire("letters")
    assert offsets(consumer, "letters", 2) == [(5, 5), (2, 2)]
    broker.produce("letters", [b"d", b"e"], partitions=0)
    assert offsets(consumer, "letters", 2) == [(5, 7), (2, 2)]
    assert [one.value() for one in read(consumer, "letters", 0, 5, 2)] == [b"d", b"e"]


def test_messages_without_room_are_refused(broker, consumer):
    broker.produce("letters", [bytes(1_000_000)] * 5, partitions=3)
    with pytest.raises(ValueError, match=r"partition 3 of topic='letters' has room for 5 MB"):
        broker.produce("letters", [bytes(1_000_000)], partitions=3)
    assert offsets(consumer, "letters", 4)[3] == (0, 5)


def test_a_partition_without_more_room_keeps_all_messages(broker, consumer):
    for _ in range(5):
        broker.produce("letters", [b""] * 10_000, partitions=0)
    with pytest.raises(ValueError, match="room for 5 MB"):
        broker.produce("letters", [b""] * 10_000, partitions=0)
    assert offsets(consumer, "letters", 1) == [(0, 50_000)]


def test_a_message_for_a_partition_that_does_not_exist_is_refused(broker):
    with pytest.raises(KafkaException, match="Unknown partition"):
        broker.produce("letters", [b"a"], partitions=10)


def test_messages_survive_a_broker_that_goes_away_for_a_while(broker, consumer):
    broker.produce("letters", [b"a"], partitions=0)
    assert offsets(consumer, "letters", 1) == [(0, 1)]
    broker.disconnect()
    with pytest.raises(KafkaException):
        consumer.list_topics(timeout=0.2)
    broker.reconnect()
    assert [one.value() for one in read(consumer, "letters", 0, 0, 1)] == [b"a"]


def test_a_closed_broker_takes_no_connection():
    with Broker() as broker:
        broker.produce("letters", [b"a"])
    consumer = Consumer({"bootstrap.servers": broker.servers, "group.id": "tests", "log_level": 0})
    with pytest.raises(KafkaException):
        consumer.list_topics(timeout=0.2)
    consumer.close()


def test_a_group_goes_on_where_it_committed(broker):
    broker.produce("letters", [b"a", b"b"], partitions=0)
    settings = {"bootstrap.servers": broker.servers, "group.id": "tests", "enable.auto.commit": False}
    settings |= {"session.timeout.ms": 1100, "heartbeat.interval.ms": 200, "log_level": 0}
    for letter in (b"a", b"b"):
        consumer = Consumer(settings | {"auto.offset.reset": "earliest"})
        consumer.subscribe(["letters"])
        message = consumer.poll(30)
        assert message.value() == letter
        consumer.commit(message, asynchronous=False)
        consumer.close()


def test_a_broker_leaves_no_thread_and_prints_nothing():
    code = """
import os
from fink_sandbox.kafka import Broker
with Broker() as broker:
    broker.produce("letters", [b"a"])
print(*[open(f"/proc/self/task/{task}/comm").read() for task in os.listdir("/proc/self/task")])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "rdk:" not in done.stdout
    assert done.stderr == ""


# Topics


@pytest.fixture(scope="module")
def boxes():
    return {survey: Sandbox(seed=1, survey=survey) for survey in OBJECTS}


def partitions_of(consumer, topic):
    """Messages of each partition."""
    bounds = offsets(consumer, topic, len(known(consumer, topic)))
    consumer.assign([TopicPartition(topic, number, low) for number, (low, _) in enumerate(bounds)])
    messages = consumer.consume(sum(high - low for low, high in bounds), timeout=30)
    return [[one for one in messages if one.partition() == number] for number in range(len(bounds))]


def known(consumer, topic):
    return consumer.list_topics(topic).topics[topic].partitions


def decoded(messages, schema):
    """The alerts of messages with one schema."""
    parsed = fastavro.parse_schema(schema)
    return [fastavro.schemaless_reader(io.BytesIO(one.value()), parsed) for one in messages]


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_a_transfer_topic_has_the_alerts_and_a_topic_of_its_schema(boxes, broker, consumer, survey):
    topic = boxes[survey].transfer_topic(OBJECTS[survey], content="light", broker=broker)
    assert re.fullmatch(rf"ftransfer_{survey}_\d{{4}}-\d\d-\d\d_\d+", topic.topic)
    assert topic.servers == broker.servers
    (schema,) = {one.key() for part in partitions_of(consumer, f"{topic.topic}_schema") for one in part}
    assert json.loads(schema) == topic.schema
    found = partitions_of(consumer, topic.topic)
    assert len(found) == 10
    assert sum(len(part) for part in found) == topic.alerts > 100
    assert max(len(part) for part in found) - min(len(part) for part in found) == 1
    assert {one.key() for part in found for one in part} == {topic.topic.encode()}
    name = {"ztf": "candid", "lsst": "diaSourceId"}[survey]
    alerts = decoded([one for part in found for one in part], json.loads(schema))
    assert len({one[name] for one in alerts}) == topic.alerts


def test_the_schema_topic_holds_messages_with_a_short_text(boxes, broker, consumer):
    topic = boxes["ztf"].transfer_topic(OBJECTS["ztf"], content=["objectId"], n=1, broker=broker)
    messages = [one for part in partitions_of(consumer, f"{topic.topic}_schema") for one in part]
    assert len(messages) == 20
    assert set(decoded(messages, {"type": "string"})) == {"new_schema_simulated.avsc"}


def test_the_same_seed_writes_the_same_messages(boxes, broker, consumer):
    topics = [boxes["ztf"].transfer_topic(content="light", n=30, broker=broker) for _ in range(2)]
    first, second = (
        [[one.value() for one in part] for part in partitions_of(consumer, one.topic)] for one in topics
    )
    assert topics[0].topic != topics[1].topic
    assert first == second


def test_alerts_of_another_layout_can_be_added_to_a_topic(boxes, broker, consumer):
    first = boxes["ztf"].transfer_topic(OBJECTS["ztf"], content="light", n=20, broker=broker)
    boxes["ztf"].transfer_topic(OBJECTS["ztf"], content="medium", n=5, broker=broker, topic=first.topic)
    assert sum(len(part) for part in partitions_of(consumer, first.topic)) == 25
    keys = {one.key() for part in partitions_of(consumer, f"{first.topic}_schema") for one in part}
    assert len(keys) == 2


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_the_key_of_a_live_message_is_its_schema(boxes, broker, consumer, survey):
    topic = boxes[survey].stream_topic(OBJECTS[survey], n=4, partitions=3, broker=broker)
    assert topic.topic.endswith(f"_{survey}")
    boxes[survey].stream_topic(
        OBJECTS[survey], content=[topic.schema["fields"][0]["name"]], n=2, broker=broker
    )
    found = [one for part in partitions_of(consumer, topic.topic) for one in part]
    assert len(found) == 6
    sizes = Counter(len(*decoded([one], json.loads(one.key()))) for one in found)
    assert sizes == {len(topic.schema["fields"]): 4, 2 if survey == "ztf" else 1: 2}


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_more_alerts_than_there_are_have_ids_of_their_own(boxes, broker, consumer, survey):
    topic = boxes[survey].transfer_topic(content="light", n=5469, broker=broker)
    messages = [one for part in partitions_of(consumer, topic.topic) for one in part]
    found = decoded(messages, topic.schema)
    alert, objectid = {"ztf": ("candid", "objectId"), "lsst": ("diaSourceId", "diaObjectId")}[survey]
    assert len(found) == len({one[alert] for one in found}) == 5469
    curves = Counter(one[objectid] for one in found)
    assert set(curves.values()) >= {70 if survey == "ztf" else 58}
    assert {one["ra"] >= 0 and one["ra"] < 360 for one in found} == {True}


def test_a_topic_gets_the_partitions_that_it_needs_or_is_refused(boxes, broker, consumer):
    topic = boxes["ztf"].transfer_topic(content="light", n=40_000, broker=broker)
    assert topic.alerts == 40_000
    assert 10 < len(known(consumer, topic.topic)) < 15
    with pytest.raises(ValueError, match="has room for 5 MB: write fewer messages, or to more partitions"):
        boxes["ztf"].transfer_topic(content="light", n=15_000, partitions=2, broker=broker)


def test_a_topic_closes_the_broker_that_it_started(boxes):
    with boxes["ztf"].transfer_topic(OBJECTS["ztf"], content="light", n=1) as topic:
        consumer = Consumer({"bootstrap.servers": topic.servers, "group.id": "tests", "log_level": 0})
        assert topic.topic in consumer.list_topics(timeout=10).topics
    with pytest.raises(KafkaException):
        consumer.list_topics(timeout=0.2)
    consumer.close()


def test_a_topic_leaves_a_given_broker_open(boxes, broker, consumer):
    with boxes["ztf"].stream_topic(OBJECTS["ztf"], n=1, broker=broker) as topic:
        pass
    assert len(known(consumer, topic.topic)) == 10
