"""Folders of many alerts: memory of reading and sorting small files, and time to find ten objects.

The files are those of fink-client: 2,000 of 100 alerts each, in the layout of packets without cutouts and
history. Memory is that of a process of its own.
"""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from pyarrow.parquet import write_table

from astroquery_fink import transfer
from astroquery_fink.avro import Decoder
from fink_sandbox import Sandbox
from fink_sandbox.avro.encode import encoder

pytestmark = pytest.mark.benchmark(group="folders of many alerts")
FILES, ALERTS_OF_A_FILE = 2_000, 100
ALERTS, ALERTS_OF_AN_OBJECT, FOUND = 5_000_000, 20, 10
LEFT_OUT = ("cutout", "prv")
OBJECTS = {"ztf": ["ZTF99simrrly"], "lsst": ["170000000000000001", "170000000000000008"]}
READ = "for table in transfer.batches(sys.argv[1]): pass"
SORT = "transfer.compact(sys.argv[1], sys.argv[2], show_progress=False)"
MEMORY = """
import sys
from pathlib import Path
from astroquery_fink import transfer
{}
print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""


@pytest.fixture(scope="module", params=OBJECTS)
def small_files(request, tmp_path_factory):
    """A folder of 2,000 files of 100 alerts."""
    folder, rng = tmp_path_factory.mktemp(request.param), np.random.default_rng(1)
    packets = packets_of(request.param)
    alerts = ALERTS_OF_A_FILE * FILES
    for number in range(FILES):
        rows = packets.take(rng.integers(0, len(packets), ALERTS_OF_A_FILE))
        ids = 10**18 + number * ALERTS_OF_A_FILE + np.arange(ALERTS_OF_A_FILE)
        objects = rng.integers(0, alerts // ALERTS_OF_AN_OBJECT, ALERTS_OF_A_FILE)
        write_table(with_ids(rows, request.param, objects, ids), folder / f"part-{number:05}.parquet")
    return folder


def packets_of(survey):
    """Some packets of a survey, without cutouts and history."""
    source = Sandbox(seed=1, survey=survey)._packets
    full = source.content_of("full", False)
    content = source.content_of([name for name in full.fields if not name.startswith(LEFT_OUT)], False)
    packets = source.packets(OBJECTS[survey], "full", content, ALERTS_OF_A_FILE, 1)
    batch, _ = Decoder(content.schema).decode([encoder(content.schema)(packet) for packet in packets])
    return pa.Table.from_batches([batch])


def with_ids(rows, survey, objects, ids):
    """The same packets with other ids."""
    if survey == "ztf":
        rows = rows.set_column(rows.column_names.index("objectId"), "objectId", names_of(objects))
        return rows.set_column(rows.column_names.index("candid"), "candid", pa.array(ids))
    place = rows.column_names.index("diaSource")
    source = rows["diaSource"].combine_chunks()
    members = dict(zip([field.name for field in source.type], source.flatten(), strict=True))
    members["diaObjectId"] = pa.array(10**17 + objects)
    rows = rows.set_column(
        place, "diaSource", pa.StructArray.from_arrays(list(members.values()), list(members))
    )
    return rows.set_column(rows.column_names.index("diaSourceId"), "diaSourceId", pa.array(ids))


def names_of(objects):
    """Ids of ZTF in the order of these numbers."""
    letters = objects[:, None] // 26 ** np.arange(6, -1, -1) % 26 + ord("a")
    texts = np.concatenate([np.broadcast_to(list(b"ZTF21"), (len(objects), 5)), letters], axis=1)
    return pa.array(texts.astype(np.uint8).view(f"S{texts.shape[1]}").ravel(), pa.binary()).cast(pa.string())


def peak(code, *arguments):
    """The peak of the memory of a process, in MB."""
    command = [sys.executable, "-c", MEMORY.format(code), *map(str, arguments)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout) / 1e3


def bench_folder_batches(benchmark, small_files):
    benchmark.extra_info["peak"] = benchmark.pedantic(lambda: peak(READ, small_files), rounds=1)


def bench_folder_compact(benchmark, small_files, tmp_path):
    sort = benchmark.pedantic(lambda: peak(SORT, small_files, tmp_path / "compact"), rounds=1)
    benchmark.extra_info["peak"] = sort


@pytest.fixture(scope="module")
def five_million(tmp_path_factory):
    """A compact folder of five million alerts with few columns."""
    place, rng = tmp_path_factory.mktemp("many"), np.random.default_rng(1)
    (place / "folder").mkdir()
    for number, first in enumerate(range(0, ALERTS, ALERTS // 50)):
        size = ALERTS // 50
        columns = {
            "objectId": names_of(rng.integers(0, ALERTS // ALERTS_OF_AN_OBJECT, size)),
            "candid": 10**18 + first + np.arange(size),
            "jd": 2.46e6 + 1000 * rng.random(size),
            "fid": rng.integers(1, 3, size).astype(np.int32),
            **{name: rng.normal(18, 1, size).astype(np.float32) for name in ("magpsf", "sigmapsf", "magnr")},
            **{name: 60 * rng.random(size) for name in ("ra", "dec")},
            "ssnamenr": ["null"] * size,
            "roid": np.zeros(size, np.int32),
        }
        write_table(pa.table(columns), place / "folder" / f"part-{number:05}.parquet")
    transfer.compact(place / "folder", place / "compact", show_progress=False)
    return place / "compact"


def bench_ten_objects_of_five_million_alerts(timed, five_million):
    ids = names_of(np.random.default_rng(2).integers(0, ALERTS // ALERTS_OF_AN_OBJECT, FOUND)).to_pylist()
    assert len(timed(lambda: transfer.read(five_million, ids))) > FOUND
