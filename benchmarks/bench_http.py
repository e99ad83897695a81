"""Over HTTP: the time that the client adds to a bare request, and whole calls."""

import pytest
import requests

SIZES = pytest.mark.parametrize("size", ["small", "large"])
TRANSPORT = pytest.mark.benchmark(group="the transport")
WHOLE = pytest.mark.benchmark(group="a whole call")


@pytest.fixture
def payload(server, fink, size):
    """The payload that the client sends; the bare request sends the same and gets the same bytes."""
    return fink.query_object(server.ids[size], get_query_payload=True)


@SIZES
@TRANSPORT
def bench_transport_bare(timed, server, payload):
    timed(lambda: requests.post(f"{server.url}/api/v1/objects", json=payload), rounds=25)


@SIZES
@TRANSPORT
def bench_transport_package(timed, server, fink, size, payload):
    response = timed(lambda: fink.query_object_async(server.ids[size], cache=False), rounds=25)
    bare = requests.post(f"{server.url}/api/v1/objects", json=payload)
    assert response.content == bare.content


@SIZES
@WHOLE
def bench_call_recipe(timed, recipe, server, size):
    timed(lambda: recipe.table(recipe.post(server.url, objectId=server.ids[size]).content))


@SIZES
@WHOLE
def bench_call_package(timed, server, fink, size):
    timed(lambda: fink.query_object(server.ids[size], cache=False))
