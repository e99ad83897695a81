"""The same call again: its response is cached."""

import pytest

pytestmark = pytest.mark.benchmark(group="a repeated call, from the cache")


FEW = "objectId,candid,jd,fid,magpsf,sigmapsf,isdiffpos,ra,dec,drb"


@pytest.mark.parametrize("columns", [None, FEW], ids=["all", "few"])
@pytest.mark.parametrize("size", ["small", "large"])
def bench_repeated_call(timed, server, fink, size, columns):
    def ask():
        return fink.query_object(server.ids[size], columns=columns, cache=True)

    assert not ask().meta["cached"]
    assert timed(ask, rounds=25).meta["cached"]
