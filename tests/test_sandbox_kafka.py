# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The simulated Kafka broker and the topics that it has."""

import subprocess
import sys

import pytest

confluent_kafka = pytest.importorskip("confluent_kafka")
pytest.importorskip("fastavro")

from confluent_kafka import Consumer, KafkaException, TopicPartition  # noqa: E402

from fink_sandbox.kafka import Broker  # noqa: E402

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
def broker():
    with Broker() as broker:
        yield broker


@pytest.fixture
def consumer(broker):
    consumer = Consumer({"bootstrap.servers": broker.servers, "group.id": "tests", "log_level": 0})
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


def test_messages_without_room_are_refused(broker):
    with pytest.raises(ValueError, match=r"partition 3 of topic='letters' has room for 5 MB"):
        broker.produce("letters", [bytes(1_000_000)] * 7, partitions=3)
    broker.produce("numbers", [bytes(1_000_000)] * 7, partitions=3, compression="zstd")


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
