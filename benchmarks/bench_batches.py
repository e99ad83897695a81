"""Many objects, from a server that takes 300 ms for each request."""

import pandas as pd
import pytest
import requests
from astropy.table import Table

from astroquery_fink import FinkClass, conf

pytestmark = pytest.mark.benchmark(group="500 objects, 300 ms a request")
COLUMNS = "i:objectId,i:jd,i:fid,i:magpsf,i:sigmapsf"
ROUNDS = 5


@pytest.fixture
def slow(server):
    """The address at which the server responds after 300 ms."""
    return f"{server.url}/after/300"


def bench_batch_recipe(timed, recipe, server, slow):
    ids = server.ids["many"]
    batches = [ids[first : first + conf.batch_size] for first in range(0, len(ids), conf.batch_size)]

    def loop():
        responses = (recipe.post(slow, objectId=",".join(batch), columns=COLUMNS) for batch in batches)
        return Table.from_pandas(pd.concat([recipe.read(response.content) for response in responses]))

    assert len(timed(loop, ROUNDS)) == 40 * len(ids)


def bench_batch_package(timed, server, slow, benchmark):
    ids, fink = server.ids["many"], FinkClass(server=slow)
    _peak(server)
    table = timed(lambda: fink.query_objects(ids, columns=COLUMNS, cache=False), ROUNDS)
    peak = benchmark.extra_info["peak"] = _peak(server)
    assert len(table) == 40 * len(ids)
    assert peak <= conf.max_connections, f"{peak} requests were open at once"


def _peak(server):
    return requests.get(f"{server.url}/peak", timeout=10).json()
