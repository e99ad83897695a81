"""Run all benchmarks and write the page of measured times, each beside its target.

``python benchmarks/report.py``; with ``--json FILE`` it reads the results of an earlier
``pytest benchmarks --benchmark-json=FILE`` and runs nothing.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from astroquery_fink import conf

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "reference" / "performance_results.rst"
MANY = HERE / "many_objects.py"
LIBRARIES = (
    *("astroquery_fink", "astroquery", "astropy", "numpy"),
    *("pandas", "pyarrow", "orjson", "requests", "pytest-benchmark"),
)
HEAD = "What", "against", "package", "measured", "target", ""


@dataclass(frozen=True)
class Results:
    """Medians in milliseconds and further values that the benchmarks noted, by name of the benchmark."""

    medians: dict
    notes: dict

    @classmethod
    def read(cls, text):
        """Read the JSON of pytest-benchmark."""
        runs = json.loads(text)["benchmarks"]
        medians = {run["name"].removeprefix("bench_"): 1e3 * run["stats"]["median"] for run in runs}
        return cls(medians, {run["name"].removeprefix("bench_"): run["extra_info"] for run in runs})


def faster(results, recipe, package, times=0):
    """The package is faster than the recipe by this factor or more; without a target if the factor is 0."""
    slow, fast = results.medians[recipe], results.medians[package]
    target = f"≥ {times:g} x" if times else ""
    return _ms(slow), _ms(fast), f"{slow / fast:.1f} x faster", target, slow / fast >= times


def no_slower(results, floor, package, times, more=0):
    """The package is slower than the floor by at most this factor and this number of milliseconds."""
    least, took = results.medians[floor], results.medians[package]
    target = f"≤ {times:g} x" + (f" + {more} ms" if more else "")
    measured = f"{took / least:.2f} x" if not more else f"{times:g} x {took - times * least:+.1f} ms"
    return _ms(least), _ms(took), measured, target, took <= times * least + more


def within(results, package, milliseconds):
    """The package takes at most this number of milliseconds."""
    took = results.medians[package]
    return "", _ms(took), _ms(took), f"≤ {milliseconds} ms", took <= milliseconds


def smaller(results, recipe, package, times):
    """The response to the package is smaller than that to the recipe by this factor or more."""
    large, small = (results.notes[name]["bytes"] for name in (recipe, package))
    mb = [f"{size / 1e6:.1f} MB" for size in (large, small)]
    return *mb, f"1/{large / small:.1f}", f"≤ 1/{times}", large / small >= times


def higher_rate(results, recipe, package, times):
    """The package has more alerts a second than the recipe by this factor or more."""
    low, high = (results.notes[name]["alerts_per_second"] for name in (recipe, package))
    return f"{low:,} /s", f"{high:,} /s", f"{high / low:.1f} x", f"≥ {times} x", high / low >= times


def noted(results, package, name, most, unit=""):
    """A value that the benchmark noted, and the most that it may be."""
    value = results.notes[package][name]
    shown = f"{value:.0f}{unit}"
    return "", shown, shown, f"≤ {most}{unit}", value <= most


def _ms(milliseconds):
    return f"{milliseconds:,.1f} ms" if milliseconds < 1000 else f"{milliseconds:,.0f} ms"


ROWS = "1,575 rows x 164 columns -> Table"
LINES = [
    (f"{ROWS}: Parquet", faster, "rows_recipe", "rows_package_parquet", 8),
    (f"{ROWS}: Parquet, against pyarrow alone", no_slower, "rows_pyarrow_alone", "rows_package_parquet", 3),
    ("The same without the two columns of long text, against pyarrow alone",
     no_slower, "narrow_pyarrow_alone", "narrow_package_parquet", 3),
    (f"{ROWS}: JSON, with orjson", faster, "rows_recipe", "rows_package_orjson", 2.2),
    (f"{ROWS}: JSON, standard library", faster, "rows_recipe", "rows_package_standard_library", 1.4),
    ("The same object with upper limits -> Table, JSON [1]_", faster, "limits_recipe", "limits_package", 1.5),
    ("50 alerts x 3 cutouts -> arrays, Parquet", faster, "cutouts_recipe", "cutouts_package", 8),
    ("The same, against pyarrow alone", no_slower, "cutouts_pyarrow_alone", "cutouts_package", 3),
    ("The same: bytes of the response", smaller, "cutouts_recipe", "cutouts_package", 7),
    ("``query_object_async``, 40 rows, against ``requests.post`` [2]_",
     no_slower, "transport_bare[small]", "transport_package[small]", 1.1, 2),
    ("``query_object_async``, 1,575 rows, against ``requests.post`` [2]_",
     no_slower, "transport_bare[large]", "transport_package[large]", 1.1, 2),
    ("``query_object``, 40 rows, whole call", faster, "call_recipe[small]", "call_package[small]"),
    ("``query_object``, 1,575 rows, whole call", faster, "call_recipe[large]", "call_package[large]", 5),
    ("``query_objects``, 500 objects, 300 ms a request", faster, "batch_recipe", "batch_package", 3),
    ("The same: requests open at once, counted by the server",
     noted, "batch_package", "peak", conf.max_connections),
    ("``query_object`` again, 40 rows x 164 columns, from the cache", within, "repeated_call[small-all]", 5),
    ("``query_object`` again, 40 rows x 10 columns, from the cache", within, "repeated_call[small-few]", 5),
    ("``query_object`` again, 1,575 rows x 164 columns, from the cache",
     within, "repeated_call[large-all]", 25),
    ("One more response cached beside 100,000 others", within, "write_beside[100000]", 5),
    ("The same, against 10 others", no_slower, "write_beside[10]", "write_beside[100000]", 3),
    ("The same at the size of the cache, the oldest removed",
     noted, "write_at_the_size[100000]", "us", 5000, " µs"),
    ("1,000 light packets of ZTF, Avro -> Arrow [3]_",
     faster, "avro_recipe[ztf light]", "avro_package[ztf light]", 3),
    ("1,000 full packets of ZTF without their cutouts [3]_",
     faster, "avro_recipe[ztf full]", "avro_package[ztf full]", 3),
    ("1,000 full packets of Rubin without their cutouts [3]_",
     faster, "avro_recipe[lsst full]", "avro_package[lsst full]", 3),
    ("1,000 packets of ZTF with history: memory, in sizes of the messages",
     noted, "avro_memory[ztf medium]", "times", 5, " x"),
    ("``transfer.download`` of 300,000 light packets of ZTF, two processes [3]_",
     higher_rate, "transfer_recipe", "transfer_package", 3),
    ("The same: memory of one process", noted, "transfer_memory", "peak", 300, " MB"),
    ("``transfer.batches``, 2,000 files of 100 alerts of ZTF: memory",
     noted, "folder_batches[ztf]", "peak", 500, " MB"),
    ("``transfer.batches``, 2,000 files of 100 alerts of Rubin: memory",
     noted, "folder_batches[lsst]", "peak", 500, " MB"),
    ("``transfer.compact``, 2,000 files of 100 alerts of ZTF: memory",
     noted, "folder_compact[ztf]", "peak", 500, " MB"),
    ("``transfer.compact``, 2,000 files of 100 alerts of Rubin: memory",
     noted, "folder_compact[lsst]", "peak", 500, " MB"),
    ("``transfer.read`` of 10 objects among 5 million sorted alerts",
     within, "ten_objects_of_five_million_alerts", 500),
    ("``import astroquery_fink`` after astroquery", noted, "import", "import_ms", 200, " ms"),
]  # fmt: skip
FOOTNOTES = (
    ".. [1] The run also checks every id against what the server sent: all of the package's are right, "
    "some of the recipe's are wrong.\n"
    ".. [2] The same payload, the same bytes, the cache off.\n"
    ".. [3] The recipe: each message with fastavro, then pyarrow from Python objects.\n"
)


def table(results):
    """The table of results, in reStructuredText."""
    cells = [cell for row in [HEAD, *(_row(results, *line) for line in LINES)] for cell in _marked(row)]
    return "\n".join([".. list-table::", "   :header-rows: 1", "", *cells, ""])


def _row(results, what, measure, *arguments):
    try:
        *cells, met = measure(results, *arguments)
    except KeyError:
        return what, *[""] * 4, "not measured"
    return what, *cells, ("met" if met else "**missed**") if cells[-1] else ""


def _marked(row):
    return [f"   {'* -' if index == 0 else '  -'} {cell}".rstrip() for index, cell in enumerate(row)]


def machine():
    """Date, machine and versions of a run."""
    models = [line for line in _cpuinfo() if line.startswith("model name")]
    model = models[0].partition(":")[2].strip() if models else platform.processor()
    place = f"{model}, {len(models) or '?'} cores, {platform.platform()}, Python {platform.python_version()}"
    return f"Measured on {datetime.now(UTC):%Y-%m-%d}: {place}; {', '.join(map(_version, LIBRARIES))}."


def _cpuinfo():
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def _version(library):
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return f"no {library}"


def run_all():
    """Run the benchmarks and return the JSON of their results."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "results.json")
        command = [sys.executable, "-m", "pytest", str(HERE), f"--benchmark-json={path}"]
        if subprocess.run(command).returncode:
            print("Some benchmarks failed; their lines are left open.", file=sys.stderr)
        return path.read_text()


def many_objects():
    """The output of the script for thousands of objects, as a literal block."""
    if not MANY.exists():
        return ""
    print("thousands of objects …", flush=True)
    run = subprocess.run([sys.executable, str(MANY)], stdout=subprocess.PIPE, text=True)
    if run.returncode:
        print(f"{MANY.name} failed; it is left out.", file=sys.stderr)
        return ""
    block = "\n".join(f"    {line}".rstrip() for line in run.stdout.splitlines())
    return f"\nThousands of objects of 40 alerts each, from ``benchmarks/many_objects.py``::\n\n{block}\n"


def main():
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="results of an earlier run")
    options = parser.parse_args()
    load = "" if options.json else f" Programs at work before (load): {os.getloadavg()[0]:.1f}."
    results = Results.read(options.json.read_text() if options.json else run_all())
    many = "" if options.json else many_objects()
    text = "\n".join([machine() + load, "", table(results), FOOTNOTES]) + many
    PAGE.write_text(f"Measured times\n==============\n\n{text}")
    print(text)


if __name__ == "__main__":
    main()
