"""Avro messages -> Arrow: alert packets of the simulated Fink, beside fastavro and pyarrow.

The recipe decodes each message with fastavro and makes Arrow arrays of the Python objects; both are timed.
``python benchmarks/bench_avro.py ztf full`` prints the most memory that the package needs, as a multiple of the
size of the messages.
"""

import io
import subprocess
import sys

import fastavro
import pyarrow as pa
import pytest
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
    selection = Sandbox(survey=survey, seed=1)._selection(objects.split(), content, n)
    fields = selection.source.content_of(content, False)
    return fields.schema, list(selection.messages(fields)[0])


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


@pytest.mark.parametrize("name", CASES)
def bench_avro_memory(name, benchmark):
    command = [sys.executable, __file__, *name.split()]
    run = lambda: subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: E731
    benchmark.extra_info["times"] = float(benchmark.pedantic(run, rounds=1))


def main(survey, content):
    """Print the most memory that is used beside the messages, per byte of them."""
    objects, left_out = CASES[f"{survey} {content}"]
    schema, messages = packets(survey, content, objects)
    decoder = Decoder(schema, left_out)
    decoder.decode(messages[:1])
    before = resident()
    decoder.decode(messages)
    print((peak() - before) / (sum(map(len, messages)) / 1e6))


if __name__ == "__main__":
    main(*sys.argv[1:])
