"""Topics of small alerts on a simulated broker, and processes that download them."""

import io
import json
import os
import signal
import sys
import warnings
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest
from astroquery.exceptions import CorruptDataWarning

for package in ("confluent_kafka", "filelock", "loky", "pyarrow"):
    pytest.importorskip(package)
fastavro = pytest.importorskip("fastavro")

PACKAGE = str(Path(__file__).parents[1] / "astroquery_fink")
HISTORY = {"type": "record", "name": "prv_candidate", "fields": [{"name": "jd", "type": ["double", "null"]}]}
FIELDS = {
    "objectId": ["string", "null"],
    "candid": ["long", "null"],
    "magpsf": ["float", "null"],
    "cutoutScience": ["bytes", "null"],
    "prv_candidates": [{"type": "array", "items": HISTORY}, "null"],
}


def topic_of(days=0, number=123):
    """The name of a topic that was submitted some days ago."""
    return f"ftransfer_ztf_{datetime.now(UTC).date() - timedelta(days)}_{number}"


TOPIC = topic_of()


def schema_of(fields=FIELDS):
    """An Avro schema of these fields, as text."""
    listed = [{"name": name, "type": kind} for name, kind in fields.items()]
    return json.dumps({"type": "record", "name": "alert", "fields": listed})


def alert(number, **values):
    """The values of an alert."""
    return {
        "objectId": f"ZTF26aaaaa{number % 7}",
        "candid": 10**18 + number,
        "magpsf": 18.25 + number % 8,
        "cutoutScience": bytes([number % 256]) * 20,
        "prv_candidates": [{"jd": 2461000.5 + one} for one in range(number % 3)],
    } | values


def encoded(record, schema=None):
    """A record in Avro."""
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, fastavro.parse_schema(json.loads(schema or schema_of())), record)
    return buffer.getvalue()


def publish(broker, numbers, topic=TOPIC, schema=None, partitions=None):
    """Write alerts with these numbers to a topic."""
    broker.produce(
        topic,
        [encoded(alert(number), schema) for number in numbers],
        keys=topic.encode(),
        partitions=partitions,
    )


def topic_of_200(broker):
    """A topic of 200 alerts in three partitions, and its schemas."""
    broker.create_topic(TOPIC, partitions=3)
    publish_schemas(broker)
    publish(broker, range(200))
    return TOPIC


def publish_schemas(broker, *schemas, topic=TOPIC):
    """Write the schema topic: the same few messages many times."""
    keys = [schema.encode() for schema in schemas or [schema_of()] for _ in range(20)]
    broker.produce(f"{topic}_schema", [b"new_schema.avsc"] * len(keys), keys=keys)


def candids(folder):
    """The numbers of all alerts in a folder, in the order of the files."""
    from pyarrow.parquet import ParquetFile

    found = []
    for file in sorted(Path(folder).glob("part-*.parquet")):
        with ParquetFile(file) as parquet:
            found += [value - 10**18 for value in parquet.read(["candid"])["candid"].to_pylist()]
    return found


def fork():
    """Processes that start at once, since what they need is imported."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["astroquery_fink.transfer.topics.session", "downloads"])
    return context


def download_small_files(servers, folder, topic=TOPIC, rows=20, barrier=None):
    """In a process of its own: a download with files of a few rows."""
    from astroquery_fink import transfer
    from astroquery_fink.kafka import reading
    from astroquery_fink.transfer.topics import part_file

    part_file._ROWS = reading.MOST = rows
    if barrier is not None:
        barrier.wait()
    with warnings.catch_warnings(action="ignore", category=CorruptDataWarning):
        transfer.download(topic, folder, servers=servers, processes=1, timeout=20)


def download_in_two_processes(servers, folder):
    """In a process of its own, the first of its group: a download by two more processes."""
    from astroquery_fink import transfer

    os.setsid()
    transfer.download(TOPIC, folder, servers=servers, processes=2)


def download_to_a_full_disk(servers, folder):
    """In a process of its own: a download to a disk that becomes full, and a second one when it is not."""
    import resource

    from astroquery_fink.exceptions import FinkQueryError

    files = resource.RLIMIT_FSIZE
    before = resource.getrlimit(files)
    resource.setrlimit(files, (1500, before[1]))
    try:
        download_small_files(servers, folder, rows=50)
    except FinkQueryError as error:
        message = str(error)
    resource.setrlimit(files, before)
    assert message.endswith("cannot be written: File too large."), message
    assert not list(folder.rglob(".part-*"))
    download_small_files(servers, folder)


def download_killed_at(line, *arguments):
    """In a process of its own: a download that is killed when it comes to a line, counted from the start."""
    left = [line]

    def count(frame, event, argument):
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        if event == "line":
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return count

    sys.settrace(count)
    download_small_files(*arguments)
