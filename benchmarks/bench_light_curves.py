"""Light curves of ten million alerts: time and memory, beside a group-by of DuckDB written by hand.

Needs pyarrow and duckdb beside the package: ``python benchmarks/bench_light_curves.py``. All data are
simulated, in the format of ``transfer.compact``. They are made first, in a folder that is removed afterwards;
each measurement is a process of its own, with two threads.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from memory import peak

ALERTS, MEAN, GROUP, FILE = 10_000_000, 20, 100_000, 4_000_000
THREADS = 2
RATIO, MEMORY = 1.5, 3000  # targets: times DuckDB's time; MB
UNITS = {"i:jd": "d", "i:magpsf": "mag", "i:sigmapsf": "mag", "i:ra": "deg", "i:dec": "deg"}
QUERY = """
copy (
    select "i:objectId", avg("i:ra") as ra, avg("i:dec") as dec, count(*) as n_alerts,
        min("i:jd") as first, max("i:jd") as last, {{
            'i:candid': list("i:candid" order by "i:jd" desc),
            'i:jd': list("i:jd" order by "i:jd" desc),
            'i:fid': list("i:fid" order by "i:jd" desc),
            'i:magpsf': list("i:magpsf" order by "i:jd" desc),
            'i:sigmapsf': list("i:sigmapsf" order by "i:jd" desc),
            'i:ra': list("i:ra" order by "i:jd" desc),
            'i:dec': list("i:dec" order by "i:jd" desc)
        }} as light_curve
    from read_parquet('{alerts}/objects/*.parquet') group by all order by all
) to '{output}' (format parquet, compression zstd)
"""


def folder_of(path, alerts):
    """Write alerts as ``transfer.compact`` does."""
    from pyarrow.parquet import ParquetWriter

    rng, folder = np.random.default_rng(1), path / "objects"
    folder.mkdir(parents=True)
    objects = np.sort(rng.integers(0, alerts // MEAN, alerts))
    for number, begin in enumerate(range(0, alerts, FILE)):
        table = alerts_of(objects[begin : begin + FILE], begin, rng)
        with ParquetWriter(folder / f"part-{number:04}.parquet", table.schema, compression="zstd") as file:
            file.write_table(table, row_group_size=GROUP)
            ids = table["i:objectId"]
            groups = [ids[first : first + GROUP] for first in range(0, len(ids), GROUP)]
            ranges = [[group[0].as_py(), group[-1].as_py()] for group in groups]
            facts = {"survey": "ztf", "sorted_by": "i:objectId", "row_groups": json.dumps(ranges)}
            file.add_key_value_metadata({f"astroquery_fink.{name}": text for name, text in facts.items()})


def alerts_of(objects, begin, rng):
    """The alerts of these objects, which are sorted, newest first."""
    import pyarrow as pa

    size, number = len(objects), begin + np.arange(len(objects))
    columns = {
        "i:objectId": names_of(objects),
        "i:candid": pa.array(2**60 + rng.permutation(size) + begin),
        "i:jd": pa.array(2.46e6 - 1e-3 * number + 1e-5 * rng.random(size)),
        "i:fid": pa.array(rng.integers(1, 3, size)),
        "i:magpsf": pa.array(rng.normal(18, 1, size).astype(np.float32)),
        "i:sigmapsf": pa.array(rng.random(size).astype(np.float32)),
        "i:ra": pa.array((objects * 0.01 + 1e-5 * rng.random(size)) % 360),
        "i:dec": pa.array((objects * 0.001 + 1e-5 * rng.random(size)) % 60),
    }
    fields = [
        pa.field(name, values.type, metadata={"unit": UNITS[name]} if name in UNITS else None)
        for name, values in columns.items()
    ]
    return pa.table(list(columns.values()), schema=pa.schema(fields))


def names_of(objects):
    """Ids in the order of their numbers."""
    import pyarrow as pa

    letters = objects[:, None] // 26 ** np.arange(6, -1, -1) % 26 + ord("a")
    texts = np.concatenate([np.broadcast_to(list(b"ZTF21"), (len(objects), 5)), letters], axis=1)
    return pa.array(texts.astype(np.uint8).view(f"S{texts.shape[1]}").ravel(), pa.binary()).cast(pa.string())


def with_package(alerts, output):
    """The light curves of the package."""
    import pyarrow as pa

    from astroquery_fink import transfer

    pa.set_cpu_count(THREADS)
    return transfer.light_curves(alerts, output, show_progress=False).objects


def with_duckdb(alerts, output):
    """The light curves of DuckDB."""
    import duckdb

    with duckdb.connect(config={"threads": THREADS, "temp_directory": str(output.parent)}) as connection:
        connection.execute(QUERY.format(alerts=alerts, output=output))
        return connection.execute(f"select count(*) from '{output}'").fetchall()[0][0]


WAYS = {"DuckDB": with_duckdb, "package": with_package}


def measure(way, folder):
    """Print the seconds, the peak of memory in MB and the number of objects as JSON."""
    start = time.perf_counter()
    objects = WAYS[way](folder / "compact", folder / f"{way}.parquet")
    print(json.dumps([time.perf_counter() - start, peak(), objects]))


def run(*arguments):
    """The output of this script in a process of its own, whose peak of memory starts at that of this one."""
    command = [sys.executable, __file__, *map(str, arguments)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout or "null")


def main():
    """Write the alerts, measure, and remove the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=ALERTS)
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        folder_of(options.make, options.alerts)
    elif options.measure:
        measure(options.measure, options.folder)
    else:
        with tempfile.TemporaryDirectory() as folder:
            run("--alerts", options.alerts, "--make", Path(folder, "compact"))
            report(options.alerts, {way: run("--measure", way, "--folder", folder) for way in WAYS})


def report(alerts, results):
    """Print time and memory of both."""
    print(f"{alerts:,} alerts of {results['package'][2]:,} objects, {THREADS} threads")
    for way, (seconds, memory, _) in results.items():
        print(f"{way:10} {seconds:7.1f} s {memory:8,.0f} MB")
    ratio = results["package"][0] / results["DuckDB"][0]
    print(f"time: {ratio:.2f} x DuckDB (target {RATIO}); memory: {results['package'][1]:,.0f} MB ({MEMORY})")


if __name__ == "__main__":
    main()
