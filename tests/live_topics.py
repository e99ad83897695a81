# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Live topics for tests: alerts as Fink sends them, in the simulated broker, and groups that receive them."""

import io
import json
import os
import threading
from itertools import count
from pathlib import Path

import fastavro
from astropy.table import Table, vstack
from confluent_kafka import Consumer, TopicPartition

from astroquery_fink import stream

# In the simulated broker a group waits for (session.timeout.ms - 1 s) before it shares its partitions anew.
QUICK = {"session.timeout.ms": 1100, "heartbeat.interval.ms": 100, "fetch.wait.max.ms": 20}
QUICK |= {"reconnect.backoff.max.ms": 100}
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
    alert |= {f"score{one}": 1.0 for one in range(20)}
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, fastavro.parse_schema(schema), alert)
    return buffer.getvalue()


def key(schema=ALERT):
    return json.dumps(schema).encode()


def produce(broker, topic, alerts, schema=ALERT, **options):
    broker.produce(topic, [encoded(number, schema) for number in alerts], keys=key(schema), **options)


def topic_of_30(broker):
    """A topic with thirty alerts."""
    name = f"fink_test{next(numbers)}_ztf"
    produce(broker, name, range(30))
    return name


def received(broker, topics, *, group="tests", max_wait=0.1, config=QUICK, **options):
    """The Tables that a group receives until no more come."""
    options = {"servers": broker.servers, "group": group, "max_wait": max_wait, "config": config} | options
    return stream.alerts(topics, **options)


def as_one(tables):
    """All Tables as one: how many there are depends on the pace of the broker."""
    return vstack(list(tables), metadata_conflicts="silent")


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


def wait_until(is_true):
    """Return when a function returns True."""
    assert any(is_true() for _ in range(1000))


def threads():
    """The number of threads of this process, also of those that are not Python's."""
    tasks = Path("/proc/self/task")
    return len(os.listdir(tasks)) if tasks.exists() else threading.active_count()
