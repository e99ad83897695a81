"""A topic of light packets -> Parquet: the package, and one consumer with fastavro and pyarrow.

Both note their alerts a second, since they transfer different numbers of alerts. The memory is that of a
process of its own, with one time and four times the alerts.
"""

import io
import subprocess
import sys

import fastavro
import pyarrow as pa
import pytest
from confluent_kafka import Consumer, TopicPartition
from pyarrow.parquet import ParquetWriter

from astroquery_fink import transfer
from astroquery_fink.avro import Decoder
from fink_sandbox import Sandbox

pytestmark = pytest.mark.benchmark(group="a topic of light packets -> Parquet")
ALERTS = 300_000
BATCH = 2_000
MEMORY = """
import sys
from pathlib import Path
from astroquery_fink import transfer
topic, path, servers = sys.argv[1:]
transfer.download(topic, path, servers=servers, processes=1)
print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""


@pytest.fixture(scope="module")
def large():
    """A topic of many alerts."""
    with Sandbox(seed=1).transfer_topic(content="light", n=ALERTS) as topic:
        yield topic


@pytest.fixture(scope="module")
def small():
    """A topic of a quarter of the alerts."""
    with Sandbox(seed=1).transfer_topic(content="light", n=ALERTS // 4) as topic:
        yield topic


def note(benchmark, alerts):
    benchmark.extra_info["alerts_per_second"] = round(alerts / benchmark.stats["median"])


def bench_transfer_recipe(benchmark, small, tmp_path):
    benchmark.pedantic(lambda: recipe(small, tmp_path / "recipe.parquet"), rounds=1)
    note(benchmark, small.alerts)


def bench_transfer_package(benchmark, large, tmp_path):
    report = benchmark.pedantic(
        lambda: transfer.download(large.topic, tmp_path / "package", servers=large.servers, processes=2),
        rounds=1,
    )
    assert report.rows == large.alerts
    note(benchmark, large.alerts)


def bench_transfer_package_one_process(benchmark, small, tmp_path):
    report = benchmark.pedantic(
        lambda: transfer.download(small.topic, tmp_path / "package", servers=small.servers, processes=1),
        rounds=1,
    )
    assert report.rows == small.alerts
    note(benchmark, small.alerts)


def bench_transfer_memory(benchmark, small, large, tmp_path):
    def peak(topic):
        command = [sys.executable, "-c", MEMORY, topic.topic, str(tmp_path / topic.servers), topic.servers]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return int(done.stdout) / 1e3  # MB; ru_maxrss would be at least that of this process

    benchmark.extra_info["peak_small"] = peak(small)
    benchmark.extra_info["peak"] = benchmark.pedantic(lambda: peak(large), rounds=1)
    assert benchmark.extra_info["peak"] < 1.3 * benchmark.extra_info["peak_small"]


def recipe(topic, path):
    """One consumer; fastavro for each message, and pyarrow from Python objects."""
    schema, rows = fastavro.parse_schema(topic.schema), 0
    arrow = Decoder(topic.schema).schema
    consumer = Consumer(
        {"bootstrap.servers": topic.servers, "group.id": "recipe", "enable.auto.commit": False}
    )
    partitions = consumer.list_topics(topic.topic).topics[topic.topic].partitions
    consumer.assign([TopicPartition(topic.topic, number, 0) for number in partitions])
    with ParquetWriter(path, arrow) as writer:
        while rows < topic.alerts:
            messages = [message.value() for message in consumer.consume(BATCH, 1) if not message.error()]
            packets = [fastavro.schemaless_reader(io.BytesIO(message), schema, None) for message in messages]
            writer.write_table(pa.Table.from_pylist(packets, schema=arrow))
            rows += len(packets)
    consumer.close()
