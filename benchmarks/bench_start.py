"""Time of ``import astroquery_fink`` after astroquery was imported, each time in a new process."""

import json
import statistics
import subprocess
import sys

import pytest

pytestmark = pytest.mark.benchmark(group="import")
OPTIONAL = {"matplotlib", "orjson", "pandas", "pyarrow"}
CODE = """
import json, sys, time
import astroquery.query
before, start = set(sys.modules), time.perf_counter()
import astroquery_fink
took = time.perf_counter() - start
print(json.dumps([1e3 * took, sorted(set(sys.modules) - before)]))
"""


def bench_import(timed, benchmark):
    """The benchmark times the whole process; ``import_ms`` is the time of the import alone."""
    runs = []

    def start():
        process = subprocess.run([sys.executable, "-c", CODE], capture_output=True, check=True)
        runs.append(json.loads(process.stdout))

    timed(start)
    times, modules = zip(*runs, strict=True)
    assert not OPTIONAL & set().union(*modules)
    benchmark.extra_info["import_ms"] = statistics.median(times[1:] or times)
