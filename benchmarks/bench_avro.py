"""Avro messages -> Arrow: alert packets of the simulated Fink, beside fastavro and pyarrow.

The recipe decodes each message with fastavro and makes Arrow arrays of the Python objects. The memory of the
package is that of a process of its own, as a multiple of the size of the messages.
"""

import io
import pickle
import subprocess
import sys

import fastavro
import pyarrow as pa
import pytest
from confluent_kafka import Consumer
from memory import peak, resident

from astroquery_fink.avro import Decoder
from fink_sandbox import Sandbox

N = 1000
CUTOUTS = ["cutoutScience", "cutoutTemplate", "cutoutDifference"]
CASES = {
    "ztf light": ("ZTF99simsnia ZTF99simrrly", []),
    "ztf medium": ("ZTF99simsnia ZTF99simrrly", []),
    "ztf full": ("ZTF99simsnia ZTF99simrrly", CUTOUTS),
    "lsst light": ("170000000000000001", []),
    "lsst full": ("170000000000000001", CUTOUTS),
}  # fmt: skip


def packets(survey, content, objects, n=N):
    """The schema and the bytes of some packets; most are copies with other ids."""
    messages = []
    with Sandbox(survey=survey, seed=1).transfer_topic(objects.split(), content, n) as topic:
        settings = {"bootstrap.servers": topic.servers, "group.id": "bench", "auto.offset.reset": "earliest"}
        consumer = Consumer(settings)
        consumer.subscribe([topic.topic])
        while len(messages) < topic.alerts:
            messages += [message.value() for message in consumer.consume(n, timeout=1)]
        consumer.close()
    return topic.schema, messages


@pytest.fixture(scope="module", params=CASES)
def case(request):
    """The schema, the fields that are left out, and messages."""
    objects, left_out = CASES[request.param]
    schema, messages = packets(*request.param.split(), objects)
    return schema, left_out, messages


def recipe_of(schema, left_out):
    """The plain way: each message with fastavro, then pyarrow from Python objects."""
    arrow = Decoder(schema, left_out).schema
    whole = fastavro.parse_schema(schema)
    kept = [field for field in schema["fields"] if field["name"] not in left_out]
    wanted = fastavro.parse_schema(schema | {"fields": kept}) if left_out else None

    def decode(messages):
        rows = [fastavro.schemaless_reader(io.BytesIO(message), whole, wanted) for message in messages]
        return pa.RecordBatch.from_pylist(rows, schema=arrow)

    return decode


@pytest.mark.benchmark(group="Avro messages -> Arrow")
def bench_avro_recipe(timed, case):
    schema, left_out, messages = case
    decode = recipe_of(schema, left_out)
    timed(lambda: decode(messages), rounds=3)


@pytest.mark.benchmark(group="Avro messages -> Arrow")
def bench_avro_package(timed, case, benchmark):
    schema, left_out, messages = case
    decoder = Decoder(schema, left_out)
    rows, decoded = timed(lambda: decoder.decode(messages))
    size = sum(map(len, messages))
    benchmark.extra_info.update(rows=rows.num_rows, bytes=size, values=rows.nbytes)
    assert decoded.all()
    assert repr(rows.slice(0, 50).to_pylist()) == repr(recipe_of(schema, left_out)(messages[:50]).to_pylist())


def bench_avro_memory(case, timed, benchmark, tmp_path):
    file = tmp_path / "case"
    file.write_bytes(pickle.dumps(case))
    command = [sys.executable, __file__, str(file)]
    printed = timed(lambda: subprocess.run(command, capture_output=True, text=True, check=True), rounds=1)
    benchmark.extra_info["times"] = float(printed.stdout)


def main(file):
    """Print the most memory that decoding needs, in bytes per byte of the messages."""
    with open(file, "rb") as opened:
        schema, left_out, messages = pickle.load(opened)
    decoder = Decoder(schema, left_out)
    decoder.decode(messages[:1])
    before = resident()
    decoder.decode(messages)
    print((peak() - before) / (sum(map(len, messages)) / 1e6))


if __name__ == "__main__":
    main(*sys.argv[1:])
