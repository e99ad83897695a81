"""Time to cache one more response beside many others: in a cache with space left, and in a full one.

``pytest benchmarks/bench_cache_growth.py`` measures all of this in one run.
"""

import hashlib
import json
import os
from dataclasses import asdict
from itertools import count

import pytest

from astroquery_fink.http.cache import Entry, Store

URL, BODY = "http://127.0.0.1/api/v1/objects", b"x" * 800
OTHERS = [10, 100, 1000, 10_000, 100_000]
LENGTH = 1100
WRITES = 200


@pytest.fixture
def filled(tmp_path, request):
    """A folder with this number of cached responses, all older than those that a benchmark writes."""
    sha256 = hashlib.sha256(BODY).hexdigest()
    for number in range(request.param):
        entry = Entry(_key(-number), URL, 200, "text/plain", 0.0, len(BODY), sha256)
        path = tmp_path / f"{entry.key}.response"
        path.write_bytes(json.dumps(asdict(entry)).encode() + b"\n" + BODY)
    os.sync()  # so that the measurement does not include writing these files
    return tmp_path


def _key(number):
    return hashlib.sha256(str(number).encode()).hexdigest()


def _writer(store):
    numbers = count(1)
    return lambda: store.write(_key(next(numbers)), URL, 200, "text/plain", BODY, 0.0)


@pytest.mark.benchmark(group="one more response beside others")
@pytest.mark.parametrize("filled", OTHERS, indirect=True)
def bench_write_beside(timed, filled):
    timed(_writer(Store(filled, 10**12)), rounds=WRITES)


@pytest.mark.benchmark(group="a 16th of the cache, written to a full one: the look at all files included")
@pytest.mark.parametrize("filled", OTHERS[2:], indirect=True)
def bench_write_at_the_size(benchmark, timed, filled, request):
    others = request.node.callspec.params["filled"]
    write = _writer(Store(filled, others * LENGTH))
    writes = others * LENGTH // 16 // (2 * 1024) + 1  # a response counts as 2 kB

    def write_a_share():
        for _ in range(writes):
            write()

    timed(write_a_share, rounds=5)
    if benchmark.enabled:
        benchmark.extra_info["us"] = 1e6 * benchmark.stats.stats.mean / writes
