"""The same call again: the reply is kept."""

import pytest

pytestmark = pytest.mark.benchmark(group="a repeated call, from the cache")


@pytest.mark.parametrize("size", ["small", "large"])
def bench_repeated_call(timed, server, fink, size):
    assert not fink.query_object(server.ids[size], cache=True).meta["cached"]
    table = timed(lambda: fink.query_object(server.ids[size], cache=True), rounds=25)
    assert table.meta["cached"]
